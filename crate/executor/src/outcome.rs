//! What came out of a run.

use crate::{Recording, Report, StateChanges};
use revm::{
    context::result::{ExecutionResult, InvalidTransaction},
    primitives::{Bytes, U256},
};

/// The result of a block's execution.
#[derive(Clone, Debug)]
pub struct BlockOutcome {
    /// One entry a transaction, in order. With [`OnInvalid::Stop`](crate::OnInvalid::Stop) the
    /// list ends with the first rejected one.
    pub transactions: Vec<TransactionOutcome>,
    /// What was recorded of each of them, as [`BlockRules::record`](crate::BlockRules::record) has it;
    /// `None` for one that was rejected. Empty if nothing was to be recorded. No part of the result,
    /// but the same in every run.
    pub recordings: Vec<Option<Box<Recording>>>,
    /// The sum over all executed transactions, as the header has it.
    pub gas_used: u64,
    /// Gas of the blobs of all executed transactions.
    pub blob_gas_used: u64,
    /// [EIP-7685](https://eips.ethereum.org/EIPS/eip-7685) requests in the order of their types,
    /// each with its type byte in front; types without any are left out.
    pub requests: Vec<Bytes>,
    /// What the coinbase had before the first transaction, and what it has behind each in the list
    /// of transactions. Empty if [`BlockRules`](crate::BlockRules) does not ask for it.
    pub coinbase_balances: Vec<U256>,
    /// The net change of state.
    pub changes: StateChanges,
    /// How the run went. The only part that depends on threads and timing.
    pub report: Report,
}

impl BlockOutcome {
    /// Whether two runs came to the same result: all but the [`Report`], and what was recorded.
    pub fn same_result(&self, other: &Self) -> bool {
        self.transactions == other.transactions
            && self.gas_used == other.gas_used
            && self.blob_gas_used == other.blob_gas_used
            && self.requests == other.requests
            && self.coinbase_balances == other.coinbase_balances
            && self.changes == other.changes
    }
}

/// What became of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// It was executed: successfully, reverted or halted.
    Executed(ExecutionResult),
    /// It may not be in this block, at this place.
    Rejected(Rejection),
}

/// Why a transaction may not be in this block, at this place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The transaction itself, or its sender's account, does not allow it.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// Its gas limit is larger than what its predecessors left of the block's.
    #[error("gas limit {limit} is more than the {remaining} gas left in the block")]
    BlockGas {
        /// The transaction's gas limit.
        limit: u64,
        /// What is left in the block.
        remaining: u64,
    },
    /// Its blobs are more than what its predecessors left of the block's.
    #[error("blob gas {needed} is more than the {remaining} blob gas left in the block")]
    BlobGas {
        /// Blob gas of the transaction.
        needed: u64,
        /// What is left in the block.
        remaining: u64,
    },
}
