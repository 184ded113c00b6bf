//! Unsigned calls: an object with `from`, and whatever else the caller wants to fix. The rest is
//! filled in so that the call is valid where it stands.

use crate::{
    fields::{Field, Refusal},
    fork::Fork,
    gas_search::{LEAST_GAS, OSAKA_GAS_CAP},
    transaction::{
        Objection, Transaction, read_access_list, read_authorization_list, recover_authorizations,
        wrong_chain,
    },
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use forerun_executor::revm::{
    context::{BlockEnv, TxEnv},
    primitives::hardfork::SpecId,
};

/// Gas that a call without `gas` gets at most before Osaka: what `eth_call` allows by custom.
const DEFAULT_GAS: u64 = 30_000_000;

/// What the gaps of a call are filled from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) chain_id: u64,
    pub(crate) fork: &'a Fork,
    pub(crate) block: &'a BlockEnv,
}

impl Surroundings<'_> {
    /// The gas that a call without `gas` gets: as much as a transaction may have here, lowered to what
    /// its sender can pay for beside `fixed`, in wei.
    pub(crate) fn default_gas(self, gas_price: u128, fixed: U256, funds: Option<U256>) -> u64 {
        let cap = if self.fork.has(SpecId::OSAKA) {
            OSAKA_GAS_CAP
        } else {
            DEFAULT_GAS
        };
        affordable(cap.min(self.block.gas_limit), gas_price, fixed, funds)
    }
}

/// What so many blobs cost.
pub(crate) fn blob_cost(price: u128, blobs: usize) -> U256 {
    U256::from(price)
        .saturating_mul(U256::from(blobs))
        .saturating_mul(U256::from(crate::fees::GAS_PER_BLOB))
}

/// What a caller knows of the sender when a call's gaps are filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// The nonce the call has if it names none.
    pub(crate) nonce: u64,
    /// The balance that a call without `gas` should be able to pay from. `None` if it need not.
    pub(crate) funds: Option<U256>,
}

/// A call as it was written: every field checked by itself, nothing filled in yet.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) from: Address,
    to: Option<Address>,
    value: U256,
    data: Bytes,
    gas: Option<u64>,
    gas_price: Option<u128>,
    max_fee: Option<u128>,
    priority_fee: Option<u128>,
    nonce: Option<u64>,
    access_list: Option<alloy_eips::eip2930::AccessList>,
    authorizations: Option<Vec<alloy_eips::eip7702::SignedAuthorization>>,
    blob_hashes: Option<Vec<B256>>,
    max_fee_per_blob_gas: Option<u128>,
    tx_type: u8,
}

/// Fields that RPC servers add to a transaction and that say nothing about its execution.
const RPC_FIELDS: [&str; 10] = [
    "hash",
    "blockHash",
    "blockNumber",
    "blockTimestamp",
    "transactionIndex",
    "v",
    "r",
    "s",
    "yParity",
    "raw",
];

impl Call {
    /// Reads a call. With `from_rpc` it may be a transaction as an RPC server gives it.
    pub(crate) fn read(
        field: &Field<'_>,
        surroundings: Surroundings<'_>,
        from_rpc: bool,
    ) -> Result<Self, Objection> {
        let mut fields = field.object()?;
        let from = fields.require("from")?.address()?;
        let to = fields.read("to", Field::address)?;
        let value = fields.read("value", Field::quantity)?.unwrap_or_default();
        let data = fields.read("data", Field::bytes)?;
        let input_field = fields.get("input");
        let input = input_field.as_ref().map(Field::bytes).transpose()?;
        if let (Some(data), Some(input), Some(field)) = (&data, &input, &input_field)
            && data != input
        {
            return Err(field.refuse("data and input are given and differ").into());
        }
        if let Some(chain) = fields.read("chainId", Field::quantity)?
            && chain != U256::from(surroundings.chain_id)
        {
            return Err(wrong_chain(chain, surroundings.chain_id));
        }
        let type_field = fields.get("type");
        let mut call = Self {
            from,
            to,
            value,
            data: data.or(input).unwrap_or_default(),
            gas: fields.read("gas", Field::quantity_u64)?,
            gas_price: None,
            max_fee: fields.read("maxFeePerGas", Field::quantity_u128)?,
            priority_fee: fields.read("maxPriorityFeePerGas", Field::quantity_u128)?,
            nonce: fields.read("nonce", Field::quantity_u64)?,
            access_list: fields.read("accessList", read_access_list)?,
            authorizations: fields.read("authorizationList", read_authorization_list)?,
            blob_hashes: fields.read("blobVersionedHashes", |field| {
                field
                    .list()?
                    .iter()
                    .map(Field::hash)
                    .collect::<Result<Vec<_>, _>>()
            })?,
            max_fee_per_blob_gas: fields.read("maxFeePerBlobGas", Field::quantity_u128)?,
            tx_type: 0,
        };
        let price_field = fields.get("gasPrice");
        call.gas_price = price_field.as_ref().map(Field::quantity_u128).transpose()?;
        if from_rpc {
            // There `gasPrice` of types 2 to 4 is the price that was paid.
            if call.max_fee.is_some() {
                call.gas_price = None;
            }
            for name in RPC_FIELDS {
                fields.get(name);
            }
        }
        fields.finish()?;
        if let (Some(_), Some(_), Some(field)) = (
            call.gas_price,
            call.max_fee.or(call.priority_fee),
            &price_field,
        ) {
            let reason = "cannot be combined with maxFeePerGas and maxPriorityFeePerGas";
            return Err(field.refuse(reason).into());
        }
        call.tx_type = match type_field {
            Some(field) => call.check_type(&field)?,
            None => call.inferred_type(surroundings.fork),
        };
        // The bytes of these types have no room for a creation, so the EVM does not look.
        if call.tx_type >= 3 && call.to.is_none() {
            let reason = format!("a transaction of type {} cannot create", call.tx_type);
            return Err(Refusal::missing("to", reason).into());
        }
        Ok(call)
    }

