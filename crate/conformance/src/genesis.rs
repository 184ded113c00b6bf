//! The genesis of a chain as geth's `genesis.json` has it: which forks begin when, the header of the
//! first block, and the state that it begins with.

use crate::{
    chain::ChainConfig,
    format::Accounts,
    genesis_format::{Allocation, Number, read_config},
    world::World,
};
use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_eips::{eip1559::INITIAL_BASE_FEE, eip7685::EMPTY_REQUESTS_HASH};
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use forerun_executor::revm::primitives::hardfork::SpecId;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A genesis that was read.
#[derive(Debug)]
pub(crate) struct Genesis {
    pub(crate) config: ChainConfig,
    pub(crate) header: Header,
    pub(crate) world: World,
}

impl Genesis {
    /// Reads a genesis, or says what is wrong with it.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let file: GenesisFile = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let config = read_config(&file.config)?;
        let accounts = file.alloc.into_iter();
        let accounts: Accounts = accounts
            .map(|(address, account)| (address, account.into()))
            .collect();
        let world = World::read(&accounts)?;
        let mut header = Header {
            state_root: world.root(),
            beneficiary: file.coinbase,
            difficulty: file.difficulty.0,
            gas_limit: file.gas_limit.to()?,
            timestamp: file.timestamp.to()?,
            extra_data: file.extra_data,
            mix_hash: file.mix_hash,
            nonce: B64::from(file.nonce.to::<u64>()?),
            ..Header::default()
        };
        let rules = config
            .network
            .fork_at(0, header.timestamp, U256::ZERO)
            .rules();
        if rules.has(SpecId::LONDON) {
            let given = file.base_fee_per_gas.map(Number::to).transpose()?;
            header.base_fee_per_gas = Some(given.unwrap_or(INITIAL_BASE_FEE));
        }
        if rules.has(SpecId::SHANGHAI) {
            header.withdrawals_root = Some(EMPTY_ROOT_HASH);
        }
        if rules.has(SpecId::CANCUN) {
            let read = |number: Option<Number>| number.map_or(Ok(0), Number::to);
            header.excess_blob_gas = Some(read(file.excess_blob_gas)?);
            header.blob_gas_used = Some(read(file.blob_gas_used)?);
            header.parent_beacon_block_root = Some(B256::ZERO);
        }
        if rules.has(SpecId::PRAGUE) {
            header.requests_hash = Some(EMPTY_REQUESTS_HASH);
        }
        Ok(Self {
            config,
            header,
            world,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenesisFile {
    config: Map<String, Value>,
    #[serde(default)]
    nonce: Number,
    #[serde(default)]
    timestamp: Number,
    #[serde(default)]
    extra_data: Bytes,
    gas_limit: Number,
    #[serde(default)]
    difficulty: Number,
    #[serde(default)]
    mix_hash: B256,
    #[serde(default)]
    coinbase: Address,
    alloc: BTreeMap<Address, Allocation>,
    base_fee_per_gas: Option<Number>,
    excess_blob_gas: Option<Number>,
    blob_gas_used: Option<Number>,
}
