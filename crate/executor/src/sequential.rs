//! The sequential loop: the baseline that parallel runs are compared with, and what one thread runs.
//!
//! It is as lean as revm allows. One journal carries the state from transaction to transaction, so
//! what one has loaded the next finds there, and nothing is cloned or written back in between. Two
//! things make it write back and start over: before Spurious Dragon every transaction does, because
//! an empty account that was touched and one that was not are told apart then only by writing back;
//! and a transaction that destroyed an account does, since the journal would take the account for
//! existing.

use crate::{
    Block, BlockOutcome, ExecutorError, OnInvalid, Rejection, Report, StateSource,
    TransactionOutcome,
    boundary::{self, Commit},
    evm::{self, WorkerError, WorkerEvm},
    meter::Meter,
    overlay::Overlay,
    writes::{Span, writes_of},
};
use revm::{
    Database,
    context::{
        ContextSetters, JournalTr,
        result::{EVMError, HaltReason},
    },
    handler::{FrameResult, Handler, post_execution},
    primitives::hardfork::SpecId,
};
use std::{cell::Cell, marker::PhantomData};

/// Executes a block's transactions one after the other.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished.
pub fn execute_sequentially<S: StateSource>(
    block: &Block,
    state: &S,
) -> Result<BlockOutcome, ExecutorError> {
    let mut evm = evm::build(block, Overlay::new(state));
    boundary::before_transactions(block, &mut evm)?;

    let mut meter = Meter::new(block);
    let mut transactions = Vec::with_capacity(block.transactions.len());
    let mut executions = 0;
    let mut handler = NoticeDestruction::new();
    let write_back_always = !block.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
    for (index, tx) in block.transactions.iter().enumerate() {
        let outcome = match meter.admit(tx) {
            Err(rejection) => TransactionOutcome::Rejected(rejection),
            Ok(()) => {
                executions += 1;
                evm.ctx.set_tx(tx.clone());
                match handler.run(&mut evm) {
                    Ok(result) => {
                        meter.count(tx, &result);
                        TransactionOutcome::Executed(result)
                    }
                    Err(EVMError::Transaction(invalid)) => {
                        TransactionOutcome::Rejected(Rejection::Invalid(invalid))
                    }
                    Err(error) => return Err(evm::fatal(Some(index), error)),
                }
            }
        };
        if handler.destroyed.take() || write_back_always {
            write_back(&mut evm);
        }
        let stop = block.rules.on_invalid == OnInvalid::Stop
            && matches!(outcome, TransactionOutcome::Rejected(_));
        transactions.push(outcome);
        if stop {
            break;
        }
    }
    write_back(&mut evm);

    let requests = if boundary::is_complete(block, &transactions) {
        boundary::after_transactions(block, &transactions, &mut evm)?
    } else {
        Vec::new()
    };
    let changes = evm
        .ctx
        .journaled_state
        .database
        .into_changes()
        .map_err(|error| ExecutorError::State {
            transaction: None,
            error,
        })?;
    Ok(BlockOutcome {
        transactions,
        gas_used: meter.gas_used,
        blob_gas_used: meter.blob_gas_used,
        requests,
        changes,
        report: Report {
            threads: 1,
            executions,
            direct: executions,
            reexecutions: Vec::new(),
        },
    })
}

fn write_back<D: Commit>(evm: &mut WorkerEvm<D>) {
    let state = evm.ctx.journaled_state.finalize();
    evm.ctx
        .journaled_state
        .database
        .commit(writes_of(state, Span::Several));
}

/// revm's handler, which also notices whether a transaction destroyed an account: the journal
/// forgets its list of them as soon as the transaction is through.
#[derive(Debug)]
struct NoticeDestruction<D> {
    destroyed: Cell<bool>,
    database: PhantomData<fn() -> D>,
}

impl<D: Database<Error = crate::StateError>> NoticeDestruction<D> {
    const fn new() -> Self {
        Self {
            destroyed: Cell::new(false),
            database: PhantomData,
        }
    }
}

impl<D: Database<Error = crate::StateError>> Handler for NoticeDestruction<D> {
    type Evm = WorkerEvm<D>;
    type Error = WorkerError;
    type HaltReason = HaltReason;

    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        exec_result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        let journal = &evm.ctx.journaled_state.inner;
        if !journal.selfdestructed_addresses.is_empty() {
            self.destroyed.set(true);
        }
        post_execution::reward_beneficiary(&mut evm.ctx, exec_result.gas()).map_err(EVMError::from)
    }
}
