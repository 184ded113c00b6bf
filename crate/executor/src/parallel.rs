//! The parallel run: a driver that settles in order, and helpers that run ahead.
//!
//! What ran ahead is a prediction like everything it read. The driver checks it against the settled
//! state, which nobody else writes, and takes it over or runs the transaction itself. So nothing that
//! helpers do, in whatever order, on whatever values, can reach a result; they can only save time.

use crate::{
    Activity, Block, BlockOutcome, Cause, ExecutorError, Location, Options, Reexecution, Report,
    StateSource, Work,
    changes::Part,
    errand::Errand,
    evm::{self, FeeAside, WorkerEvm},
    execute_sequentially,
    hints::{self, Plan},
    observe,
    reads::{self, Notes, Stale},
    schedule::{Head, Schedule, WindowControl},
    sequence::{Finished, Flow, Sequence},
    speculation::View,
    visible::{Visible, version_of},
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
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Fewer transactions worth running ahead are not worth waking anybody for.
const LEAST_CANDIDATES: usize = 3;
const TRANSACTIONS_PER_CANDIDATE: usize = 40;
/// Fewer changed accounts are compared by one thread as fast as by two.
const ACCOUNTS_WORTH_SPLITTING: usize = 200;

/// Executes a block on the calling thread and, where that promises a gain, on further threads of the
/// rayon pool this is called from.
///
/// The calling thread drives the run; the pool should have at least `options.threads - 1` other
/// threads free. With fewer the run still ends, on those there are.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished; nothing of it is kept then.
pub fn execute<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
) -> Result<BlockOutcome, ExecutorError> {
    execute_with(block, state, options, |run| {
        rayon::in_place_scope(|scope| run.on(scope))
    })
}

/// Executes a block as [`execute`] does, with the threads of this pool beside the calling one.
///
/// # Errors
/// As [`execute`].
pub fn execute_beside<S: StateSource>(
    pool: &rayon::ThreadPool,
    block: &Block,
    state: &S,
    options: Options,
) -> Result<BlockOutcome, ExecutorError> {
    execute_with(block, state, options, |run| {
        pool.in_place_scope(|scope| run.on(scope))
    })
}

fn execute_with<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
    begin: impl FnOnce(&Run<'_, S>) -> Driven,
) -> Result<BlockOutcome, ExecutorError> {
    let threads = workers_for(block, state, options);
    if threads == 1 {
        return execute_sequentially(block, state);
    }
    let run = Run::new(block, state, threads, options);
    match begin(&run) {
        Ok(outcome) => outcome.map(|outcome| run.with_helpers_report(outcome)),
        Err(panic) => Err(ExecutorError::WorkerPanicked(panic_message(panic.as_ref()))),
    }
}

/// How many workers a block gets. One is the sequential loop.
pub(crate) fn workers_for<S: StateSource>(block: &Block, state: &S, options: Options) -> usize {
    let least = LEAST_CANDIDATES + block.transactions.len() / TRANSACTIONS_PER_CANDIDATE;
    if options.threads.get() == 1
        || options.window.is_closed()
        || !hints::has_candidates(block, state, least)
    {
        return 1;
    }
    options.threads.get().min(block.transactions.len())
}

/// What became of the driver: a panic, an error or an outcome.
type Driven = std::thread::Result<Result<BlockOutcome, ExecutorError>>;

/// Everything the workers share.
pub(crate) struct Run<'a, S> {
    block: &'a Block,
    base: &'a S,
    options: Options,
    threads: usize,
    pub(crate) visible: Visible,
    pub(crate) schedule: Schedule,
    /// What running ahead came to, until the driver takes it. The schedule sees to it that a slot
    /// has one user at a time, so these locks are never waited for.
    ahead: Box<[Mutex<Option<Box<Execution>>>]>,
    /// Executions that have been taken, kept for their room: they are filled by one thread and
    /// emptied by another, which is what allocators are slow at.
    #[expect(
        clippy::vec_box,
        reason = "the boxes themselves go from here to the slots and back"
    )]
    spare: Mutex<Vec<Box<Execution>>>,
    /// What helpers did when.
    timeline: Mutex<Vec<Activity>>,
}

/// What one execution ahead of its turn came to.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    result: Ahead,
    pub(crate) notes: Notes,
    pub(crate) writes: Writes,
    /// The fee for the coinbase in wei, where it was set aside.
    fee: Option<U256>,
}

#[derive(Debug, Default)]
enum Ahead {
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

/// Settles the block, one transaction after another.
pub(crate) struct Driver<'r, S: StateSource> {
    run: &'r Run<'r, S>,
    sequence: Sequence<'r, S>,
    pub(crate) window: WindowControl,
    report: Report,
}

