//! Where the state below a block is read.

use revm::{
    database_interface::DBErrorMarker,
    primitives::{Address, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// The state that a block stands on. It does not change during a run, so any number of workers may
/// read it at once, in any order, and the same question always gets the same answer.
pub trait StateSource: Sync {
    /// The account at `address`, or `None` where there is none. Returning the code with it saves a
    /// second question.
    ///
    /// # Errors
    /// [`StateError`] if the answer is not known.
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError>;

    /// The code with this hash.
    ///
    /// # Errors
    /// [`StateError`] if the answer is not known.
    fn code(&self, hash: B256) -> Result<Bytecode, StateError>;

    /// The value of a storage slot; zero where nothing was stored.
    ///
    /// # Errors
    /// [`StateError`] if the answer is not known.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError>;

    /// The hash of an ancestor block, for BLOCKHASH.
    ///
    /// # Errors
    /// [`StateError`] if the answer is not known.
    fn block_hash(&self, number: u64) -> Result<B256, StateError>;
}

/// A state that answers whatever it is asked, and knows how often it has guessed.
pub trait Guesses: StateSource {
    /// How many answers were guesses so far.
    fn guessed(&self) -> u64;
}

/// A piece of state that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Nothing is known of this account.
    #[error("the account {0} is not known")]
    Account(Address),
    /// No code with this hash is known.
    #[error("the code with hash {0} is not known")]
    Code(B256),
    /// The value of this slot is not known.
    #[error("slot {slot:#x} of {address} is not known")]
    Storage {
        /// Whose slot.
        address: Address,
        /// Which slot.
        slot: U256,
    },
    /// The hash of this block is not known.
    #[error("the hash of block {0} is not known")]
    BlockHash(u64),
}

impl DBErrorMarker for StateError {}
