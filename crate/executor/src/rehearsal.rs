//! Executing a block again and again while its state becomes known.
//!
//! A rehearsal executes a block on a state of which some is guessed. Everything that its transactions
//! read is noted, as with those that run ahead, and the executions are kept. When more is known, the
//! next rehearsal holds each of them against the state as it is then: one whose every read holds, the
//! guesses that came true included, stands and is not executed again. A rehearsal in which nothing
//! was guessed is an execution like any other, by the argument by which a transaction stands that ran
//! ahead of its turn: its result is a function of the values that it read (`reads.rs`).
//!
//! The in-order part runs on one thread. What takes time here is the way to the state, and what
//! shortens it is the scouts, which run on all (`scout.rs`).

use crate::{
    Block, BlockOutcome, ExecutorError, Guesses, Report, StateError, TransactionOutcome,
    ahead::{Ahead, Execution, Speculator},
    evm, reads,
    sequence::{Flow, Sequence},
    speculation::View,
    writes::Writes,
};
use revm::context::result::{EVMError, ExecutionResult, InvalidTransaction};
use std::cell::RefCell;

/// The executions of a block's transactions, from one rehearsal to the next.
#[derive(Debug, Default)]
pub struct Kept {
    executions: Vec<Option<Box<Execution>>>,
    /// How often a transaction was executed, in all rehearsals.
    count: u64,
}

/// What a rehearsal came to.
#[derive(Debug)]
pub struct Rehearsal {
    /// True if nothing was guessed.
    pub outcome: BlockOutcome,
    /// The transactions that guesses had a part in, as far as it can be told, by index.
    pub unsettled: Vec<usize>,
}

/// What an execution comes to when it is taken over.
type Taken = (Result<ExecutionResult, InvalidTransaction>, Writes);

impl Kept {
    /// Forgets what is kept, since another block is rehearsed from now on.
    pub fn forget(&mut self) {
        self.executions.clear();
    }

    /// How often transactions were executed so far.
    pub const fn executions(&self) -> u64 {
        self.count
    }

    /// Executes a block's transactions in order, as far as what is kept does not stand.
    ///
    /// It has to be the same block each time. The result is that of
    /// [`execute_sequentially`](crate::execute_sequentially) on the same state.
    ///
    /// # Errors
    /// [`ExecutorError`] if the run could not be finished.
    pub fn rehearse<S: Guesses>(
        &mut self,
        block: &Block,
        state: &S,
    ) -> Result<Rehearsal, ExecutorError> {
        self.executions
            .resize_with(block.transactions.len(), || None);
        let sequence = RefCell::new(Sequence::start(block, state, None)?);
        let mut speculator = Speculator::with(block, state, View::of_settled(&sequence));
        let mut unsettled = Vec::new();
        let start = state.guessed();
        for index in 0..block.transactions.len() {
            let before = state.guessed();
            let flow = self.settle(block, index, &sequence, &mut speculator)?;
            let guessed = state.guessed();
            // What it read of what others wrote on guesses is not counted as a guess. It mostly shows.
            let failed = || !succeeded(&sequence.borrow().transactions);
            if guessed > before || (guessed > start && failed()) {
                unsettled.push(index);
            }
            if flow == Flow::Stop {
                break;
            }
        }
        drop(speculator);
        let report = Report::in_order(self.count);
        let outcome = sequence.into_inner().finish()?.outcome(state, report)?;
        Ok(Rehearsal { outcome, unsettled })
    }

    fn settle<'a: 'r, 'r, S: Guesses>(
        &mut self,
        block: &Block,
        index: usize,
        sequence: &'r RefCell<Sequence<'a, S>>,
        speculator: &mut Speculator<'r, S>,
    ) -> Result<Flow, ExecutorError> {
        if let Err(flow) = sequence.borrow_mut().admit() {
            return Ok(flow);
        }
        let fatal = |error| evm::fatal(Some(index), EVMError::Database(error));
        let mut kept = self.executions[index].take();
        let mut taken = None;
        if let Some(execution) = &kept {
            taken = taken_from(execution, &sequence.borrow()).map_err(fatal)?;
        }
        if taken.is_none() {
            self.count += 1;
            let room = kept.map(emptied).unwrap_or_default();
            let execution = speculator.execute(block, index, room);
            taken = taken_from(&execution, &sequence.borrow()).map_err(fatal)?;
            kept = Some(execution);
        }
        let Some((result, mut writes)) = taken else {
            // It came to no end: whatever stopped it is said here.
            return sequence.borrow_mut().run();
        };
        let fee = kept.as_ref().and_then(|execution| execution.fee);
        let recording = kept.as_ref().and_then(|kept| kept.recording.clone());
        self.executions[index] = kept;
        let mut sequence = sequence.borrow_mut();
        sequence.take_over(result, &mut writes, fee, recording)
    }
}

/// What an execution comes to on the state as it is settled now; `None` if it does not stand.
fn taken_from<S: Guesses>(
    execution: &Execution,
    sequence: &Sequence<'_, S>,
) -> Result<Option<Taken>, StateError> {
    let result = match &execution.result {
        Ahead::Executed(result) => Ok(result.clone()),
        Ahead::Invalid(invalid) => Err(invalid.clone()),
        Ahead::Missing | Ahead::Panicked => return Ok(None),
    };
    let notes = &execution.notes;
    if notes.first_stale(sequence)?.is_some() || !notes.block_hashes_hold(sequence)? {
        return Ok(None);
    }
    let mut writes = execution.writes.clone();
    let moved = reads::move_balances(&mut writes.accounts, sequence)?;
    Ok(moved.stale.is_none().then_some((result, writes)))
}

fn emptied(mut execution: Box<Execution>) -> Box<Execution> {
    execution.notes.clear();
    execution.writes.clear();
    execution
}

const fn succeeded(transactions: &[TransactionOutcome]) -> bool {
    matches!(transactions.last(), Some(TransactionOutcome::Executed(result)) if result.is_success())
}