/// What a step of the driver came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// One more transaction is settled.
    Settled,
    /// The head is being run ahead by a helper.
    Running(usize),
    /// There is nothing left to settle.
    Done,
}

impl<'a, S: StateSource> Run<'a, S> {
    pub(crate) fn new(block: &'a Block, base: &'a S, threads: usize, options: Options) -> Self {
        let count = block.transactions.len();
        let window = WindowControl::new(options.window).widest();
        Self {
            block,
            base,
            options,
            threads,
            visible: Visible::new(count),
            schedule: Schedule::new(count, threads, window, options.hints),
            ahead: (0..count).map(|_| Mutex::new(None)).collect(),
            spare: Mutex::default(),
            timeline: Mutex::default(),
        }
    }

    /// Drives the run on this thread and has the helpers run on those of a scope.
    fn on<'s>(&'s self, scope: &rayon::Scope<'s>) -> Driven {
        let call = || {
            self.schedule.helper_is_called();
            scope.spawn(|_| self.help());
        };
        for _ in 1..self.threads {
            call();
        }
        // Whatever becomes of the driver, the helpers are sent home.
        let driven = catch_unwind(AssertUnwindSafe(|| {
            let driver = self.drive(call)?;
            self.schedule.end();
            let (finished, report) = driver.finish()?;
            self.compare(finished, report, scope)
        }));
        self.schedule.end();
        driven
    }

    /// Compares what the block changed with what was before, in two parts.
    fn compare<'s>(
        &'s self,
        mut finished: Finished,
        report: Report,
        scope: &rayon::Scope<'s>,
    ) -> Result<BlockOutcome, ExecutorError> {
        if finished.accounts.len() < ACCOUNTS_WORTH_SPLITTING {
            return finished.outcome(self.base, report);
        }
        let mut mine = std::mem::take(&mut finished.accounts);
        let theirs = mine.split_off(mine.len() / 2);
        let canonical = |accounts| Part::canonical(self.base, accounts);
        let errand = Arc::new(Errand::new(theirs));
        let offered = Arc::clone(&errand);
        scope.spawn(move |_| offered.run(canonical));
        let mine = canonical(mine);
        finished.with(report, [mine, errand.finish(canonical)])
    }

    /// Runs ahead until there is nothing left to run ahead.
    fn help(&self) {
        // Without a plan there is nothing to run ahead, and a panic here is no reason to end the run.
        let plan = || self.schedule.plan_by(|| Plan::of(self.block, self.base));
        if catch_unwind(AssertUnwindSafe(plan)).is_err() {
            self.schedule.helper_leaves();
            return;
        }
        let mut speculator = None;
        let mut timeline = Vec::new();
        while let Some(index) = self.schedule.next_ahead() {
            let start = self.now();
            self.run_ahead(&mut speculator, index);
            if let Some((start, end)) = start.zip(self.now()) {
                timeline.push(Activity {
                    worker: rayon::current_thread_index().map_or(1, |thread| thread + 1),
                    transaction: index,
                    work: Work::Ahead,
                    start,
                    end,
                });
            }
        }
        self.schedule.helper_leaves();
        if !timeline.is_empty() {
            lock(&self.timeline).append(&mut timeline);
        }
    }

    /// Runs a transaction ahead and publishes what it came to. A panic is a result too: the state it
    /// ran on may never have been.
    fn run_ahead<'r>(&'r self, speculator: &mut Option<Speculator<'r, S>>, index: usize) {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            speculator
                .get_or_insert_with(|| Speculator::new(self))
                .run(self, index)
        }));
        let execution = ran.unwrap_or_else(|_| {
            // Its EVM may be in the middle of anything.
            *speculator = None;
            Box::new(Execution {
                result: Ahead::Panicked,
                ..Execution::default()
            })
        });
        self.publish(index, execution);
    }

    /// Lets the others see what running ahead came to.
    pub(crate) fn publish(&self, index: usize, execution: Box<Execution>) {
        if !self.schedule.is_wanted(index) {
            return;
        }
        self.visible.publish(version_of(index), &execution.writes);
        *lock(&self.ahead[index]) = Some(execution);
        self.schedule.executed(index);
    }

    /// Settles all there is to settle. `call` has one more helper come.
    fn drive(&self, call: impl Fn()) -> Result<Driver<'_, S>, ExecutorError> {
        let mut driver = Driver::new(self)?;
        let mut speculator = None;
        loop {
            match driver.step()? {
                Step::Settled => {
                    if self.schedule.is_short_of_helpers() {
                        driver.sequence.defer_showing(false);
                        call();
                    }
                }
                Step::Done => break,
                Step::Running(head) => {
                    if self.schedule.glance_at(head) {
                        continue;
                    }
                    if !driver.window.is_confident() {
                        driver.take_away(head)?;
                        continue;
                    }
                    match self.schedule.claim(true) {
                        Some(index) => {
                            let start = self.now();
                            self.run_ahead(&mut speculator, index);
                            driver.note(Work::Ahead, index, start);
                        }
                        None => self.schedule.wait_for(head),
                    }
                }
            }
        }
        Ok(driver)
    }

    fn with_helpers_report(self, mut outcome: BlockOutcome) -> BlockOutcome {
        let timeline = &mut outcome.report.timeline;
        timeline.append(&mut lock(&self.timeline));
        timeline.sort_by(|a, b| {
            (a.worker, a.start)
                .partial_cmp(&(b.worker, b.start))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        outcome
    }

    fn now(&self) -> Option<f64> {
        self.options.clock.map(|clock| clock())
    }
}

impl<'r, S: StateSource> Speculator<'r, S> {
    pub(crate) fn new<'a: 'r>(run: &'r Run<'a, S>) -> Self {
        let view = View::new(run.base, &run.visible, run.options.prediction);
        let mut evm = evm::build(run.block, view);
        observe::install(&mut evm);
        Self {
            evm,
            handler: FeeAside::new(),
        }
    }

    /// Executes a transaction on what can be seen now. Publishes nothing.
    pub(crate) fn run(&mut self, run: &Run<'_, S>, index: usize) -> Box<Execution> {
        let tx = &run.block.transactions[index];
        let mut execution = lock(&run.spare).pop().unwrap_or_default();
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
                execution.notes.loosen(&state, run.block, tx);
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

impl<'r, S: StateSource> Driver<'r, S> {
    pub(crate) fn new<'a: 'r>(run: &'r Run<'a, S>) -> Result<Self, ExecutorError> {
        Ok(Self {
            run,
            sequence: Sequence::start(run.block, run.base, Some(&run.visible))?,
            window: WindowControl::new(run.options.window),
            report: Report {
                threads: run.threads,
                ..Report::default()
            },
        })
    }

    /// Settles the head, if it is not with a helper.
    pub(crate) fn step(&mut self) -> Result<Step, ExecutorError> {
        let (index, head) = self.run.schedule.look_at_head();
        let flow = match head {
            Head::Done => return Ok(Step::Done),
            Head::Running => return Ok(Step::Running(index)),
            Head::Untouched => {
                if let Some(window) = self.window.passed(index) {
                    // Whoever is called later is shown everything then.
                    if self.run.schedule.has_helpers() {
                        self.sequence.defer_showing(false);
                    }
                    self.run.schedule.set_window(window);
                } else {
                    self.sequence.defer_showing(self.run.schedule.is_quiet());
                }
                match self.sequence.admit() {
                    Ok(()) => self.run_directly(index)?,
                    Err(flow) => flow,
                }
            }
            Head::Executed => self.settle(index)?,
        };
        self.settled(index, flow);
        Ok(Step::Settled)
    }

    /// Runs a head that a helper is still running. What the helper comes to is of no use then.
    pub(crate) fn take_away(&mut self, index: usize) -> Result<(), ExecutorError> {
        if !self.run.schedule.take_away(index) {
            return Ok(());
        }
        self.report.executions += 1;
        self.report.abandoned += 1;
        let flow = match self.sequence.admit() {
            Ok(()) => self.run_directly(index)?,
            Err(flow) => flow,
        };
        self.settled(index, flow);
        Ok(())
    }

    fn settled(&self, index: usize, flow: Flow) {
        self.run.visible.settle_below(version_of(index + 1));
        self.run.schedule.settled(index);
        if flow == Flow::Stop {
            self.run.schedule.stop();
        }
    }

    fn run_directly(&mut self, index: usize) -> Result<Flow, ExecutorError> {
        let start = self.run.now();
        self.report.executions += 1;
        self.report.direct += 1;
        let flow = self.sequence.run()?;
        self.note(Work::Direct, index, start);
        Ok(flow)
    }

    /// Takes over what was run ahead, or runs it again.
    fn settle(&mut self, index: usize) -> Result<Flow, ExecutorError> {
        let start = self.run.now();
        let taken = lock(&self.run.ahead[index]).take();
        let mut execution = taken.unwrap_or_default();
        self.report.executions += 1;
        let flow = match self.sequence.admit() {
            Err(flow) => {
                self.run
                    .visible
                    .retract(version_of(index), &execution.writes);
                flow
            }
            Ok(()) => {
                let stale = self.stale(&mut execution, index)?;
                if let Some(window) = self.window.checked(index, stale.is_none()) {
                    self.run.schedule.set_window(window);
                }
                match stale {
                    None => {
                        let result = match std::mem::take(&mut execution.result) {
                            Ahead::Executed(result) => Ok(result),
                            Ahead::Invalid(invalid) => Err(invalid),
                            Ahead::Missing | Ahead::Panicked => {
                                unreachable!("what did not come to an end is stale")
                            }
                        };
                        let fee = execution.fee;
                        let flow = self
                            .sequence
                            .take_over(result, &mut execution.writes, fee)?;
                        self.note(Work::Settle, index, start);
                        flow
                    }
                    Some(stale) => {
                        self.reject(index, &execution, stale);
                        self.run_directly(index)?
                    }
                }
            }
        };
        execution.notes.clear();
        execution.writes.clear();
        lock(&self.run.spare).push(execution);
        Ok(flow)
    }

    /// The first thing that an execution read too early. If there is none, its writes are brought up
    /// to the balances as they are now. An execution that failed for want of state counts as having
    /// read too early: on settled state it may not ask for it.
    fn stale(
        &self,
        execution: &mut Execution,
        index: usize,
    ) -> Result<Option<Stale>, ExecutorError> {
        let cause = match execution.result {
            Ahead::Executed(_) | Ahead::Invalid(_) => None,
            Ahead::Missing => Some(Cause::MissingState),
            Ahead::Panicked => Some(Cause::Panic),
        };
        if let Some(cause) = cause {
            let location = Location::Account(self.run.block.transactions[index].caller);
            return Ok(Some(Stale { location, cause }));
        }
        let mut check = || {
            let stale = execution
                .notes
                .first_stale(&self.sequence, &self.run.visible)?;
            if stale.is_some() {
                return Ok(stale);
            }
            let writes = &mut execution.writes;
            let moved = reads::move_balances(&mut writes.accounts, &self.sequence)?;
            if moved.balances {
                self.run.visible.publish(version_of(index), writes);
            }
            Ok(moved.stale)
        };
        check().map_err(|error| evm::fatal(Some(index), EVMError::Database(error)))
    }

    /// Whether the head, which was run ahead, would stand now, as far as its reads tell.
    pub(crate) fn would_stand(&self, index: usize) -> bool {
        let ahead = lock(&self.run.ahead[index]);
        ahead.as_ref().is_some_and(|execution| {
            let stale = execution
                .notes
                .first_stale(&self.sequence, &self.run.visible);
            matches!(execution.result, Ahead::Executed(_) | Ahead::Invalid(_))
                && matches!(stale, Ok(None))
        })
    }

    /// Takes back what an execution published that does not stand, and remembers why.
    fn reject(&mut self, index: usize, execution: &Execution, stale: Stale) {
        let run = self.run;
        run.visible.retract(version_of(index), &execution.writes);
        run.schedule.learn_conflict(index);
        let wasted_gas = match &execution.result {
            Ahead::Executed(result) => result.tx_gas_used(),
            _ => 0,
        };
        self.report.wasted_gas += wasted_gas;
        self.report.reexecutions.push(Reexecution {
            transaction: index,
            cause: stale.cause,
            writer: self.writer(stale.location, index),
            location: stale.location,
            wasted_gas,
        });
    }

    /// The transaction below `index` that wrote last to a location, as far as it is known. What plain
    /// payments wrote is not shown, so they are looked for among the transactions.
    fn writer(&self, location: Location, index: usize) -> Option<usize> {
        let shown = self.run.visible.writer(location, version_of(index));
        let Location::Account(address) = location else {
            return shown;
        };
        let first = shown.map_or(0, |shown| shown + 1);
        let unshown = self.run.block.transactions[first..index]
            .iter()
            .rposition(|tx| {
                tx.data.is_empty() && (tx.caller == address || tx.kind.to() == Some(&address))
            });
        unshown.map(|at| first + at).or(shown)
    }

    fn note(&mut self, work: Work, transaction: usize, start: Option<f64>) {
        if let Some((start, end)) = start.zip(self.run.now()) {
            self.report.timeline.push(Activity {
                worker: 0,
                transaction,
                work,
                start,
                end,
            });
        }
    }

    /// Does what follows the last transaction.
    pub(crate) fn finish(mut self) -> Result<(Finished, Report), ExecutorError> {
        self.report.windows = self.window.changes;
        Ok((self.sequence.finish()?, self.report))
    }
}

/// What a lock guards here is whole at any time, or is not used after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("no message"))
}