    /// Whether a gas limit was written.
    pub(crate) const fn has_gas(&self) -> bool {
        self.gas.is_some()
    }

    /// The least type that has all fields that were given.
    const fn inferred_type(&self, fork: &Fork) -> u8 {
        if self.authorizations.is_some() {
            4
        } else if self.blob_hashes.is_some() || self.max_fee_per_blob_gas.is_some() {
            3
        } else if self.gas_price.is_none()
            && (fork.has(SpecId::LONDON) || self.max_fee.is_some() || self.priority_fee.is_some())
        {
            2
        } else if self.access_list.is_some() {
            1
        } else {
            0
        }
    }

    /// The type that was asked for, if the call has no field that it lacks.
    fn check_type(&self, field: &Field<'_>) -> Result<u8, Refusal> {
        let wanted = field.quantity()?;
        let wanted = match u8::try_from(wanted) {
            Ok(wanted) if wanted <= 4 => wanted,
            _ => return Err(field.refuse("must be 0 to 4")),
        };
        let clash = [
            (
                "accessList",
                wanted == 0 && self.access_list.as_ref().is_some_and(|l| !l.is_empty()),
            ),
            ("maxFeePerGas", wanted < 2 && self.max_fee.is_some()),
            (
                "maxPriorityFeePerGas",
                wanted < 2 && self.priority_fee.is_some(),
            ),
            ("gasPrice", wanted >= 2 && self.gas_price.is_some()),
            (
                "blobVersionedHashes",
                wanted != 3 && self.blob_hashes.is_some(),
            ),
            (
                "maxFeePerBlobGas",
                wanted != 3 && self.max_fee_per_blob_gas.is_some(),
            ),
            (
                "authorizationList",
                wanted != 4 && self.authorizations.is_some(),
            ),
        ];
        match clash.iter().find(|(_, clashes)| *clashes) {
            Some((name, _)) => Err(field.refuse(format!("has no {name}"))),
            None => Ok(wanted),
        }
    }

    /// Fills the gaps.
    ///
    /// * the price is the base fee, with no tip, or the tip on top of it;
    /// * the blob price is the block's;
    /// * gas is as much as a transaction may have, lowered to what the sender can pay for.
    pub(crate) fn complete(self, surroundings: Surroundings<'_>, sender: Sender) -> Transaction {
        let Surroundings {
            chain_id, block, ..
        } = surroundings;
        let base_fee = u128::from(block.basefee);
        let (gas_price, gas_priority_fee) = if self.tx_type < 2 {
            (self.gas_price.unwrap_or(base_fee), None)
        } else {
            let tip = self.priority_fee.unwrap_or_default();
            (
                self.max_fee.unwrap_or_else(|| base_fee.saturating_add(tip)),
                Some(tip),
            )
        };
        let blob_price = block
            .blob_excess_gas_and_price
            .map_or(0, |blobs| blobs.blob_gasprice);
        let blob_hashes = self.blob_hashes.unwrap_or_default();
        let max_fee_per_blob_gas = match self.tx_type {
            3 => self.max_fee_per_blob_gas.unwrap_or(blob_price),
            _ => 0,
        };
        let gas_limit = self.gas.unwrap_or_else(|| {
            let blob_cost = blob_cost(max_fee_per_blob_gas, blob_hashes.len());
            let fixed = self.value.saturating_add(blob_cost);
            surroundings.default_gas(gas_price, fixed, sender.funds)
        });
        let env = TxEnv {
            tx_type: self.tx_type,
            caller: self.from,
            gas_limit,
            gas_price,
            kind: self.to.map_or(TxKind::Create, TxKind::Call),
            value: self.value,
            data: self.data,
            nonce: self.nonce.unwrap_or(sender.nonce),
            chain_id: Some(chain_id),
            access_list: self.access_list.unwrap_or_default(),
            gas_priority_fee,
            blob_hashes,
            max_fee_per_blob_gas,
            authorization_list: recover_authorizations(self.authorizations.unwrap_or_default()),
        };
        Transaction { env, hash: None }
    }
}

/// As much gas as the sender can pay for, up to `most`. Where that is not even the least there is,
/// `most`: the money may come from earlier in the bundle, and if it doesn't the refusal should name
/// what is missing.
fn affordable(most: u64, gas_price: u128, fixed: U256, funds: Option<U256>) -> u64 {
    let Some(funds) = funds else { return most };
    let Some(gas) = funds
        .saturating_sub(fixed)
        .checked_div(U256::from(gas_price))
    else {
        return most;
    };
    match u64::try_from(gas) {
        Ok(gas) if gas >= LEAST_GAS => gas.min(most),
        Ok(_) | Err(_) => most,
    }
}
