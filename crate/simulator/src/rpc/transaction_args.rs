//! Calls as nodes read them: an object of which any field may be missing.
//!
//! Unlike those of our own requests (`call`), a field that is not known is passed over here, and what
//! is missing is not filled in so that the call is valid, but with zeros, as nodes do.

use super::RpcError;
use crate::{
    fields::{Field, Refusal},
    transaction::{read_access_list, read_authorization_list, recover_authorizations},
};
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_rlp::{Encodable, Header};
use forerun_executor::revm::context::TxEnv;

/// A call. Gas and nonce are missing until whoever executes it says what they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct TransactionArgs {
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    pub(crate) gas: Option<u64>,
    pub(crate) nonce: Option<u64>,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas_price: Option<u128>,
    max_fee: Option<u128>,
    priority_fee: Option<u128>,
    pub(crate) access_list: Option<AccessList>,
    chain_id: Option<U256>,
    pub(crate) blob_hashes: Option<Vec<B256>>,
    max_fee_per_blob_gas: Option<u128>,
    pub(crate) authorizations: Option<Vec<SignedAuthorization>>,
}

impl TransactionArgs {
    /// Reads a call.
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        let data = fields.read("data", Field::bytes)?;
        Ok(Self {
            from: fields.read("from", Field::address)?.unwrap_or_default(),
            to: fields.read("to", Field::address)?,
            gas: fields.read("gas", Field::quantity_u64)?,
            nonce: fields.read("nonce", Field::quantity_u64)?,
            value: fields.read("value", Field::quantity)?.unwrap_or_default(),
            // `data` is the older name.
            input: fields
                .read("input", Field::bytes)?
                .or(data)
                .unwrap_or_default(),
            gas_price: fields.read("gasPrice", Field::quantity_u128)?,
            max_fee: fields.read("maxFeePerGas", Field::quantity_u128)?,
            priority_fee: fields.read("maxPriorityFeePerGas", Field::quantity_u128)?,
            access_list: fields.read("accessList", read_access_list)?,
            chain_id: fields.read("chainId", Field::quantity)?,
            blob_hashes: fields.read("blobVersionedHashes", |field| {
                field.list()?.iter().map(Field::hash).collect()
            })?,
            max_fee_per_blob_gas: fields.read("maxFeePerBlobGas", Field::quantity_u128)?,
            authorizations: fields.read("authorizationList", read_authorization_list)?,
        })
    }

    /// Refuses what no transaction can have, as far as that can be told without state.
    pub(crate) fn check(&self, chain_id: u64) -> Result<(), RpcError> {
        if self.gas_price.is_some() && (self.max_fee.is_some() || self.priority_fee.is_some()) {
            let message =
                "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified".to_owned();
            return Err(RpcError::new(RpcError::SERVER, message));
        }
        match self.chain_id {
            Some(found) if found != U256::from(chain_id) => Err(RpcError::new(
                RpcError::SERVER,
                format!("chainId does not match node's (have={found}, want={chain_id})"),
            )),
            _ => Ok(()),
        }
    }

    /// Offers the base fee, and what tip there is on top of it, if no price is named.
    pub(crate) fn offer(&mut self, base_fee: u64) {
        if self.gas_price.is_none() {
            let tip = self.priority_fee.unwrap_or_default();
            let price = u128::from(base_fee).saturating_add(tip);
            self.max_fee.get_or_insert(price);
        }
    }

    /// The most that a unit of gas may cost.
    pub(crate) fn fee_cap(&self) -> u128 {
        self.gas_price.or(self.max_fee).unwrap_or_default()
    }

    /// The most that whoever makes the block gets of that.
    pub(crate) fn tip_cap(&self) -> u128 {
        self.gas_price.or(self.priority_fee).unwrap_or_default()
    }

    /// The most that a unit of blob gas may cost.
    pub(crate) fn blob_fee_cap(&self) -> u128 {
        self.max_fee_per_blob_gas.unwrap_or_default()
    }

    /// What a unit of gas costs at this base fee.
    pub(crate) fn price(&self, base_fee: u64) -> u128 {
        let tip = self.tip_cap();
        self.fee_cap().min(tip.saturating_add(u128::from(base_fee)))
    }

    /// The type of the transaction on paper. A gas price makes it one of the first kind, whatever
    /// else it has.
    pub(crate) const fn tx_type(&self) -> u8 {
        if self.gas_price.is_some() {
            0
        } else if self.authorizations.is_some() {
            4
        } else if self.blob_hashes.is_some() {
            3
        } else {
            2
        }
    }

    /// The transaction for the EVM: of the type that has everything that was given.
    pub(crate) fn environment(&self, chain_id: u64) -> TxEnv {
        let tx_type = match self.tx_type() {
            0 if self.authorizations.is_some() => 4,
            0 if self.blob_hashes.is_some() => 3,
            0 if self.access_list.is_some() => 1,
            other => other,
        };
        TxEnv {
            tx_type,
            caller: self.from,
            gas_limit: self.gas.unwrap_or_default(),
            gas_price: self.fee_cap(),
            kind: self.to.map_or(TxKind::Create, TxKind::Call),
            value: self.value,
            data: self.input.clone(),
            nonce: self.nonce.unwrap_or_default(),
            chain_id: Some(chain_id),
            access_list: self.access_list.clone().unwrap_or_default(),
            gas_priority_fee: (tx_type >= 2).then(|| self.tip_cap()),
            blob_hashes: self.blob_hashes.clone().unwrap_or_default(),
            max_fee_per_blob_gas: self.blob_fee_cap(),
            authorization_list: recover_authorizations(
                self.authorizations.clone().unwrap_or_default(),
            ),
        }
    }

    /// The bytes of the transaction, with zeros for a signature.
    pub(crate) fn encoded(&self, chain_id: u64) -> Vec<u8> {
        let tx_type = self.tx_type();
        let mut fields = Vec::new();
        if tx_type != 0 {
            chain_id.encode(&mut fields);
        }
        self.nonce.unwrap_or_default().encode(&mut fields);
        if tx_type != 0 {
            self.tip_cap().encode(&mut fields);
        }
        self.fee_cap().encode(&mut fields);
        self.gas.unwrap_or_default().encode(&mut fields);
        // A creation has no recipient, and the types that cannot create have the zero address then.
        match self.to {
            Some(to) => to.encode(&mut fields),
            None if tx_type < 3 => Bytes::new().encode(&mut fields),
            None => Address::ZERO.encode(&mut fields),
        }
        self.value.encode(&mut fields);
        self.input.encode(&mut fields);
        if tx_type != 0 {
            match &self.access_list {
                Some(list) => list.encode(&mut fields),
                None => AccessList::default().encode(&mut fields),
            }
        }
        if tx_type == 3 {
            self.blob_fee_cap().encode(&mut fields);
            self.blob_hashes
                .iter()
                .for_each(|list| list.encode(&mut fields));
        }
        if tx_type == 4 {
            let list = self.authorizations.iter();
            list.for_each(|list| list.encode(&mut fields));
        }
        // Parity and the two halves of the signature.
        fields.extend([alloy_rlp::EMPTY_STRING_CODE; 3]);
        let mut out = Vec::with_capacity(fields.len() + 5);
        if tx_type != 0 {
            out.push(tx_type);
        }
        let payload_length = fields.len();
        Header {
            list: true,
            payload_length,
        }
        .encode(&mut out);
        out.append(&mut fields);
        out
    }

    /// The hash of [`encoded`](Self::encoded): what the call goes by.
    pub(crate) fn hash(&self, chain_id: u64) -> B256 {
        keccak256(self.encoded(chain_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;
    use serde_json::{Value, json};

    fn read(call: &Value) -> TransactionArgs {
        TransactionArgs::read(&Field::root(call)).unwrap()
    }

    // From the published vector `ethSimulate-simple-validation-fulltx`.
    #[test]
    fn a_call_goes_by_the_hash_of_the_unsigned_transaction() {
        let call = read(&json!({
            "from": "0xc000000000000000000000000000000000000000",
            "to": "0xc100000000000000000000000000000000000000",
            "maxFeePerGas": "0x10", "value": "0x2540be400", "gas": "0x2faf080", "nonce": "0x0",
        }));
        let hash = b256!("0xc2df7444d2b0604cdfaa20cad5855422b575d8d2ec02868ed9eb45eb20490f66");
        assert_eq!(call.hash(0x000c_72dd_9d5e_883e), hash);
        assert_eq!(call.price(15), 15);
    }

    #[test]
    fn a_gas_price_makes_a_transaction_of_the_first_type() {
        let call = read(&json!({ "gasPrice": "0x1", "accessList": [], "unknown": 1 }));
        assert_eq!((call.tx_type(), call.environment(1).tx_type), (0, 1));
        assert_eq!(call.encoded(1)[0], 0xc9);
    }

    #[test]
    fn two_kinds_of_price_do_not_go_together() {
        let call = read(&json!({ "gasPrice": "0x1", "maxFeePerGas": "0x1" }));
        assert_eq!(call.check(1).unwrap_err().code, -32000);
        let call = read(&json!({ "chainId": "0x2" }));
        assert!(call.check(2).is_ok() && call.check(1).is_err());
    }
}
