//! Block overrides as nodes read them, under geth's names and the older ones of others.

use crate::{
    fields::{Field, Fields, Refusal},
    fork::Fork,
};
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, U256};
use forerun_executor::revm::{
    context::BlockEnv, context_interface::block::BlobExcessGasAndPrice,
    primitives::hardfork::SpecId,
};

/// What is different about a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockOverrides {
    pub(crate) number: Option<u64>,
    pub(crate) time: Option<u64>,
    pub(crate) gas_limit: Option<u64>,
    pub(crate) fee_recipient: Option<Address>,
    pub(crate) prev_randao: Option<B256>,
    pub(crate) base_fee: Option<u64>,
    /// What the blobs of its transactions cost. It does not stand in a header.
    pub(crate) blob_base_fee: Option<u128>,
    pub(crate) beacon_root: Option<B256>,
    pub(crate) difficulty: Option<U256>,
    pub(crate) withdrawals: Vec<Withdrawal>,
}

impl BlockOverrides {
    /// Reads overrides.
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        Ok(Self {
            number: number(&mut fields, "number", "blockNumber")?,
            time: number(&mut fields, "time", "timestamp")?,
            gas_limit: fields.read("gasLimit", Field::quantity_u64)?,
            fee_recipient: either(&mut fields, "feeRecipient", "coinbase")
                .map(|field| field.address())
                .transpose()?,
            // Written as bytes by some and as a quantity by others.
            prev_randao: either(&mut fields, "prevRandao", "random")
                .map(|field| field.quantity().map(B256::from))
                .transpose()?,
            base_fee: number(&mut fields, "baseFeePerGas", "baseFee")?,
            blob_base_fee: fields.read("blobBaseFee", Field::quantity_u128)?,
            beacon_root: either(&mut fields, "beaconRoot", "parentBeaconBlockRoot")
                .map(|field| field.hash())
                .transpose()?,
            difficulty: fields.read("difficulty", Field::quantity)?,
            withdrawals: fields
                .read("withdrawals", read_withdrawals)?
                .unwrap_or_default(),
        })
    }

    /// Puts these values in the place of a block's own.
    pub(crate) fn apply(&self, env: &mut BlockEnv, fork: &Fork) {
        if let Some(number) = self.number {
            env.number = U256::from(number);
        }
        if let Some(time) = self.time {
            env.timestamp = U256::from(time);
        }
        if let Some(gas_limit) = self.gas_limit {
            env.gas_limit = gas_limit;
        }
        if let Some(fee_recipient) = self.fee_recipient {
            env.beneficiary = fee_recipient;
        }
        if let Some(base_fee) = self.base_fee {
            env.basefee = base_fee;
        }
        if let Some(difficulty) = self.difficulty {
            env.difficulty = difficulty;
        }
        if self.prev_randao.is_some() && fork.has(SpecId::MERGE) {
            env.prevrandao = self.prev_randao;
        }
        self.apply_blob_base_fee(env, fork);
    }

    /// Has blobs cost what is given here.
    pub(crate) fn apply_blob_base_fee(&self, env: &mut BlockEnv, fork: &Fork) {
        if let Some(blob_gasprice) = self.blob_base_fee.filter(|_| fork.has(SpecId::CANCUN)) {
            let excess_blob_gas = env
                .blob_excess_gas_and_price
                .map_or(0, |blobs| blobs.excess_blob_gas);
            env.blob_excess_gas_and_price = Some(BlobExcessGasAndPrice {
                excess_blob_gas,
                blob_gasprice,
            });
        }
    }
}

fn either<'a>(
    fields: &mut Fields<'a>,
    name: &'static str,
    alias: &'static str,
) -> Option<Field<'a>> {
    fields.get(name).or_else(|| fields.get(alias))
}

fn number(
    fields: &mut Fields<'_>,
    name: &'static str,
    alias: &'static str,
) -> Result<Option<u64>, Refusal> {
    either(fields, name, alias)
        .map(|field| field.quantity_u64())
        .transpose()
}

/// Reads `[{ index, validatorIndex, address, amount }]`, amounts in Gwei.
fn read_withdrawals(field: &Field<'_>) -> Result<Vec<Withdrawal>, Refusal> {
    let read = |entry: &Field<'_>| {
        let mut fields = entry.object()?;
        Ok(Withdrawal {
            index: fields.require("index")?.quantity_u64()?,
            validator_index: fields.require("validatorIndex")?.quantity_u64()?,
            address: fields.require("address")?.address()?,
            amount: fields.require("amount")?.quantity_u64()?,
        })
    };
    field.list()?.iter().map(read).collect()
}
