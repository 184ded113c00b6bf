//! The parallel run: a driver that settles in order, and helpers that run ahead.
//!
//! What ran ahead is a prediction like everything it read. The driver checks it against the settled
//! state, which nobody else writes, and takes it over or runs the transaction itself. So nothing that
//! helpers do, in whatever order, on whatever values, can reach a result; they can only save time.

use crate::{
    Activity, Block, BlockOutcome, ExecutorError, Options, Report, StateSource, Work,
    ahead::{Ahead, Execution, Speculator},
    changes::Part,
    driver::{Driver, Step},
    errand::Errand,
    execute_sequentially,
    hints::{self, Plan},
    pool::{Pool, spawn},
    run::{Run, lock},
    sequence::Finished,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// Fewer transactions worth running ahead are not worth waking anybody for.
const LEAST_CANDIDATES: usize = 3;
const TRANSACTIONS_PER_CANDIDATE: usize = 40;
/// Fewer changed accounts are compared by one thread as fast as by two, and more are as well when the
/// other has to be woken for it.
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
    execute_on(Pool::Current, block, state, options)
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
    execute_on(Pool::Beside(pool), block, state, options)
}

pub(crate) fn execute_on<S: StateSource>(
    pool: Pool<'_>,
    block: &Block,
    state: &S,
    options: Options,
) -> Result<BlockOutcome, ExecutorError> {
    let threads = workers_for(block, state, options);
    if threads == 1 {
        return execute_sequentially(block, state);
    }
    let run = Run::new(block, state, threads, options);
    match pool.scope(|scope| run.on(scope)) {
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

impl<S: StateSource> Run<'_, S> {
    /// Drives the run on this thread and has the helpers run on those of a scope.
    fn on<'s>(&'s self, scope: &rayon::Scope<'s>) -> Driven {
        let call = || {
            self.schedule.helper_is_called();
            spawn(scope, Box::new(move || self.help()));
        };
        for _ in 1..self.threads {
            call();
        }
        // Whatever becomes of the driver, the helpers are sent home.
        let driven = catch_unwind(AssertUnwindSafe(|| {
            let driver = self.drive(call)?;
            let is_helped = self.schedule.has_helpers();
            self.schedule.end();
            let (finished, report) = driver.finish()?;
            if !is_helped || finished.accounts.len() < ACCOUNTS_WORTH_SPLITTING {
                return finished.outcome(self.base, report);
            }
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
        let mut mine = std::mem::take(&mut finished.accounts);
        let theirs = mine.split_off(mine.len() / 2);
        let canonical = |accounts| Part::canonical(self.base, accounts);
        let errand = Arc::new(Errand::new(theirs));
        let offered = Arc::clone(&errand);
        spawn(scope, Box::new(move || offered.run(canonical)));
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

    /// Settles all there is to settle. `call` has one more helper come.
    fn drive(&self, call: impl Fn()) -> Result<Driver<'_, S>, ExecutorError> {
        let mut driver = Driver::new(self)?;
        let mut speculator = None;
        loop {
            match driver.step()? {
                Step::Settled => {
                    if self.schedule.is_short_of_helpers() {
                        driver.show();
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
        let mut all = std::mem::take(&mut outcome.report.timeline);
        all.append(&mut lock(&self.timeline));
        // Each worker put down what it did in the order in which it did it.
        let last = all.iter().map(|activity| activity.worker).max();
        outcome.report.timeline = last
            .into_iter()
            .flat_map(|last| 0..=last)
            .flat_map(|worker| all.iter().filter(move |activity| activity.worker == worker))
            .copied()
            .collect();
        outcome
    }
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| String::from("no message"))
}
