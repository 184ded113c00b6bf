//! The parallel run: workers that take tasks from the schedule until there are none.

use crate::{
    Block, BlockOutcome, ExecutorError, OnInvalid, Reexecution, Rejection, Report, StateChanges,
    StateSource, TransactionOutcome, boundary,
    evm::{self, FeeAside, WorkerError, WorkerEvm},
    execute_sequentially,
    meter::Meter,
    observe,
    reads::{self, Read, Stale, first_stale},
    schedule::{Schedule, Task},
    speculation::View,
    versions::{Version, Versions},
    writes::{AccountWrite, Span, writes_of},
};
use revm::{
    Database,
    context::{
        ContextSetters, JournalTr,
        result::{EVMError, ExecutionResult},
    },
    handler::Handler,
    primitives::{AddressMap, U256},
};
use std::{
    any::Any,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How a run is carried out. Nothing in here changes the result.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many workers execute. One is the sequential loop.
    pub threads: NonZeroUsize,
    /// How far behind the head transactions may run ahead.
    pub window: Window,
    /// Whether guesses of which transactions get in each other's way decide which run ahead first.
    pub hints: bool,
    /// What a transaction that runs ahead is told of state that may still change.
    pub prediction: Prediction,
    /// Tells the time in milliseconds from any start, for the timeline of the report. Without one
    /// there is no timeline.
    pub clock: Option<fn() -> f64>,
}

impl Options {
    /// The usual way of running, on this many workers.
    pub const fn new(threads: NonZeroUsize) -> Self {
        Self {
            threads,
            window: Window::Adaptive,
            hints: true,
            prediction: Prediction::Seen,
            clock: None,
        }
    }
}

/// How far behind the head transactions may run ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// Wider while what ran ahead stands, narrower when it does not.
    #[default]
    Adaptive,
    /// Always this many transactions, the head included. With 1 nothing runs ahead.
    Fixed(NonZeroUsize),
}

/// What a transaction that runs ahead is told of state that may still change. For tests: whatever
/// it is told, the result is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prediction {
    /// What those before it that have run wrote.
    #[default]
    Seen,
    /// What was there before the block.
    Stale,
    /// Often something made up, by a sequence of random numbers that starts here.
    Garbage(u64),
}

/// How many transactions beyond the head may be in work, for each worker. Enough to keep workers
/// busy while one long transaction holds up the head, and few enough that little is done on state
/// that is far from final. Four is what Polygon's executor settled on.
const WINDOW_PER_WORKER: usize = 4;

/// Executes a block on the rayon pool this is called from.
///
/// The pool should have at least `options.threads` threads free; with fewer the run still ends, on
/// those there are.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished; nothing of it is kept then.
pub fn execute<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
) -> Result<BlockOutcome, ExecutorError> {
    let threads = options.threads.get().min(block.transactions.len().max(1));
    if threads == 1 {
        return execute_sequentially(block, state);
    }
    let run = Run::new(block, state, threads)?;
    rayon::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| run.work());
        }
    });
    run.finish()
}

/// Everything the workers share.
#[derive(Debug)]
pub(crate) struct Run<'a, S> {
    block: &'a Block,
    base: &'a S,
    pub(crate) versions: Versions,
    pub(crate) schedule: Schedule,
    /// What running ahead came to, until the commit takes it. The schedule sees to it that a slot
    /// has one user at a time, so these locks are never waited for.
    ahead: Vec<Mutex<Option<Execution>>>,
    /// Owned by whoever holds the commit right.
    ledger: Mutex<Ledger>,
}

/// What one execution came to.
#[derive(Debug)]
pub(crate) struct Execution {
    result: Result<ExecutionResult, WorkerError>,
    reads: Vec<Read>,
    writes: Vec<AccountWrite>,
    /// The fee for the coinbase in wei, where it was set aside.
    fee: Option<U256>,
}

/// The settled part of the run.
#[derive(Debug)]
struct Ledger {
    transactions: Vec<TransactionOutcome>,
    meter: Meter,
    report: Report,
    failure: Option<ExecutorError>,
}

/// One worker's tools.
pub(crate) struct Worker<'r, S: StateSource> {
    evm: WorkerEvm<View<'r, S>>,
    handler: FeeAside<View<'r, S>>,
}

const fn version_of(index: usize) -> Version {
    // A block of 2^32 transactions does not fit into memory.
    index as Version + 1
}

