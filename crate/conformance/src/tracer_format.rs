//! The format of go-ethereum's tests of its tracers: the state before a transaction, what the
//! transaction sees of its block, its bytes, and what a tracer says of it.

use crate::{
    format::Accounts,
    genesis_format::{Allocation, Number},
};
use alloy_primitives::{Address, B256, Bytes};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A test.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TracerTest {
    pub(crate) genesis: Genesis,
    pub(crate) context: Context,
    pub(crate) input: Bytes,
    #[serde(default)]
    pub(crate) tracer_config: Value,
    pub(crate) result: Value,
}

/// The block before, as far as it matters, and the state behind it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Genesis {
    pub(crate) config: Map<String, Value>,
    pub(crate) mix_hash: Option<B256>,
    pub(crate) excess_blob_gas: Option<Number>,
    alloc: BTreeMap<Address, Allocation>,
}

/// What the transaction sees of its block.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context {
    pub(crate) number: Number,
    pub(crate) difficulty: Number,
    pub(crate) timestamp: Number,
    pub(crate) gas_limit: Number,
    pub(crate) miner: Address,
    #[serde(default)]
    pub(crate) base_fee_per_gas: Number,
}

impl Genesis {
    /// The state.
    pub(crate) fn into_accounts(self) -> Accounts {
        let accounts = self.alloc.into_iter();
        accounts
            .map(|(address, account)| (address, account.into()))
            .collect()
    }
}
