//! What a method works with.

use crate::{
    Error, Simulator, Snapshot,
    ground::Ground,
    noting::Noting,
    overrides::Overrides,
    remote::{Guessing, Keys, Scouting},
};
use alloy_primitives::Address;
use forerun_executor::{
    AnyState, Block, BlockOutcome, Guesses, Kept, Layer, OnInvalid, Options, StateError,
    StateSource, TurnedCodes, revm::state::AccountInfo,
};
use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

/// The state that a method stands on, and the means to execute blocks on it.
pub(crate) struct Session<'a> {
    simulator: &'a Simulator,
    ground: &'a dyn Ground,
    threads: NonZeroUsize,
    /// How many waves there were.
    waves: usize,
    /// Where guesses are made, and what scouts found that will be needed.
    guessing: Option<(&'a Guessing<'a>, Mutex<Keys>)>,
}

impl<'a> Session<'a> {
    /// On state that is known.
    pub(crate) fn on_known(simulator: &'a Simulator, threads: NonZeroUsize) -> Self {
        Self {
            simulator,
            ground: simulator.snapshot(),
            threads,
            waves: 0,
            guessing: None,
        }
    }

    /// On state that is partly guessed.
    pub(crate) fn on_guesses(
        simulator: &'a Simulator,
        threads: NonZeroUsize,
        waves: usize,
        guessing: &'a Guessing<'a>,
    ) -> Self {
        Self {
            simulator,
            ground: guessing,
            threads,
            waves,
            guessing: Some((guessing, Mutex::default())),
        }
    }

    /// The chain, and what is known of its state.
    pub(crate) const fn snapshot(&self) -> &Snapshot {
        self.simulator.snapshot()
    }

    /// How many workers there are.
    pub(crate) const fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// The state behind the pinned block.
    pub(crate) fn base(&self) -> AnyState<'_> {
        AnyState(self.ground)
    }

    /// An account in the state that `layer` makes of the pinned one.
    pub(crate) fn account(
        &self,
        layer: &Layer,
        address: Address,
    ) -> Result<Option<AccountInfo>, StateError> {
        layer.over(&self.base()).account(address)
    }

    /// Whether nothing was guessed so far. If something was, the answer is thrown away, and whoever
    /// has a long way to go may as well stop.
    pub(crate) fn is_settled(&self) -> bool {
        self.guessing
            .as_ref()
            .is_none_or(|(guessing, _)| guessing.guessed() == 0)
    }

    /// Executes a block on the state that `layer` makes of the pinned one.
    ///
    /// With guesses in it the run does not end with the first transaction that is not valid, since a
    /// guess may be all that is wrong with it; whoever asks looks for the first rejection.
    pub(crate) fn execute(&self, block: &Block, layer: &Layer) -> Result<BlockOutcome, Error> {
        let base = self.base();
        self.execute_on(block, layer, &layer.over(&base))
    }

    /// Executes a block as [`execute`](Self::execute) does, and says which accounts and slots it read.
    pub(crate) fn execute_noting(
        &self,
        block: &Block,
        layer: &Layer,
    ) -> Result<(BlockOutcome, Keys), Error> {
        let base = self.base();
        let state = layer.over(&base);
        let noting = Noting::over(&state);
        let outcome = self.execute_on(block, layer, &noting)?;
        Ok((outcome, noting.into_seen()))
    }

    fn execute_on(
        &self,
        block: &Block,
        layer: &Layer,
        state: &dyn Guesses,
    ) -> Result<BlockOutcome, Error> {
        let Some((guessing, found)) = &self.guessing else {
            return self.simulator.execute_on(self.options(), block, state);
        };
        guessing.expect(&block.transactions);
        let before = guessing.guessed();
        let mut block = block.clone();
        block.rules.on_invalid = OnInvalid::Skip;
        let rehearsal = AnyState(state).rehearse(&mut Kept::default(), &block)?;
        if guessing.guessed() > before && guessing.was_blind() {
            let mut behind = layer.clone();
            behind.advance(&rehearsal.outcome.changes);
            let transactions: Vec<_> = (0..block.transactions.len()).collect();
            let mut keys = found.lock().unwrap_or_else(PoisonError::into_inner);
            let overrides = Overrides::default();
            self.simulator.scout(
                &block,
                (&overrides, &behind),
                &transactions,
                Scouting {
                    threads: self.threads,
                    waves: self.waves,
                    codes: &TurnedCodes::default(),
                },
                &mut keys,
            );
        }
        Ok(rehearsal.outcome)
    }

    /// Does work where all threads can help.
    pub(crate) fn on_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.simulator.on_pool(self.threads, work)
    }

    const fn options(&self) -> Options {
        Options::new(self.threads)
    }

    /// What scouts found.
    pub(crate) fn into_found(self) -> Keys {
        self.guessing
            .map(|(_, found)| found.into_inner().unwrap_or_else(PoisonError::into_inner))
            .unwrap_or_default()
    }
}