impl<'a, S: StateSource> Run<'a, S> {
    pub(crate) fn new(
        block: &'a Block,
        base: &'a S,
        threads: usize,
    ) -> Result<Self, ExecutorError> {
        let versions = Versions::new();
        let mut evm = evm::build(block, View::new(base, &versions));
        evm.ctx.journaled_state.database.stand_at(0);
        boundary::before_transactions(block, &mut evm)?;
        drop(evm);
        let count = block.transactions.len();
        Ok(Self {
            block,
            base,
            versions,
            schedule: Schedule::new(same_sender_before(block), threads * WINDOW_PER_WORKER),
            ahead: (0..count).map(|_| Mutex::new(None)).collect(),
            ledger: Mutex::new(Ledger {
                transactions: Vec::with_capacity(count),
                meter: Meter::new(block),
                report: Report {
                    threads,
                    ..Report::default()
                },
                failure: None,
            }),
        })
    }

    /// Takes tasks until there are none. A panic ends the run for all workers, with an error.
    fn work(&self) {
        let work = AssertUnwindSafe(|| {
            let mut worker = Worker::new(self.block, self.base, &self.versions);
            loop {
                match self.schedule.next() {
                    Task::RunAhead(index) => {
                        let execution = self.run_ahead(&mut worker, index);
                        self.publish_ahead(index, execution);
                    }
                    Task::RunHead(index) | Task::Check(index) => self.settle(&mut worker, index),
                    Task::Leave => return,
                }
            }
        });
        if let Err(panic) = catch_unwind(work) {
            let message = panic_message(panic.as_ref());
            lock(&self.ledger)
                .failure
                .get_or_insert(ExecutorError::WorkerPanicked(message));
            self.schedule.end();
        }
    }

    /// Runs a transaction ahead of its turn, on what can be seen now.
    pub(crate) fn run_ahead(&self, worker: &mut Worker<'_, S>, index: usize) -> Execution {
        let tx = &self.block.transactions[index];
        worker.view().speculate_at(version_of(index), tx);
        worker.run(self.block, index)
    }

    /// Lets the others see what running ahead came to.
    pub(crate) fn publish_ahead(&self, index: usize, execution: Execution) {
        self.versions.publish(version_of(index), &execution.writes);
        *lock(&self.ahead[index]) = Some(execution);
        self.schedule.executed(index);
    }

    /// Commits the head, with what was found ahead of its turn if that is there and still holds.
    pub(crate) fn settle(&self, worker: &mut Worker<'_, S>, index: usize) {
        let ahead = lock(&self.ahead[index]).take();
        let goes_on = {
            let mut ledger = lock(&self.ledger);
            self.settle_in(worker, &mut ledger, index, ahead)
                .unwrap_or_else(|failure| {
                    ledger.failure.get_or_insert(failure);
                    false
                })
        };
        if goes_on {
            self.schedule.committed(index);
        } else {
            self.schedule.end();
        }
    }

    /// Returns whether the run goes on.
    fn settle_in(
        &self,
        worker: &mut Worker<'_, S>,
        ledger: &mut Ledger,
        index: usize,
        ahead: Option<Execution>,
    ) -> Result<bool, ExecutorError> {
        let version = version_of(index);
        let tx = &self.block.transactions[index];
        if ahead.is_some() {
            ledger.report.executions += 1;
        }
        if let Err(rejection) = ledger.meter.admit(tx) {
            if let Some(execution) = ahead {
                self.versions.retract(version, &execution.writes);
            }
            return Ok(self.reject(ledger, rejection));
        }
        let execution = match ahead {
            Some(mut execution) => match self.stale(&mut execution, index)? {
                None => execution,
                Some(stale) => {
                    self.versions.retract(version, &execution.writes);
                    ledger.report.reexecutions.push(Reexecution {
                        transaction: index,
                        writer: stale.writer.and_then(|w| (w as usize).checked_sub(1)),
                        location: stale.location,
                    });
                    self.run_at_head(worker, ledger, index)
                }
            },
            None => self.run_at_head(worker, ledger, index),
        };
        match execution.result {
            Ok(result) => {
                if let Some(fee) = execution.fee {
                    let coinbase = self.block.env.beneficiary;
                    worker.view().stand_at(version);
                    let account = worker.view().basic(coinbase);
                    let account = account
                        .map_err(|error| evm::fatal(Some(index), EVMError::Database(error)))?;
                    let write = boundary::credit(self.block.fork, coinbase, account, fee);
                    self.versions.publish(version, write.as_slice());
                }
                ledger.meter.count(tx, &result);
                ledger
                    .transactions
                    .push(TransactionOutcome::Executed(result));
                Ok(true)
            }
            Err(EVMError::Transaction(invalid)) => {
                Ok(self.reject(ledger, Rejection::Invalid(invalid)))
            }
            Err(error) => Err(evm::fatal(Some(index), error)),
        }
    }

