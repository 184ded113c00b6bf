//! The format of go-ethereum's tests of its tracers: the state before a transaction, what the
//! transaction sees of its block, its bytes, and what a tracer says of it.

use crate::format::{AccountFields, Accounts, Quantity};
use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
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
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Genesis {
    pub(crate) config: BTreeMap<String, Value>,
    pub(crate) mix_hash: Option<B256>,
    pub(crate) excess_blob_gas: Option<Number>,
    alloc: BTreeMap<Address, Allocation>,
}

#[derive(Debug, Deserialize)]
struct Allocation {
    balance: Number,
    #[serde(default)]
    nonce: Number,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<Quantity, Quantity>,
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

/// A number: in JSON's form, or in a string in decimal or `0x`-hex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) U256);

impl Number {
    pub(crate) fn to<T: TryFrom<U256>>(self) -> Result<T, String> {
        Quantity(self.0).to()
    }

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_u64().map(U256::from).map(Self),
            Value::String(text) if text.starts_with("0x") => {
                Quantity::parse(text).ok().map(|number| Self(number.0))
            }
            Value::String(text) => U256::from_str_radix(text, 10).ok().map(Self),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(&value).ok_or_else(|| D::Error::custom(format!("{value} is not a number")))
    }
}

impl Genesis {
    /// A number of the chain's configuration, if it is there.
    pub(crate) fn configured(&self, name: &str) -> Option<U256> {
        // go-ethereum reads names in small letters and in large ones, and one test has another than the
        // others.
        let (_, value) = self
            .config
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Number::of(value).map(|number| number.0)
    }

    /// The state.
    pub(crate) fn accounts(&self) -> Accounts {
        let account = |(address, fields): (&Address, &Allocation)| {
            let fields = AccountFields {
                balance: Quantity(fields.balance.0),
                nonce: Quantity(fields.nonce.0),
                code: fields.code.clone(),
                storage: fields.storage.clone(),
            };
            (*address, fields)
        };
        self.alloc.iter().map(account).collect()
    }
}
