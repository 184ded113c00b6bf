//! The answer to a bundle.

use crate::{block_environment::BlockDescription, failure::Failure, intake::Taken, report::Report};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U64, U128};
use forerun_executor::{
    Block, BlockOutcome, StateChanges, TransactionOutcome,
    revm::context::{
        TxEnv,
        result::{ExecutionResult, Output},
    },
};
use serde::Serialize;

/// What a bundle would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleResult {
    /// `success` if every transaction succeeded, else `failed`.
    pub status: BundleStatus,
    /// The environment the bundle ran in.
    pub block: BlockDescription,
    /// Gas of all transactions.
    pub gas_used: U64,
    /// One entry a transaction, in order.
    pub transactions: Vec<TransactionResult>,
    /// How the run went.
    pub report: Report,
    /// The net change of state as `TransactionResult::state_changes` has that of one transaction, if it
    /// was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_changes: Option<String>,
    /// Time of the execution alone, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// The net change of state. Not part of the JSON form.
    #[serde(skip)]
    pub changes: StateChanges,
}

/// Whether all of a bundle succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BundleStatus {
    /// Every transaction succeeded.
    Success,
    /// At least one reverted or halted.
    Failed,
}

/// What became of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TransactionStatus {
    /// It took effect.
    Success,
    /// A contract undid it and gave back the gas that was left.
    Reverted,
    /// The EVM stopped it and all its gas is gone.
    Halted,
}

/// The result of one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionResult {
    /// Place in the bundle.
    pub index: usize,
    /// Of a signed transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<B256>,
    /// Sender.
    pub from: Address,
    /// Target; `null` for a creation.
    pub to: Option<Address>,
    /// What became of it.
    pub status: TransactionStatus,
    /// What the receipt would say.
    pub gas_used: U64,
    /// The least gas limit with which it succeeds at its place, if that was asked for; `None` within if
    /// it fails with any. More than it uses where gas is given back at the end, or where a call inside
    /// gets but 63 of 64 parts of what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas_limit_needed: Option<Option<U64>>,
    /// What it reads at its place and is not warm from the start, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_list: Option<AccessList>,
    /// Its calls, if they were asked for, as text of JSON in the form of go-ethereum's `callTracer` with
    /// logs; `None` within if there is no room for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Option<String>>,
    /// What it changed, if that was asked for, as text of JSON: `[{ address, balance?, nonce?, code?,
    /// storage? }]`, each `{ before, after }`, of storage a list with the slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_changes: Option<String>,
    /// What a unit of gas cost, in wei.
    pub effective_gas_price: U128,
    /// What the call returned: the code, for a creation.
    pub output: Bytes,
    /// What it logged.
    pub logs: Vec<LogEntry>,
    /// Where a creation put its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_address: Option<Address>,
    /// Why it had no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// The contract that logged.
    pub address: Address,
    /// Up to four indexed words.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
    /// Place among all logs of the bundle.
    pub log_index: usize,
}

/// Puts an outcome without rejections into words. The block's description is left to the caller.
pub(crate) fn describe(taken: &[Taken], block: &Block, outcome: BlockOutcome) -> BundleResult {
    let mut log_index = 0;
    let transactions: Vec<_> = taken
        .iter()
        .zip(outcome.transactions)
        .enumerate()
        .filter_map(|(index, (taken, outcome))| {
            let TransactionOutcome::Executed(result) = outcome else {
                return None;
            };
            Some(describe_one(index, taken, block, result, &mut log_index))
        })
        .collect();
    let success = transactions
        .iter()
        .all(|tx| tx.status == TransactionStatus::Success);
    BundleResult {
        status: if success {
            BundleStatus::Success
        } else {
            BundleStatus::Failed
        },
        block: BlockDescription::default(),
        gas_used: U64::from(outcome.gas_used),
        transactions,
        report: outcome.report.into(),
        state_changes: None,
        milliseconds: None,
        changes: outcome.changes,
    }
}

fn describe_one(
    index: usize,
    taken: &Taken,
    block: &Block,
    result: ExecutionResult,
    log_index: &mut usize,
) -> TransactionResult {
    let tx = &taken.transaction.env;
    let gas_used = U64::from(result.tx_gas_used());
    let (status, output, logs, contract_address, error) = match result {
        ExecutionResult::Success { logs, output, .. } => {
            let (output, created) = match output {
                Output::Call(output) => (output, None),
                Output::Create(code, created) => (code, created),
            };
            (TransactionStatus::Success, output, logs, created, None)
        }
        ExecutionResult::Revert { output, .. } => {
            let failure = Failure::of_revert(&output);
            (
                TransactionStatus::Reverted,
                output,
                Vec::new(),
                None,
                Some(failure),
            )
        }
        ExecutionResult::Halt { reason, .. } => {
            let failure = Failure::of_halt(&reason);
            (
                TransactionStatus::Halted,
                Bytes::new(),
                Vec::new(),
                None,
                Some(failure),
            )
        }
    };
    TransactionResult {
        index,
        hash: taken.transaction.hash,
        from: tx.caller,
        to: match tx.kind {
            TxKind::Call(to) => Some(to),
            TxKind::Create => None,
        },
        status,
        gas_used,
        gas_limit_needed: None,
        access_list: None,
        calls: None,
        state_changes: None,
        effective_gas_price: U128::from(effective_gas_price(tx, block.env.basefee)),
        output,
        logs: logs
            .into_iter()
            .map(|log| LogEntry::new(log, log_index))
            .collect(),
        contract_address,
        error,
    }
}

/// The base fee and as much of the tip as the cap leaves
/// ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559)).
pub(crate) fn effective_gas_price(tx: &TxEnv, base_fee: u64) -> u128 {
    tx.gas_priority_fee.map_or(tx.gas_price, |tip| {
        tx.gas_price.min(u128::from(base_fee).saturating_add(tip))
    })
}

impl LogEntry {
    fn new(log: Log, next: &mut usize) -> Self {
        let log_index = *next;
        *next += 1;
        let (topics, data) = log.data.split();
        Self {
            address: log.address,
            topics,
            data,
            log_index,
        }
    }
}
