//! Running a transaction ahead of its turn.

use crate::{
    Block, StateSource,
    evm::{self, FeeAside, WorkerEvm},
    observe,
    reads::Notes,
    run::{Run, lock},
    speculation::View,
    visible::version_of,
    writes::{Span, Writes},
};
use revm::{
    context::{
        ContextSetters,
        result::{EVMError, ExecutionResult, InvalidTransaction},
    },
    handler::Handler,
    primitives::U256,
};

/// What one execution ahead of its turn came to.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    pub(crate) result: Ahead,
    pub(crate) notes: Notes,
    pub(crate) writes: Writes,
    /// The fee for the coinbase in wei, where it was set aside.
    pub(crate) fee: Option<U256>,
}

/// How it ended.
#[derive(Debug, Default)]
pub(crate) enum Ahead {
    Executed(ExecutionResult),
    Invalid(InvalidTransaction),
    /// It asked for state that is not known.
    #[default]
    Missing,
    /// The worker panicked.
    Panicked,
}

/// What a worker runs ahead with.
pub(crate) struct Speculator<'r, S: StateSource> {
    evm: WorkerEvm<View<'r, S>>,
    handler: FeeAside<View<'r, S>>,
}

impl<'r, S: StateSource> Speculator<'r, S> {
    pub(crate) fn new<'a: 'r>(run: &'r Run<'a, S>) -> Self {
        let view = View::new(run.base, &run.visible, run.options.prediction);
        Self::with(run.block, view)
    }

    /// A worker of its own, on any view.
    pub(crate) fn with(block: &Block, view: View<'r, S>) -> Self {
        let mut evm = evm::build(block, view);
        observe::install(&mut evm);
        Self {
            evm,
            handler: FeeAside::new(),
        }
    }

    /// Executes a transaction on what can be seen now. Publishes nothing.
    pub(crate) fn run(&mut self, run: &Run<'_, S>, index: usize) -> Box<Execution> {
        let execution = lock(&run.spare).pop().unwrap_or_default();
        self.execute(run.block, index, execution)
    }

    /// Executes a transaction and puts what it came to into the room of an old execution.
    pub(crate) fn execute(
        &mut self,
        block: &Block,
        index: usize,
        mut execution: Box<Execution>,
    ) -> Box<Execution> {
        let tx = &block.transactions[index];
        let view = &mut self.evm.ctx.journaled_state.database;
        // The view writes its log into the execution's own room.
        std::mem::swap(&mut view.notes, &mut execution.notes);
        view.turn_to(version_of(index), tx);
        self.evm.ctx.set_tx(tx.clone());
        let result = self.handler.run(&mut self.evm);
        // After an error too: the journal still holds the accounts that were looked at.
        let journal = &mut self.evm.ctx.journaled_state;
        let mut state = journal.inner.finalize();
        std::mem::swap(&mut journal.database.notes, &mut execution.notes);
        execution.fee = self.handler.take();
        execution.result = match result {
            Ok(result) => {
                execution.notes.loosen(&state, block, tx);
                execution.writes.take_from(&mut state, Span::OneTransaction);
                execution.notes.mark_moves(&mut execution.writes.accounts);
                Ahead::Executed(result)
            }
            Err(EVMError::Transaction(invalid)) => Ahead::Invalid(invalid),
            Err(_) => Ahead::Missing,
        };
        // Emptied, it keeps its room for the next transaction.
        state.clear();
        journal.inner.state = state;
        execution
    }
}
