//! The executor for one type of state: any, behind a pointer.
//!
//! Everything here is generic over the state, EVM and all, and is compiled where it is used, once for
//! each type of state. Who has several goes through this one type and gets one copy, compiled here, as
//! this crate is. What the pointer costs does not show: a
//! transaction asks for each piece of state once.

use crate::{
    Block, BlockOutcome, ExecutorError, Guesses, Kept, Options, Rehearsal, Scouted, StateError,
    StateSource, TurnedCodes, Walk, execute, execute_beside, execute_sequentially, scout,
};
use revm::{
    primitives::{Address, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// Any state.
#[derive(Clone, Copy)]
pub struct AnyState<'a>(pub &'a dyn Guesses);

impl std::fmt::Debug for AnyState<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AnyState").finish_non_exhaustive()
    }
}

impl AnyState<'_> {
    /// As the function [`execute`].
    ///
    /// # Errors
    /// As there.
    pub fn execute(&self, block: &Block, options: Options) -> Result<BlockOutcome, ExecutorError> {
        execute(block, self, options)
    }

    /// As the function [`execute_beside`].
    ///
    /// # Errors
    /// As there.
    pub fn execute_beside(
        &self,
        pool: &rayon::ThreadPool,
        block: &Block,
        options: Options,
    ) -> Result<BlockOutcome, ExecutorError> {
        execute_beside(pool, block, self, options)
    }

    /// As the function [`execute_sequentially`].
    ///
    /// # Errors
    /// As there.
    pub fn execute_sequentially(&self, block: &Block) -> Result<BlockOutcome, ExecutorError> {
        execute_sequentially(block, self)
    }

    /// As [`Kept::rehearse`].
    ///
    /// # Errors
    /// As there.
    pub fn rehearse(&self, kept: &mut Kept, block: &Block) -> Result<Rehearsal, ExecutorError> {
        kept.rehearse(block, self)
    }

    /// As the function [`scout`].
    pub fn scout(
        &self,
        block: &Block,
        transactions: &[usize],
        walk: Walk,
        codes: &TurnedCodes,
    ) -> Scouted {
        scout(block, transactions, self, walk, codes)
    }
}

impl StateSource for AnyState<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.0.account(address)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.0.code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.0.storage(address, slot)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.0.block_hash(number)
    }
}

impl Guesses for AnyState<'_> {
    fn guessed(&self) -> u64 {
        self.0.guessed()
    }
}
