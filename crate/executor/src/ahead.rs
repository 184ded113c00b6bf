//! Running a transaction ahead of its turn.

use crate::{
    Block, StateSource,
    evm::{self, Ending, WorkerContext, WorkerError, WorkerEvm},
    observe,
    reads::Notes,
    recording::{Recorder, Recording},
    run::{Run, lock},
    speculation::View,
    store::Store,
    visible::version_of,
    writes::{Span, Writes},
};
use revm::{
    context::result::{EVMError, ExecutionResult, InvalidTransaction},
    context_interface::Transaction,
    handler::{FrameResult, post_execution},
    primitives::{U256, hardfork::SpecId},
};
use std::cell::Cell;

/// What one execution ahead of its turn came to.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    pub(crate) result: Ahead,
    pub(crate) notes: Notes,
    pub(crate) writes: Writes,
    /// The fee for the coinbase in wei, where it was set aside.
    pub(crate) fee: Option<U256>,
    /// What was recorded of it.
    pub(crate) recording: Option<Box<Recording>>,
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
    evm: WorkerEvm<'r, S>,
}

impl<'r, S: StateSource> Speculator<'r, S> {
    pub(crate) fn new<'a: 'r>(run: &'r Run<'a, S>) -> Self {
        let view = View::new(run.base, &run.visible, run.options.prediction);
        Self::with(run.block, run.base, view)
    }

    /// A worker of its own, on any view.
    pub(crate) fn with(block: &Block, base: &'r S, view: View<'r, S>) -> Self {
        let mut evm = evm::build(block, Store::ahead(base, view));
        observe::install(&mut evm);
        Self { evm }
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
        let fee = FeeAside::default();
        if let Some(view) = &mut self.evm.ctx.journaled_state.database.view {
            // The view writes its log into the execution's own room.
            std::mem::swap(&mut view.notes, &mut execution.notes);
            view.turn_to(version_of(index), tx);
            let record = block.rules.record;
            view.recorder = record.is_on().then(|| Box::new(Recorder::new(record)));
        }
        let result = evm::run(&mut self.evm, tx.clone(), &fee);
        // After an error too: the journal still holds the accounts that were looked at.
        let journal = &mut self.evm.ctx.journaled_state;
        let mut state = journal.inner.finalize();
        if let Some(view) = &mut journal.database.view {
            std::mem::swap(&mut view.notes, &mut execution.notes);
            let recorder = view.recorder.take();
            execution.recording = recorder.map(|recorder| Box::new(recorder.finish(&state)));
        }
        execution.fee = fee.0.take();
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

/// The fee for the coinbase, set aside when the transaction has not looked at the coinbase.
///
/// revm pays the fee by loading the coinbase's account, a read that would make every transaction
/// depend on the one before it. Set aside, the fee is a number that the commit adds in order. When
/// the transaction did look, by BALANCE or by sending or receiving, its account is in the journal
/// already and the fee is paid there, as always.
///
/// Zero counts as paid: revm touches the coinbase then too, which can remove or materialise an empty
/// account.
#[derive(Debug, Default)]
struct FeeAside(Cell<Option<U256>>);

impl<S: StateSource> Ending<S> for FeeAside {
    fn pay(
        &self,
        context: &mut WorkerContext<'_, S>,
        result: &FrameResult,
    ) -> Result<(), WorkerError> {
        let coinbase = context.block.beneficiary;
        if context.journaled_state.inner.state.contains_key(&coinbase) {
            return Ok(post_execution::reward_beneficiary(context, result.gas())?);
        }
        let basefee = u128::from(context.block.basefee);
        let price = context.tx.effective_gas_price(basefee);
        let tip = if context.cfg.spec().is_enabled_in(SpecId::LONDON) {
            price.saturating_sub(basefee)
        } else {
            price
        };
        let gas = result.gas();
        let used = gas.used().saturating_sub(gas.reservoir());
        self.0.set(Some(U256::from(tip) * U256::from(used)));
        Ok(())
    }
}
