//! What several formats write in the same way.

use alloy_primitives::{Address, Bytes, U256};
use forerun_executor::BlobParams;
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;

/// A number: `0x`-hex, with leading zeros or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(pub(crate) U256);

impl Quantity {
    /// Reads one, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // Numbers that some tools would take for strings of bytes are marked so.
        let digits = text.strip_prefix("0x:bigint ").unwrap_or(text);
        let digits = digits
            .strip_prefix("0x")
            .ok_or_else(|| format!("{text:?} does not begin with 0x"))?;
        if digits.is_empty() {
            return Ok(Self(U256::ZERO));
        }
        U256::from_str_radix(digits, 16)
            .map(Self)
            .map_err(|error| format!("{text:?} is not a number of 256 bits: {error}"))
    }

    /// The number, if it has at most as many bits as the type.
    pub(crate) fn to<T: TryFrom<U256>>(self) -> Result<T, String> {
        T::try_from(self.0).map_err(|_| format!("{:#x} has too many bits", self.0))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A whole state.
pub(crate) type Accounts = BTreeMap<Address, AccountFields>;

/// An account of a state.
#[derive(Debug, Deserialize)]
pub(crate) struct AccountFields {
    pub(crate) balance: Quantity,
    pub(crate) nonce: Quantity,
    pub(crate) code: Bytes,
    pub(crate) storage: BTreeMap<Quantity, Quantity>,
}

/// What a test says of its chain, if it does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) chainid: Option<Quantity>,
    #[serde(default)]
    pub(crate) blob_schedule: BTreeMap<String, BlobFields>,
}

impl Config {
    /// Every chain of the tests is mainnet's, by its id.
    pub(crate) fn chain_id(&self) -> Result<u64, String> {
        self.chainid.map_or(Ok(1), Quantity::to)
    }

    /// The blob limits that the test gives for a fork.
    pub(crate) fn blob_params(&self, fork: &str) -> Result<Option<BlobParams>, String> {
        let Some(fields) = self.blob_schedule.get(fork) else {
            return Ok(None);
        };
        Ok(Some(BlobParams {
            target: fields.target.to()?,
            max: fields.max.to()?,
            base_fee_update_fraction: fields.base_fee_update_fraction.to()?,
        }))
    }
}

/// Blob limits of a fork.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlobFields {
    target: Quantity,
    max: Quantity,
    base_fee_update_fraction: Quantity,
}
