//! The environment that a block's transactions see: that of a given header, or of the block that
//! would come next.

use crate::{
    fees::{self, BlobParent},
    fields::{Field, Refusal},
    fork::Fork,
    header::Header,
};
use alloy_primitives::{Address, B256, U64, U128, U256};
use forerun_executor::revm::{
    context::BlockEnv, context_interface::block::BlobExcessGasAndPrice,
    primitives::hardfork::SpecId,
};
use serde::Serialize;

/// Seconds between the slots of the beacon chain.
pub(crate) const SLOT_SECONDS: u64 = 12;

/// The environment of a block that has a header.
pub(crate) fn of_header(header: &Header, path: &str, fork: &Fork) -> Result<BlockEnv, Refusal> {
    header.check_fork(path, fork)?;
    let mut env = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.miner,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: header.mix_hash.filter(|_| fork.has(SpecId::MERGE)),
        blob_excess_gas_and_price: None,
        slot_num: 0,
    };
    set_excess(&mut env, header.excess_blob_gas.unwrap_or_default(), fork)
        .map_err(|reason| excess_refusal(format!("{path}.excessBlobGas"), header, reason))?;
    Ok(env)
}

fn excess_refusal(field: String, header: &Header, reason: &str) -> Refusal {
    Refusal::new(
        field,
        format!("{:#x}", header.excess_blob_gas.unwrap_or_default()),
        reason,
    )
}

/// The block that would follow on `parent`: number and time of the next slot, the base fee and the
/// excess blob gas that the protocol derives from the parent
/// ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559),
/// [EIP-4844](https://eips.ethereum.org/EIPS/eip-4844),
/// [EIP-7918](https://eips.ethereum.org/EIPS/eip-7918)). Who builds it and its randomness can't be
/// known; the parent's values stand in for them.
pub(crate) fn predicted(parent: &Header, fork: &Fork) -> Result<BlockEnv, Refusal> {
    let basefee = match (parent.base_fee, fork.has(SpecId::LONDON)) {
        (_, false) => 0,
        // The parent is the last block without a base fee.
        (None, true) => fees::INITIAL_BASE_FEE,
        (Some(base_fee), true) => {
            let gas_used = parent.gas_used.ok_or_else(|| {
                Refusal::missing(
                    "block.gasUsed",
                    "is missing; the next base fee depends on it",
                )
            })?;
            fees::next_base_fee(gas_used, parent.gas_limit, base_fee)
        }
    };
    let merged = fork.has(SpecId::MERGE);
    let mut env = BlockEnv {
        number: U256::from(parent.number.saturating_add(1)),
        beneficiary: parent.miner,
        timestamp: U256::from(parent.timestamp.saturating_add(SLOT_SECONDS)),
        gas_limit: parent.gas_limit,
        basefee,
        difficulty: if merged {
            U256::ZERO
        } else {
            parent.difficulty
        },
        prevrandao: merged.then(|| parent.mix_hash.unwrap_or_default()),
        blob_excess_gas_and_price: None,
        slot_num: 0,
    };
    if let Some(params) = fork.blob_params.filter(|_| fork.has(SpecId::CANCUN)) {
        let blob_parent = BlobParent {
            // A parent from before Cancun counts as one without blobs.
            excess_blob_gas: parent.excess_blob_gas.unwrap_or_default(),
            blob_gas_used: parent.blob_gas_used.unwrap_or_default(),
            base_fee: parent.base_fee.unwrap_or_default(),
        };
        let refusal = |reason: &str| excess_refusal("block.excessBlobGas".into(), parent, reason);
        let excess = fees::next_excess_blob_gas(blob_parent, params, fork.has(SpecId::OSAKA))
            .ok_or_else(|| refusal(NO_PRICE))?;
        set_excess(&mut env, excess, fork).map_err(refusal)?;
    }
    Ok(env)
}

const NO_PRICE: &str = "stands for a blob price of more than 128 bits";

pub(crate) fn set_excess(
    env: &mut BlockEnv,
    excess_blob_gas: u64,
    fork: &Fork,
) -> Result<(), &'static str> {
    env.blob_excess_gas_and_price = match fork.blob_params {
        Some(params) if fork.has(SpecId::CANCUN) => {
            let price = fees::blob_base_fee(excess_blob_gas, params.base_fee_update_fraction);
            let blob_gasprice = price.ok_or(NO_PRICE)?;
            Some(BlobExcessGasAndPrice {
                excess_blob_gas,
                blob_gasprice,
            })
        }
        _ => None,
    };
    Ok(())
}

/// The values of a request's `block`: each stands in for the predicted one.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockOverrides {
    pub(crate) number: Option<u64>,
    pub(crate) timestamp: Option<u64>,
    pub(crate) base_fee: Option<u64>,
    pub(crate) coinbase: Option<Address>,
    pub(crate) gas_limit: Option<u64>,
    pub(crate) prev_randao: Option<B256>,
    pub(crate) difficulty: Option<U256>,
    pub(crate) excess_blob_gas: Option<u64>,
}

