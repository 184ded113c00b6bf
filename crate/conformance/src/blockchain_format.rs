//! The format of blockchain tests: a genesis, blocks as bytes, and the state at the end.

use crate::format::{Accounts, Config};
use alloy_primitives::{B256, Bytes};
use serde::Deserialize;

/// A chain of blocks, some of them bad.
#[derive(Debug, Deserialize)]
pub(crate) struct BlockchainTest {
    /// The fork, or the two forks and when the second begins.
    pub(crate) network: String,
    #[serde(rename = "genesisRLP")]
    pub(crate) genesis: Bytes,
    pub(crate) pre: Accounts,
    /// In the order in which a client receives them. They may be of several branches.
    pub(crate) blocks: Vec<BlockFields>,
    /// The head when all have been received.
    #[serde(rename = "lastblockhash")]
    pub(crate) last_block_hash: B256,
    #[serde(rename = "postState", default)]
    pub(crate) post_state: Option<Accounts>,
    #[serde(rename = "postStateHash", default)]
    pub(crate) post_state_hash: Option<B256>,
    #[serde(default)]
    pub(crate) config: Config,
}

/// A block.
#[derive(Debug, Deserialize)]
pub(crate) struct BlockFields {
    pub(crate) rlp: Bytes,
    /// Why it is to be refused, if it is.
    #[serde(rename = "expectException", default)]
    pub(crate) expect_exception: Option<String>,
}
