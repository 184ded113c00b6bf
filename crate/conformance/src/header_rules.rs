//! What a header has to be on its parent, before anything of its block is executed. The seal of
//! proof of work is not looked at: the tests have none.

use crate::{dao, difficulty, network::NamedFork};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, constants::MAXIMUM_EXTRA_DATA_SIZE};
use alloy_eips::{
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip7840,
};
use alloy_primitives::{B64, U256};
use forerun_executor::{BlobParams, revm::primitives::hardfork::SpecId};
use forerun_simulator::Fork;

/// A block may move its gas limit by less than this part of its parent's.
const GAS_LIMIT_BOUND_DIVISOR: u64 = 1_024;
const LEAST_GAS_LIMIT: u64 = 5_000;
const MOST_GAS_LIMIT: u64 = i64::MAX as u64;
/// By which the limit grew at once when EIP-1559 made it twice the target.
const ELASTICITY: u64 = 2;

/// A block on its parent, with the forks that both are of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lineage<'a> {
    pub(crate) header: &'a Header,
    pub(crate) fork: &'a NamedFork,
    pub(crate) rules: &'a Fork,
    pub(crate) parent: &'a Header,
    pub(crate) parent_rules: &'a Fork,
    /// At which block the DAO's balances are moved.
    pub(crate) dao_block: Option<u64>,
}

/// Refuses a header that breaks a rule, and says which.
pub(crate) fn check(lineage: &Lineage<'_>) -> Result<(), String> {
    let Lineage { header, parent, .. } = lineage;
    if header.number != parent.number + 1 {
        return Err(format!(
            "number {} does not follow {}",
            header.number, parent.number
        ));
    }
    if header.timestamp <= parent.timestamp {
        return Err("the time is not after the parent's".into());
    }
    if header.extra_data.len() > MAXIMUM_EXTRA_DATA_SIZE {
        return Err("the extra data is too long".into());
    }
    if !dao::extra_data_fits(lineage.dao_block, header) {
        return Err("the extra data is not the DAO fork's".into());
    }
    check_presence(lineage)?;
    check_gas(lineage)?;
    check_seal_fields(lineage)?;
    check_blobs(lineage)
}

/// Fields that came with a fork are there from it on and not before.
fn check_presence(lineage: &Lineage<'_>) -> Result<(), String> {
    let Lineage { header, rules, .. } = lineage;
    let fields = [
        (
            "baseFeePerGas",
            SpecId::LONDON,
            header.base_fee_per_gas.is_some(),
        ),
        (
            "withdrawalsRoot",
            SpecId::SHANGHAI,
            header.withdrawals_root.is_some(),
        ),
        (
            "blobGasUsed",
            SpecId::CANCUN,
            header.blob_gas_used.is_some(),
        ),
        (
            "excessBlobGas",
            SpecId::CANCUN,
            header.excess_blob_gas.is_some(),
        ),
        (
            "parentBeaconBlockRoot",
            SpecId::CANCUN,
            header.parent_beacon_block_root.is_some(),
        ),
        (
            "requestsHash",
            SpecId::PRAGUE,
            header.requests_hash.is_some(),
        ),
    ];
    match fields
        .iter()
        .find(|(_, spec, there)| rules.has(*spec) != *there)
    {
        Some((name, _, true)) => Err(format!("{name} is not a field of this fork")),
        Some((name, ..)) => Err(format!("{name} is missing")),
        None => Ok(()),
    }
}

fn check_gas(lineage: &Lineage<'_>) -> Result<(), String> {
    let Lineage {
        header,
        rules,
        parent,
        parent_rules,
        ..
    } = lineage;
    let brings_base_fee = rules.has(SpecId::LONDON) && !parent_rules.has(SpecId::LONDON);
    let parent_limit = if brings_base_fee {
        parent.gas_limit.saturating_mul(ELASTICITY)
    } else {
        parent.gas_limit
    };
    let limit = header.gas_limit;
    if !(LEAST_GAS_LIMIT..=MOST_GAS_LIMIT).contains(&limit)
        || limit.abs_diff(parent_limit) >= parent_limit / GAS_LIMIT_BOUND_DIVISOR
    {
        return Err(format!("gas limit {limit} on a parent with {parent_limit}"));
    }
    if header.gas_used > limit {
        return Err(format!("{} gas used of {limit}", header.gas_used));
    }
    if !rules.has(SpecId::LONDON) {
        return Ok(());
    }
    let base_fee = if brings_base_fee {
        Some(INITIAL_BASE_FEE)
    } else {
        parent.next_block_base_fee(BaseFeeParams::ethereum())
    };
    if header.base_fee_per_gas != base_fee {
        return Err(format!(
            "the base fee is {:?}, and should be {base_fee:?}",
            header.base_fee_per_gas
        ));
    }
    Ok(())
}

/// What proof of work needed, and what the merge left of it
/// ([EIP-3675](https://eips.ethereum.org/EIPS/eip-3675)).
fn check_seal_fields(lineage: &Lineage<'_>) -> Result<(), String> {
    let Lineage {
        header,
        fork,
        rules,
        parent,
        ..
    } = lineage;
    if !rules.has(SpecId::MERGE) {
        let expected = difficulty::of_child(fork, parent, header.timestamp);
        return if header.difficulty == expected {
            Ok(())
        } else {
            Err(format!(
                "the difficulty is {}, and should be {expected}",
                header.difficulty
            ))
        };
    }
    if header.difficulty != U256::ZERO
        || header.nonce != B64::ZERO
        || header.ommers_hash != EMPTY_OMMER_ROOT_HASH
    {
        return Err("difficulty, nonce or uncles after the merge".into());
    }
    Ok(())
}

fn check_blobs(lineage: &Lineage<'_>) -> Result<(), String> {
    let Lineage {
        header,
        rules,
        parent,
        ..
    } = lineage;
    let Some(params) = rules.blob_params.filter(|_| rules.has(SpecId::CANCUN)) else {
        return Ok(());
    };
    // The first blocks with blobs stand on a parent that says nothing of them.
    let expected = parent
        .next_block_excess_blob_gas(limits(params, rules))
        .unwrap_or_default();
    if header.excess_blob_gas != Some(expected) {
        return Err(format!(
            "the excess blob gas is {:?}, and should be {expected}",
            header.excess_blob_gas
        ));
    }
    Ok(())
}

fn limits(params: BlobParams, rules: &Fork) -> eip7840::BlobParams {
    // EIP-7918 ties the price of blobs to that of gas.
    let fork = if rules.has(SpecId::OSAKA) {
        eip7840::BlobParams::osaka()
    } else {
        eip7840::BlobParams::cancun()
    };
    eip7840::BlobParams {
        target_blob_count: params.target,
        max_blob_count: params.max,
        update_fraction: params.base_fee_update_fraction.into(),
        ..fork
    }
}
