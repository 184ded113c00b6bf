//! The parallel run without threads: one thread plays all workers and asks the caller whose step
//! comes next.
//!
//! What can go wrong between threads goes wrong in the order of their steps. Real threads try few
//! orders, and on a machine with few cores mostly harmless ones; here a seeded choice tries any,
//! and tries it again. Running ahead is two steps, so that others can commit between what a
//! transaction read and what it then publishes.

use crate::{
    Block, BlockOutcome, ExecutorError, Options, StateSource,
    parallel::{Execution, Run, Worker},
    schedule::Task,
};

/// What a played worker is in the middle of.
enum Step {
    Idle,
    Given(Task),
    Ran(usize, Box<Execution>),
    Left,
}

/// Executes a block as [`execute`](crate::execute) does with these options, but on the calling
/// thread, one step of one worker at a time. `choose(n)` says which of the `n` workers comes next;
/// if that one has nothing to do now, the next one that has takes the step.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished.
pub fn execute_interleaved<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
    mut choose: impl FnMut(usize) -> usize,
) -> Result<BlockOutcome, ExecutorError> {
    let count = options.threads.get();
    let run = Run::new(block, state, count)?;
    let mut played: Vec<_> = (0..count)
        .map(|_| (Worker::new(block, state, &run.versions), Step::Idle))
        .collect();
    let mut present = count;
    while present > 0 {
        let chosen = choose(count) % count;
        let (before, from) = played.split_at_mut(chosen);
        for (worker, step) in from.iter_mut().chain(before) {
            if advance(&run, worker, step) {
                present -= usize::from(matches!(step, Step::Left));
                break;
            }
        }
    }
    drop(played);
    run.finish()
}

/// Takes one step of a worker, if it has one to take.
fn advance<'r, S: StateSource>(
    run: &'r Run<'r, S>,
    worker: &mut Worker<'r, S>,
    step: &mut Step,
) -> bool {
    *step = match std::mem::replace(step, Step::Idle) {
        Step::Idle => match run.schedule.try_next() {
            Some(Task::Leave) => Step::Left,
            Some(task) => Step::Given(task),
            None => return false,
        },
        Step::Given(Task::RunAhead(index)) => {
            Step::Ran(index, Box::new(run.run_ahead(worker, index)))
        }
        Step::Given(Task::RunHead(index) | Task::Check(index)) => {
            run.settle(worker, index);
            Step::Idle
        }
        Step::Ran(index, execution) => {
            run.publish_ahead(index, *execution);
            Step::Idle
        }
        Step::Given(Task::Leave) | Step::Left => {
            *step = Step::Left;
            return false;
        }
    };
    true
}
