//! The parallel run in virtual time: how a block would run on more cores than there are.
//!
//! One thread plays all workers. Each has a clock of its own, and whichever is earliest takes the
//! next step. The step is really executed, by the executor's own parts, and what it really takes is
//! added to the clock of the worker. Who does what next, what is read too early and what runs again
//! is decided where a real run decides it, only in the order of these clocks.
//!
//! It is a model. Every worker has the machine to itself: nothing waits for a cache line, for memory
//! bandwidth, for a lock or for a thread to wake up. Real runs are slower.
//!
//! **When a step shows.** What runs ahead reads when it begins and is published when it is done. The
//! driver's steps change the settled state at once, so one that takes long must not be taken before
//! others have done what lies before its end. How long a transaction takes in order is known from a
//! sequential pass that comes first; by so much the driver's step is put off, and then lasts as long
//! as it really lasts.

use crate::{
    Block, BlockOutcome, ExecutorError, Options, Report, StateSource, WindowChange,
    ahead::{Execution, Speculator},
    driver::Driver,
    hints::Plan,
    parallel::workers_for,
    reads::{AccountRead, Need, SlotRead},
    run::Run,
    sequence::{Flow, Sequence},
    visible::version_of,
};
use revm::primitives::{Address, AddressMap, HashMap, U256};
use std::{fmt, num::NonZeroUsize};

/// What a modelled run came to. All times are in milliseconds, of the transactions alone: not of what
/// a block does before and after them.
///
/// These are estimates of a model, without caches, memory bandwidth and contention for locks: what
/// the order of the work allows, and not what a machine will do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Modelled {
    /// Workers that took part: fewer than were asked for if there are fewer transactions, and one if
    /// the executor would not have called any.
    pub workers: usize,
    /// How long the run took by the workers' clocks.
    pub makespan: f64,
    /// How long the same transactions took one after another.
    pub sequential: f64,
    /// Executions in all.
    pub executions: u64,
    /// Transactions whose first execution did not stand, or was not waited for.
    pub reexecutions: u64,
    /// What no run of these workers could be faster than.
    pub bounds: Bounds,
    /// Which of the bounds is the largest.
    pub bound: Bound,
    /// What came out, which is what comes out of every run.
    pub outcome: BlockOutcome,
}

/// Times below which a run cannot get, each for a reason of its own, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// All work there was, divided by the workers.
    pub work: f64,
    /// The longest chain of transactions of which each read what the one before it wrote.
    pub critical_path: f64,
    /// What the driver did by itself: settling, and executing in order.
    pub driver: f64,
    /// The part of the driver's time in which the window was closed.
    pub closed: f64,
}

/// What bounds a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The work: more workers would help.
    Work,
    /// Transactions that depend on one another.
    CriticalPath,
    /// What one worker does alone.
    Driver,
    /// The same, mostly while the window was closed since next to nothing that ran ahead stood.
    Window,
}

impl Modelled {
    /// How many times as long as this run the transactions take one after another.
    pub fn speed_up(&self) -> f64 {
        if self.makespan > 0.0 {
            self.sequential / self.makespan
        } else {
            1.0
        }
    }
}

impl Bounds {
    /// With one worker all bounds are one. It is the work's if no more were to be had, and the
    /// driver's if no others were called.
    fn largest(&self, workers: usize, asked: usize) -> Bound {
        if asked == 1 {
            Bound::Work
        } else if workers == 1 {
            Bound::Driver
        } else if self.work >= self.critical_path && self.work >= self.driver {
            Bound::Work
        } else if self.critical_path >= self.driver {
            Bound::CriticalPath
        } else if self.closed > self.driver / 2.0 {
            Bound::Window
        } else {
            Bound::Driver
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Work => "work",
            Self::CriticalPath => "critical path",
            Self::Driver => "driver",
            Self::Window => "window",
        })
    }
}

impl fmt::Display for Modelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.3} ms on {} modelled workers, {:.3} ms in order, {:.2} times as fast, bound by {} \
             (a model: no cache, memory bandwidth or lock contention)",
            self.makespan,
            self.workers,
            self.sequential,
            self.speed_up(),
            self.bound,
        )
    }
}

