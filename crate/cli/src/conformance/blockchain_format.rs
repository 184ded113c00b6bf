//! The format of blockchain tests: a genesis, blocks as bytes, and the state at the end.

use super::format::{Accounts, Config};
use alloy_primitives::{B256, Bytes};
use serde::Deserialize;

/// A chain of blocks, some of them bad.
#[derive(Debug, Deserialize)]
pub(super) struct BlockchainTest {
    /// The fork, or the two forks and when the second begins.
    pub(super) network: String,
    #[serde(rename = "genesisRLP")]
    pub(super) genesis: Bytes,
    pub(super) pre: Accounts,
    /// In the order in which a client receives them. They may be of several branches.
    pub(super) blocks: Vec<BlockFields>,
    /// The head when all have been received.
    #[serde(rename = "lastblockhash")]
    pub(super) last_block_hash: B256,
    #[serde(rename = "postState", default)]
    pub(super) post_state: Option<Accounts>,
    #[serde(rename = "postStateHash", default)]
    pub(super) post_state_hash: Option<B256>,
    #[serde(default)]
    pub(super) config: Config,
}

/// A block.
#[derive(Debug, Deserialize)]
pub(super) struct BlockFields {
    pub(super) rlp: Bytes,
    /// Why it is to be refused, if it is.
    #[serde(rename = "expectException", default)]
    pub(super) expect_exception: Option<String>,
}
