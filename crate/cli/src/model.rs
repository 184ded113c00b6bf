//! `forerun bench --model`: estimates how a block would run with more workers than there are cores.

use forerun_simulator::executor::{
    Block, Bound, ExecutorError, Modelled, Options, StateSource, execute_sequentially, model,
};
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// How often each number of workers is modelled.
const RUNS: usize = 5;
const REMARK: &str =
    "a model in virtual time: no cache, memory bandwidth or lock contention; real runs are slower";

/// The time that this thread has had on a core: a step that the system interrupts takes no longer.
#[cfg(unix)]
fn milliseconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to the timespec that it is given, and to nothing else. Where it fails
    // it writes nothing.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The time on the wall: here a step that the system interrupts is a wrong time.
#[cfg(not(unix))]
fn milliseconds() -> f64 {
    use std::{sync::LazyLock, time::Instant};
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// Prints the models of a block for these numbers of workers. Whether all results are the sequential
/// one.
pub(crate) fn run<S: StateSource>(
    block: &Block,
    state: &S,
    workers: &[NonZeroUsize],
) -> Result<bool, ExecutorError> {
    let expected = execute_sequentially(block, state)?;
    let mut identical = true;
    let mut models = Vec::new();
    for &count in workers {
        let mut runs = Vec::with_capacity(RUNS);
        // The first one meets the colder caches and is not counted.
        for turn in 0..=RUNS {
            let modelled = model(block, state, Options::new(count), milliseconds)?;
            identical &= modelled.outcome.same_result(&expected);
            if turn > 0 {
                runs.push(modelled);
            }
        }
        models.push(row(count, runs));
    }
    let row = json!({
        "remark": REMARK,
        "transactions": block.transactions.len(),
        "identical": identical,
        "models": models,
    });
    println!("{row}");
    Ok(identical)
}

/// The run in the middle, and the speed-ups of all.
fn row(asked: NonZeroUsize, mut runs: Vec<Modelled>) -> Value {
    runs.sort_by(|a, b| a.speed_up().total_cmp(&b.speed_up()));
    let speed_ups: Vec<_> = runs.iter().map(Modelled::speed_up).collect();
    let middle = &runs[runs.len() / 2];
    let bounds = &middle.bounds;
    json!({
        "asked": asked,
        "workers": middle.workers,
        "speedUp": middle.speed_up(),
        "makespan": middle.makespan,
        "sequential": middle.sequential,
        "executions": middle.executions,
        "reexecutions": middle.reexecutions,
        "bounds": {
            "work": bounds.work,
            "criticalPath": bounds.critical_path,
            "driver": bounds.driver,
            "closed": bounds.closed,
        },
        "bound": name(middle.bound),
        "runs": speed_ups,
    })
}

const fn name(bound: Bound) -> &'static str {
    match bound {
        Bound::Work => "work",
        Bound::CriticalPath => "criticalPath",
        Bound::Driver => "driver",
        Bound::Window => "window",
    }
}