/// Replays a run of [`execute`](crate::execute) with these options in virtual time, on the calling
/// thread alone, and says how long it takes with as many cores as workers. `clock` tells the time in
/// milliseconds from any start.
///
/// It is a model, without caches, memory bandwidth and contention for locks, and knows nothing of
/// the cost of waking threads. The first call on a block meets colder caches than the second.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished.
pub fn model<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
    clock: fn() -> f64,
) -> Result<Modelled, ExecutorError> {
    let (_, times) = in_order(block, state, clock)?;
    let workers = workers_for(block, state, options);
    let played = if workers == 1 {
        let (outcome, again) = in_order(block, state, clock)?;
        let time = again.iter().sum();
        Played {
            outcome,
            makespan: time,
            driver: time,
            closed: 0.0,
            work: time,
        }
    } else {
        play(block, state, options, workers, &times, clock)?
    };
    let report = &played.outcome.report;
    let bounds = Bounds {
        work: played.work / workers as f64,
        critical_path: longest_chain(&times, &dependencies(block, state, report)?),
        driver: played.driver,
        closed: played.closed,
    };
    Ok(Modelled {
        workers,
        makespan: played.makespan,
        sequential: times.iter().sum(),
        executions: report.executions,
        reexecutions: report.reexecutions.len() as u64 + report.abandoned,
        bounds,
        bound: bounds.largest(workers, options.threads.get()),
        outcome: played.outcome,
    })
}

/// The sequential loop, with the time of each transaction.
fn in_order<S: StateSource>(
    block: &Block,
    state: &S,
    clock: fn() -> f64,
) -> Result<(BlockOutcome, Vec<f64>), ExecutorError> {
    let mut sequence = Sequence::start(block, state, None)?;
    let mut times = Vec::with_capacity(block.transactions.len());
    let mut executions = 0;
    for _ in &block.transactions {
        let start = clock();
        let flow = match sequence.admit() {
            Ok(()) => {
                executions += 1;
                sequence.run()?
            }
            Err(flow) => flow,
        };
        times.push(clock() - start);
        if flow == Flow::Stop {
            break;
        }
    }
    let report = Report::in_order(executions);
    Ok((sequence.finish()?.outcome(state, report)?, times))
}

/// A run that was played to its end, and times spent in it.
struct Played {
    outcome: BlockOutcome,
    makespan: f64,
    driver: f64,
    closed: f64,
    work: f64,
}

fn play<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
    workers: usize,
    times: &[f64],
    clock: fn() -> f64,
) -> Result<Played, ExecutorError> {
    let run = Run::new(block, state, workers, options);
    let mut game = Game::new(&run, workers, times, clock)?;
    // The first helper makes the plan, and the others wait for it.
    let start = clock();
    run.schedule.plan_by(|| Plan::of(block, state));
    let planned = clock() - start;
    for helper in &mut game.workers[1..] {
        helper.time = planned;
        run.schedule.helper_is_called();
    }
    while game.next_step()? {}
    let Game {
        driver,
        workers,
        driver_time,
        closed,
        work,
        ..
    } = game;
    let (finished, report) = driver.finish()?;
    Ok(Played {
        outcome: finished.outcome(state, report)?,
        makespan: workers[0].time,
        driver: driver_time,
        closed,
        work,
    })
}

/// What a played worker is in the middle of, until its clock says that it is done.
enum Play {
    Idle,
    /// It has nothing to do before anything changes; the driver, before the head is done.
    Rests,
    /// It has run a transaction ahead.
    Ran(usize, Box<Execution>),
    /// The driver settles the head, since then.
    Settles(f64),
    /// The driver runs the head in order that a helper was running, since then.
    TakesAway(f64),
}

struct Worker<'r, S: StateSource> {
    /// When it takes its next step.
    time: f64,
    play: Play,
    speculator: Option<Speculator<'r, S>>,
}