    fn run_at_head(
        &self,
        worker: &mut Worker<'_, S>,
        ledger: &mut Ledger,
        index: usize,
    ) -> Execution {
        ledger.report.executions += 1;
        ledger.report.direct += 1;
        worker.view().stand_at(version_of(index));
        let execution = worker.run(self.block, index);
        self.versions.publish(version_of(index), &execution.writes);
        execution
    }

    /// The first thing that an execution read too early. If there is none, its writes are brought
    /// up to the balances as they are now. An execution that failed for want of state counts as
    /// having read too early: on final state it may not ask for it.
    fn stale(
        &self,
        execution: &mut Execution,
        index: usize,
    ) -> Result<Option<Stale>, ExecutorError> {
        if let Err(error) = &execution.result
            && !matches!(error, EVMError::Transaction(_))
        {
            let location = crate::Location::Account(self.block.transactions[index].caller);
            return Ok(Some(Stale {
                location,
                writer: None,
            }));
        }
        let (base, versions, version) = (self.base, &self.versions, version_of(index));
        let mut check = || {
            if let Some(stale) = first_stale(&execution.reads, base, versions, version)? {
                return Ok(Some(stale));
            }
            Ok(
                match reads::move_balances(&mut execution.writes, base, versions, version)? {
                    Err(stale) => Some(stale),
                    Ok(changed) => {
                        if changed {
                            versions.publish(version, &execution.writes);
                        }
                        None
                    }
                },
            )
        };
        check().map_err(|error| evm::fatal(Some(index), EVMError::Database(error)))
    }

    fn reject(&self, ledger: &mut Ledger, rejection: Rejection) -> bool {
        ledger
            .transactions
            .push(TransactionOutcome::Rejected(rejection));
        self.block.rules.on_invalid == OnInvalid::Skip
    }

    /// Does what follows the last transaction and puts the outcome together.
    pub(crate) fn finish(self) -> Result<BlockOutcome, ExecutorError> {
        let Self {
            block,
            base,
            versions,
            ledger,
            ..
        } = self;
        let Ledger {
            transactions,
            meter,
            report,
            failure,
        } = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            return Err(failure);
        }
        // Behind a rejected transaction lies what was run ahead in vain; it is out of sight here.
        let mut version = version_of(transactions.len());
        let mut requests = Vec::new();
        if boundary::is_complete(block, &transactions) {
            let mut evm = evm::build(block, View::new(base, &versions));
            evm.ctx.journaled_state.database.stand_at(version);
            requests = boundary::after_transactions(block, &transactions, &mut evm)?;
            version = evm.ctx.journaled_state.database.version();
        }
        let changes =
            StateChanges::canonical(base, versions.into_final(version)).map_err(|error| {
                ExecutorError::State {
                    transaction: None,
                    error,
                }
            })?;
        Ok(BlockOutcome {
            transactions,
            gas_used: meter.gas_used,
            blob_gas_used: meter.blob_gas_used,
            requests,
            changes,
            report,
        })
    }
}

impl<'r, S: StateSource> Worker<'r, S> {
    pub(crate) fn new(block: &Block, base: &'r S, versions: &'r Versions) -> Self {
        let mut evm = evm::build(block, View::new(base, versions));
        observe::install(&mut evm);
        Self {
            evm,
            handler: FeeAside::new(),
        }
    }

    const fn view(&mut self) -> &mut View<'r, S> {
        &mut self.evm.ctx.journaled_state.database
    }

    /// Executes a transaction at the version that the view is turned to. Publishes nothing.
    fn run(&mut self, block: &Block, index: usize) -> Execution {
        let tx = &block.transactions[index];
        self.evm.ctx.set_tx(tx.clone());
        let result = self.handler.run(&mut self.evm);
        // After an error too: the journal still holds the accounts that were looked at.
        let state = self.evm.ctx.journaled_state.finalize();
        let fee = self.handler.take();
        let mut notes = self.view().take_notes();
        let mut writes = Vec::new();
        if result.is_ok() {
            reads::loosen(&mut notes, &state, block, tx);
            writes = writes_of(state, Span::OneTransaction);
            reads::mark_moves(&notes.reads, &mut writes);
        }
        Execution {
            result,
            reads: notes.reads,
            writes,
            fee,
        }
    }
}

/// For each transaction the one it had better wait for: the previous one of the same sender, unless
/// it is a plain payment, which needs nothing of that one but its nonce.
fn same_sender_before(block: &Block) -> Vec<Option<usize>> {
    let mut last = AddressMap::<usize>::default();
    let senders = block.transactions.iter().enumerate();
    senders
        .map(|(index, tx)| {
            let previous = last.insert(tx.caller, index);
            previous.filter(|_| tx.kind.is_create() || !tx.data.is_empty())
        })
        .collect()
}

/// A panic of a holder ends the run with an error, so what a poisoned lock guards is never turned
/// into a result.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("no message"))
}
