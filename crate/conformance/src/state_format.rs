//! The format of state tests: one transaction with choices of data, gas and value, and what each
//! fork makes of each choice.

use crate::format::{Accounts, Config, Quantity};
use alloy_eips::{
    eip2930::AccessList,
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bytes, TxKind};
use forerun_executor::revm::{context::TxEnv, context_interface::either::Either};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A test: as many cases as `post` has entries.
#[derive(Debug, Deserialize)]
pub(crate) struct StateTest {
    pub(crate) env: Environment,
    pub(crate) pre: Accounts,
    pub(crate) transaction: TransactionFields,
    pub(crate) post: BTreeMap<String, Vec<Expectation>>,
    #[serde(default)]
    pub(crate) config: Config,
}

/// The block that the transaction is in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Environment {
    pub(crate) current_coinbase: Address,
    pub(crate) current_difficulty: Quantity,
    pub(crate) current_gas_limit: Quantity,
    pub(crate) current_number: Quantity,
    pub(crate) current_timestamp: Quantity,
    #[serde(default)]
    pub(crate) current_base_fee: Option<Quantity>,
    #[serde(default)]
    pub(crate) current_random: Option<B256>,
    #[serde(default)]
    pub(crate) current_excess_blob_gas: Option<Quantity>,
}

/// What a fork makes of one choice.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expectation {
    /// State root.
    pub(crate) hash: B256,
    /// Hash of the logs.
    pub(crate) logs: B256,
    pub(crate) indexes: Indexes,
    /// The signed transaction.
    #[serde(default)]
    pub(crate) txbytes: Option<Bytes>,
    /// Why the transaction is to be refused, if it is.
    #[serde(default)]
    pub(crate) expect_exception: Option<String>,
}

/// A choice.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Indexes {
    pub(crate) data: usize,
    pub(crate) gas: usize,
    pub(crate) value: usize,
}

/// The transaction's fields. Numbers stay text here, because some are meant to be out of range.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionFields {
    data: Vec<Bytes>,
    gas_limit: Vec<String>,
    value: Vec<String>,
    nonce: String,
    to: String,
    sender: Address,
    #[serde(default)]
    gas_price: Option<String>,
    #[serde(default)]
    max_fee_per_gas: Option<String>,
    #[serde(default)]
    max_priority_fee_per_gas: Option<String>,
    /// One a choice of data; `null` makes a legacy transaction.
    #[serde(default)]
    access_lists: Vec<Option<AccessList>>,
    #[serde(default)]
    max_fee_per_blob_gas: Option<String>,
    #[serde(default)]
    blob_versioned_hashes: Vec<B256>,
    #[serde(default)]
    authorization_list: Option<Vec<AuthorizationFields>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationFields {
    chain_id: Quantity,
    address: Address,
    nonce: Quantity,
    y_parity: Quantity,
    r: Quantity,
    s: Quantity,
}

impl TransactionFields {
    /// The transaction of one choice, or what is out of range in it. The fields name no chain.
    pub(crate) fn transaction(&self, indexes: Indexes) -> Result<TxEnv, String> {
        let access_list = self.access_lists.get(indexes.data).cloned().flatten();
        let fee = self.max_fee_per_gas.as_ref().or(self.gas_price.as_ref());
        let authorizations = self.authorization_list.iter().flatten();
        Ok(TxEnv {
            tx_type: self.tx_type(access_list.is_some()),
            caller: self.sender,
            gas_limit: number(choice(&self.gas_limit, indexes.gas)?)?,
            gas_price: number(fee.ok_or("no price is given")?)?,
            kind: match self.to.as_str() {
                "" => TxKind::Create,
                to => TxKind::Call(to.parse().map_err(|error| format!("{to:?}: {error}"))?),
            },
            value: Quantity::parse(choice(&self.value, indexes.value)?)?.0,
            data: choice(&self.data, indexes.data)?.clone(),
            nonce: number(&self.nonce)?,
            chain_id: None,
            access_list: access_list.unwrap_or_default(),
            gas_priority_fee: self
                .max_priority_fee_per_gas
                .as_deref()
                .map(number)
                .transpose()?,
            blob_hashes: self.blob_versioned_hashes.clone(),
            max_fee_per_blob_gas: self.max_fee_per_blob_gas.as_deref().map_or(Ok(0), number)?,
            authorization_list: authorizations
                .map(|fields| Ok(Either::Right(fields.authorization()?.into_recovered())))
                .collect::<Result<_, String>>()?,
        })
    }

    fn tx_type(&self, has_access_list: bool) -> u8 {
        if self.authorization_list.is_some() {
            4
        } else if self.max_fee_per_blob_gas.is_some() {
            3
        } else if self.max_fee_per_gas.is_some() {
            2
        } else {
            u8::from(has_access_list)
        }
    }
}

impl AuthorizationFields {
    fn authorization(&self) -> Result<SignedAuthorization, String> {
        let inner = Authorization {
            chain_id: self.chain_id.0,
            address: self.address,
            nonce: self.nonce.to()?,
        };
        Ok(SignedAuthorization::new_unchecked(
            inner,
            self.y_parity.to()?,
            self.r.0,
            self.s.0,
        ))
    }
}

fn choice<T>(list: &[T], index: usize) -> Result<&T, String> {
    list.get(index)
        .ok_or_else(|| format!("there is no choice {index} of {}", list.len()))
}

fn number<T: TryFrom<alloy_primitives::U256>>(text: impl AsRef<str>) -> Result<T, String> {
    Quantity::parse(text.as_ref())?.to()
}