/// All workers with their clocks, the driver first.
struct Game<'r, 'a, S: StateSource> {
    run: &'r Run<'a, S>,
    driver: Driver<'r, S>,
    workers: Vec<Worker<'r, S>>,
    /// How long each transaction takes in order. None are behind the last one to be settled.
    times: &'r [f64],
    clock: fn() -> f64,
    head: usize,
    /// By transaction: whether it was run ahead and published.
    ran: Vec<bool>,
    /// By transaction: whether the driver has begun to run it although a helper was at it.
    taken: Vec<bool>,
    driver_time: f64,
    closed: f64,
    work: f64,
}

impl<'r, 'a, S: StateSource> Game<'r, 'a, S> {
    fn new(
        run: &'r Run<'a, S>,
        workers: usize,
        times: &'r [f64],
        clock: fn() -> f64,
    ) -> Result<Self, ExecutorError> {
        let idle = |_| Worker {
            time: 0.0,
            play: Play::Idle,
            speculator: None,
        };
        Ok(Self {
            run,
            driver: Driver::new(run)?,
            workers: (0..workers).map(idle).collect(),
            times,
            clock,
            head: 0,
            ran: vec![false; times.len()],
            taken: vec![false; times.len()],
            driver_time: 0.0,
            closed: 0.0,
            work: 0.0,
        })
    }

    /// Has the earliest worker take its next step. Whether there is anything left to do.
    fn next_step(&mut self) -> Result<bool, ExecutorError> {
        let earliest = (0..self.workers.len())
            .min_by(|a, b| self.workers[*a].time.total_cmp(&self.workers[*b].time))
            .unwrap_or_default();
        let now = self.workers[earliest].time;
        match std::mem::replace(&mut self.workers[earliest].play, Play::Idle) {
            Play::Idle | Play::Rests if earliest > 0 => {
                if !self.run_ahead(earliest) {
                    self.rest(earliest);
                }
                return Ok(true);
            }
            Play::Idle | Play::Rests => return Ok(self.decide()),
            Play::Ran(index, execution) => self.publish(earliest, index, execution),
            Play::Settles(start) => {
                self.drive(start, |driver, _| driver.step().map(|_| ()))?;
            }
            Play::TakesAway(start) => self.drive(start, Driver::take_away)?,
        }
        // Whoever had nothing to do looks again.
        let changed = now.max(self.workers[earliest].time);
        for helper in &mut self.workers[1..] {
            if matches!(helper.play, Play::Rests) {
                helper.play = Play::Idle;
                helper.time = changed;
            }
        }
        Ok(true)
    }

    /// The driver looks at the head and begins what `Run::drive` would. Whether there is a head.
    fn decide(&mut self) -> bool {
        let head = self.head;
        let Some(&in_order) = self.times.get(head) else {
            return false;
        };
        let now = self.workers[0].time;
        if !self.run.schedule.is_wanted(head) {
            // Settling what stands takes next to nothing; all else is executed in order.
            let at_once = self.ran[head] && self.driver.would_stand(head);
            self.workers[0].play = Play::Settles(now);
            self.workers[0].time += if at_once { 0.0 } else { in_order };
        } else if !self.driver.window.is_confident() {
            self.taken[head] = true;
            self.workers[0].play = Play::TakesAway(now);
            self.workers[0].time += in_order;
        } else if !self.run_ahead(0) {
            self.rest(0);
        }
        true
    }

    /// Has a worker run ahead, if there is anything to run ahead.
    fn run_ahead(&mut self, worker: usize) -> bool {
        let start = (self.clock)();
        let Some(index) = self.run.schedule.claim(worker == 0) else {
            return false;
        };
        let worker = &mut self.workers[worker];
        let execution = worker
            .speculator
            .get_or_insert_with(|| Speculator::new(self.run))
            .run(self.run, index);
        let took = (self.clock)() - start;
        worker.play = Play::Ran(index, execution);
        worker.time += took;
        self.work += took;
        true
    }

    fn rest(&mut self, worker: usize) {
        self.workers[worker].play = Play::Rests;
        self.workers[worker].time = f64::INFINITY;
    }