impl BlockOverrides {
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        let overrides = Self {
            number: fields.read("number", Field::quantity_u64)?,
            timestamp: fields.read("timestamp", Field::quantity_u64)?,
            base_fee: fields.read("baseFeePerGas", Field::quantity_u64)?,
            coinbase: fields.read("coinbase", Field::address)?,
            gas_limit: fields.read("gasLimit", Field::quantity_u64)?,
            prev_randao: fields.read("prevRandao", Field::hash)?,
            difficulty: fields.read("difficulty", Field::quantity)?,
            excess_blob_gas: fields.read("excessBlobGas", Field::quantity_u64)?,
        };
        fields.finish()?;
        Ok(overrides)
    }

    /// The environment for a bundle: predicted from `parent`, with these values put in. Without a
    /// parent, what cannot be guessed has to be given here.
    pub(crate) fn environment(
        &self,
        parent: Option<&Header>,
        fork: &Fork,
    ) -> Result<BlockEnv, Refusal> {
        let mut env = match parent {
            Some(parent) => predicted(parent, fork)?,
            None => self.without_parent(fork)?,
        };
        if let Some(number) = self.number {
            env.number = U256::from(number);
        }
        if let Some(timestamp) = self.timestamp {
            env.timestamp = U256::from(timestamp);
        }
        if let Some(gas_limit) = self.gas_limit {
            env.gas_limit = gas_limit;
        }
        if let Some(coinbase) = self.coinbase {
            env.beneficiary = coinbase;
        }
        if let Some(difficulty) = self.difficulty {
            env.difficulty = difficulty;
        }
        // Values that the fork does not have yet cannot be seen by anyone, and a base fee that is
        // not there must not be charged.
        for (name, given, since) in [
            ("baseFeePerGas", self.base_fee.is_some(), SpecId::LONDON),
            ("prevRandao", self.prev_randao.is_some(), SpecId::MERGE),
            (
                "excessBlobGas",
                self.excess_blob_gas.is_some(),
                SpecId::CANCUN,
            ),
        ] {
            if given && !fork.has(since) {
                let reason = format!("blocks have it from {since} on, this one is {}", fork.spec);
                return Err(Refusal::new(format!("block.{name}"), "given", reason));
            }
        }
        if let Some(base_fee) = self.base_fee {
            env.basefee = base_fee;
        }
        if self.prev_randao.is_some() {
            env.prevrandao = self.prev_randao;
        }
        if let Some(excess) = self.excess_blob_gas {
            set_excess(&mut env, excess, fork).map_err(|reason| {
                Refusal::new("block.excessBlobGas", format!("{excess:#x}"), reason)
            })?;
        }
        Ok(env)
    }

    fn without_parent(&self, fork: &Fork) -> Result<BlockEnv, Refusal> {
        let needs = [
            ("number", self.number.is_some()),
            ("timestamp", self.timestamp.is_some()),
            ("gasLimit", self.gas_limit.is_some()),
            (
                "baseFeePerGas",
                self.base_fee.is_some() || !fork.has(SpecId::LONDON),
            ),
        ];
        if let Some((name, _)) = needs.iter().find(|(_, there)| !there) {
            return Err(Refusal::missing(
                format!("block.{name}"),
                "is missing, and the snapshot has no block that it could be predicted from",
            ));
        }
        let mut env = BlockEnv {
            beneficiary: Address::ZERO,
            difficulty: U256::ZERO,
            prevrandao: fork.has(SpecId::MERGE).then_some(B256::ZERO),
            basefee: 0,
            ..BlockEnv::default()
        };
        set_excess(&mut env, 0, fork)
            .map_err(|reason| Refusal::new("block.excessBlobGas", "0x0", reason))?;
        Ok(env)
    }
}

/// The environment that was used, as part of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockDescription {
    /// Height.
    pub number: U256,
    /// Seconds since 1970.
    pub timestamp: U256,
    /// Who receives the fees.
    pub coinbase: Address,
    /// Gas that all transactions together may use.
    pub gas_limit: U64,
    /// In wei; absent before London.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_fee_per_gas: Option<U64>,
    /// What PREVRANDAO answers; absent before the merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev_randao: Option<B256>,
    /// What DIFFICULTY answers before the merge.
    pub difficulty: U256,
    /// Absent before Cancun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excess_blob_gas: Option<U64>,
    /// Price of one unit of blob gas in wei; absent before Cancun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob_base_fee: Option<U128>,
}

impl BlockDescription {
    pub(crate) fn of(env: &BlockEnv, fork: &Fork) -> Self {
        let blobs = env.blob_excess_gas_and_price;
        Self {
            number: env.number,
            timestamp: env.timestamp,
            coinbase: env.beneficiary,
            gas_limit: U64::from(env.gas_limit),
            base_fee_per_gas: fork.has(SpecId::LONDON).then(|| U64::from(env.basefee)),
            prev_randao: env.prevrandao.filter(|_| fork.has(SpecId::MERGE)),
            difficulty: env.difficulty,
            excess_blob_gas: blobs.map(|b| U64::from(b.excess_blob_gas)),
            blob_base_fee: blobs.map(|b| U128::from(b.blob_gasprice)),
        }
    }
}
