//! `forerun bench --ceiling`: how much faster two threads of this machine are than one where they have
//! nothing to do with one another.

use forerun_simulator::executor::{Block, ExecutorError, StateSource, execute_sequentially};
use serde_json::json;
use std::{sync::Barrier, time::Instant};

const REMARK: &str = "two sequential loops at once, each on a state of its own, against one alone";

/// Runs a block by the sequential loop on one thread and on two at once, by turns, and prints both
/// times (milliseconds). The second thread has its own copy of the state, so that nothing that they
/// use changes hands: what is left between them are the machine's caches and its memory.
pub(crate) fn run(
    block: &Block,
    ours: &impl StateSource,
    theirs: &impl StateSource,
    turns: u64,
) -> Result<(), ExecutorError> {
    let (mut alone, mut two) = (Vec::new(), Vec::new());
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut outcome = Ok(());
            for _ in 0..=turns {
                barrier.wait();
                // An error does not end the loop: the other thread counts on all turns.
                outcome = outcome.and(execute_sequentially(block, theirs).map(drop));
                barrier.wait();
            }
            outcome
        });
        let mut outcome = Ok(());
        // The first turn meets the colder caches and is not counted.
        for turn in 0..=turns {
            let start = Instant::now();
            outcome = outcome.and(execute_sequentially(block, ours).map(drop));
            let between = Instant::now();
            barrier.wait();
            let together = Instant::now();
            outcome = outcome.and(execute_sequentially(block, ours).map(drop));
            barrier.wait();
            if turn > 0 {
                alone.push((between - start).as_secs_f64() * 1e3);
                two.push(together.elapsed().as_secs_f64() * 1e3);
            }
        }
        let other = other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        outcome.and(other)
    })?;
    println!(
        "{}",
        json!({ "remark": REMARK, "alone": alone, "two": two })
    );
    Ok(())
}
