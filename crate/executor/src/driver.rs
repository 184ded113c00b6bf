//! The driver of a parallel run: whoever settles, in order.

use crate::{
    Activity, Cause, ExecutorError, Location, Reexecution, Report, StateSource, Work,
    ahead::{Ahead, Execution},
    evm,
    reads::{self, Stale},
    run::{Run, lock},
    schedule::{Head, WindowControl},
    sequence::{Finished, Flow, Sequence},
    showing::ShowingControl,
    visible::version_of,
};
use revm::context::result::EVMError;

/// Settles the block, one transaction after another.
pub(crate) struct Driver<'r, S: StateSource> {
    run: &'r Run<'r, S>,
    sequence: Sequence<'r, S>,
    pub(crate) window: WindowControl,
    showing: ShowingControl,
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

impl<'r, S: StateSource> Driver<'r, S> {
    pub(crate) fn new<'a: 'r>(run: &'r Run<'a, S>) -> Result<Self, ExecutorError> {
        Ok(Self {
            run,
            sequence: Sequence::start(run.block, run.base, Some(&run.visible))?,
            window: WindowControl::new(run.options.window),
            showing: ShowingControl::new(),
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
                        self.show();
                    }
                    self.run.schedule.set_window(window);
                } else if self.run.schedule.is_quiet() {
                    self.sequence.set_shows(false);
                } else {
                    self.show();
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

    /// Shows what was settled, because somebody may run ahead from now on.
    pub(crate) fn show(&mut self) {
        self.sequence.set_shows(self.showing.shows());
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
                let saw_writes = execution.notes.saw_writes;
                if let Some(shows) = self.showing.checked(saw_writes, stale.is_none()) {
                    self.run.visible.keep_values(shows);
                    self.sequence.set_shows(shows);
                }
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
                        let (fee, recording) = (execution.fee, execution.recording.take());
                        let writes = &mut execution.writes;
                        let flow = self.sequence.take_over(result, writes, fee, recording)?;
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
            let stale = execution.notes.first_stale(&self.sequence)?;
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
            let stale = execution.notes.first_stale(&self.sequence);
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

    /// Puts into the timeline what the driver has done since `start`.
    pub(crate) fn note(&mut self, work: Work, transaction: usize, start: Option<f64>) {
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
