//! What ends a run without an outcome.

use crate::StateError;
use revm::primitives::{Address, Bytes};

/// A run that could not be finished. Transactions that fail or may not be in a block are not among
/// these: they are [outcomes](crate::TransactionOutcome).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// State that the run needs is not known.
    #[error("{}: {error}", Place(*transaction))]
    State {
        /// The transaction that asked, or `None` for what the block does around them.
        transaction: Option<usize>,
        /// What is not known.
        error: StateError,
    },
    /// The environment lacks a value that the fork asks for.
    #[error("the block environment lacks {0}")]
    Environment(&'static str),
    /// A call that the protocol makes itself failed, which makes the block invalid
    /// ([EIP-7002](https://eips.ethereum.org/EIPS/eip-7002),
    /// [EIP-7251](https://eips.ethereum.org/EIPS/eip-7251)).
    #[error("the system call to {contract} failed with output {output}")]
    SystemCall {
        /// Which contract was called.
        contract: Address,
        /// What it returned.
        output: Bytes,
    },
    /// A log of the deposit contract is not of the form that
    /// [EIP-6110](https://eips.ethereum.org/EIPS/eip-6110) fixes.
    #[error("a deposit log is malformed: {0}")]
    DepositLog(Bytes),
    /// The EVM reported an error of its own.
    #[error("{}: {message}", Place(*transaction))]
    Evm {
        /// The transaction it ran.
        transaction: Option<usize>,
        /// What it said.
        message: String,
    },
    /// A worker panicked. This is a bug of the engine.
    #[error("a worker panicked: {0}")]
    WorkerPanicked(String),
}

struct Place(Option<usize>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(index) => write!(f, "transaction {index}"),
            None => f.write_str("around the transactions"),
        }
    }
}
