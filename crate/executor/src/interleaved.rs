//! The parallel run without threads: one thread plays all workers and asks the caller whose step
//! comes next.
//!
//! What can go wrong between threads goes wrong in the order of their steps. Real threads try few
//! orders, and on a machine with few cores mostly harmless ones; here a seeded choice tries any, and
//! tries it again. Running ahead is two steps, so that others can settle between what a transaction
//! read and what it then publishes.

use crate::{
    Block, BlockOutcome, ExecutorError, Options, StateSource,
    ahead::{Execution, Speculator},
    driver::{Driver, Step},
    hints::Plan,
    run::Run,
};

/// What a played worker is in the middle of.
enum Play {
    Idle,
    Claimed(usize),
    Ran(usize, Box<Execution>),
}

/// Executes a block as [`execute`](crate::execute) does with these options, but on the calling
/// thread, one step of one worker at a time, and however little there is to run ahead. `choose(n)`
/// says which of the `n` workers comes next, where 0 is the driver; if that one has nothing to do
/// now, the next one that has takes the step.
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
    let run = Run::new(block, state, count, options);
    run.schedule.plan_by(|| Plan::of_everything(block));
    // All are there from the beginning to the end.
    for _ in 0..count {
        run.schedule.helper_is_called();
    }
    let mut driver = Driver::new(&run)?;
    let mut workers: Vec<_> = (0..count)
        .map(|_| (Speculator::new(&run), Play::Idle))
        .collect();
    'run: loop {
        let chosen = choose(count) % count;
        for worker in (chosen..count).chain(0..chosen) {
            let (speculator, play) = &mut workers[worker];
            match std::mem::replace(play, Play::Idle) {
                Play::Claimed(index) => {
                    *play = Play::Ran(index, speculator.run(&run, index));
                    continue 'run;
                }
                Play::Ran(index, execution) => {
                    run.publish(index, execution);
                    continue 'run;
                }
                Play::Idle => {}
            }
            if worker == 0 {
                match driver.step()? {
                    Step::Settled => continue 'run,
                    Step::Done => break 'run,
                    // Not only where it promises a gain, as without a choice: it has to be right
                    // whenever it is done.
                    Step::Running(head) if choose(4) == 0 => {
                        driver.take_away(head)?;
                        continue 'run;
                    }
                    Step::Running(_) => {}
                }
            }
            if let Some(index) = run.schedule.claim(worker == 0) {
                *play = Play::Claimed(index);
                continue 'run;
            }
        }
    }
    drop(workers);
    let (finished, report) = driver.finish()?;
    finished.outcome(state, report)
}