    /// Shows what ran ahead, unless the driver has it in work by now, and wakes the driver if it
    /// waited for that.
    fn publish(&mut self, worker: usize, index: usize, execution: Box<Execution>) {
        // Behind the last one to be settled nobody looks.
        if self.taken.get(index) != Some(&false) {
            return;
        }
        let start = (self.clock)();
        self.run.publish(index, execution);
        let took = (self.clock)() - start;
        self.workers[worker].time += took;
        self.work += took;
        self.ran[index] = true;
        let end = self.workers[worker].time;
        let driver = &mut self.workers[0];
        if index == self.head && matches!(driver.play, Play::Rests) {
            driver.play = Play::Idle;
            driver.time = end;
        }
    }

    /// The driver settles the head, which it began to do at `start`.
    fn drive(
        &mut self,
        start: f64,
        step: impl FnOnce(&mut Driver<'r, S>, usize) -> Result<(), ExecutorError>,
    ) -> Result<(), ExecutorError> {
        let is_closed = |change: &WindowChange| change.window <= 1;
        let closed = self.driver.window.changes.last().is_some_and(is_closed);
        let began = (self.clock)();
        step(&mut self.driver, self.head)?;
        let took = (self.clock)() - began;
        self.workers[0].time = start + took;
        self.work += took;
        self.driver_time += took;
        if closed {
            self.closed += took;
        }
        self.head += 1;
        Ok(())
    }
}

/// Whom each transaction had to wait for: all that wrote last what it read, and what made it run
/// again. Found by running all in order as if ahead, where reads and writes are noted.
fn dependencies<S: StateSource>(
    block: &Block,
    state: &S,
    report: &Report,
) -> Result<Vec<Vec<usize>>, ExecutorError> {
    let one = Options::new(NonZeroUsize::MIN);
    let run = Run::new(block, state, 1, one);
    // Shows what the block does before its first transaction.
    let _driver = Driver::new(&run)?;
    let mut speculator = Speculator::new(&run);
    let mut slots = HashMap::<(Address, U256), usize>::default();
    // Who wrote an account last, and who made or removed it last.
    let (mut accounts, mut fates) = (AddressMap::default(), AddressMap::default());
    let mut found = Vec::with_capacity(block.transactions.len());
    for index in 0..block.transactions.len() {
        let execution = speculator.run(&run, index);
        let of_slot = |read: &SlotRead| slots.get(&(read.address, read.slot)).copied();
        // Payments to and from an account that nobody looks at do not depend on one another.
        let of_account = |read: &AccountRead| match read.need {
            Need::Exact => accounts.get(&read.address).copied(),
            Need::AtLeast { .. } => fates.get(&read.address).copied(),
        };
        let notes = &execution.notes;
        let mut writers: Vec<usize> = notes
            .slots
            .iter()
            .filter_map(of_slot)
            .chain(notes.accounts.iter().filter_map(of_account))
            .collect();
        writers.sort_unstable();
        writers.dedup();
        found.push(writers);
        let writes = &execution.writes;
        for write in writes.accounts.iter().filter(|write| write.info.is_some()) {
            accounts.insert(write.address, index);
            if write.storage_cleared {
                fates.insert(write.address, index);
            }
        }
        for write in &writes.slots {
            slots.insert((write.address, write.slot), index);
        }
        run.visible.publish(version_of(index), writes);
    }
    for again in &report.reexecutions {
        found[again.transaction].extend(again.writer);
    }
    Ok(found)
}

/// The longest chain of times along dependencies, which lead back only.
fn longest_chain(times: &[f64], dependencies: &[Vec<usize>]) -> f64 {
    let mut ends = Vec::<f64>::with_capacity(times.len());
    for (time, writers) in times.iter().zip(dependencies) {
        let ready = writers.iter().filter_map(|writer| ends.get(*writer));
        ends.push(ready.copied().fold(0.0, f64::max) + time);
    }
    ends.into_iter().fold(0.0, f64::max)
}
