//! Measures how much memory an execution takes at its peak. `tools/bench.mjs` runs it.
//!
//! In: a case as `forerun bench` takes it, and a number of threads. Out: the result as JSON, in which
//! every "time" is a number of bytes: the most that was allocated at once during the execution beyond
//! what was allocated before it. Parsing is not in it, and neither is what the allocator keeps for
//! itself or what threads have for their stacks.
//!
//! A program of its own, because counting would slow down what the command line measures.

use forerun_simulator::{Codes, ReplayRequest, Simulator, Snapshot};
use serde_json::{Value, json};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    error::Error,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The system's allocator, which also counts.
struct Counting;

/// Bytes that are allocated. Written by all threads; the order of their writes does not matter to
/// the sum, and whoever reads it does so while no other thread executes.
static CURRENT: AtomicUsize = AtomicUsize::new(0);
/// The most that were since it was last set back.
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(size: usize) {
    let now = CURRENT.fetch_add(size, Relaxed) + size;
    PEAK.fetch_max(now, Relaxed);
}

fn shrink(size: usize) {
    CURRENT.fetch_sub(size, Relaxed);
}

// SAFETY: every call is passed on as it is to the system's allocator, which keeps the contract;
// counting allocates nothing and cannot panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are those that are asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may exist for a moment, so the new one is counted before the old one is taken off.
        grow(size);
        shrink(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(threads)) = (arguments.next(), arguments.next()) else {
        return Err("usage: memory CASE THREADS".into());
    };
    let threads = threads.parse()?;
    let mut case: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let mut take = |key: &str| case.get_mut(key).map(Value::take).unwrap_or_default();
    let snapshot = Snapshot::from_value(&take("state"), &Codes::default())?;
    let mut request = take("request");
    request["compare"] = json!(true);
    request["repeat"] = json!(3);
    let simulator = Simulator::new(snapshot, threads)?;
    // The simulator reads its clock before and after each execution and reports the difference. This
    // one counts from nought at each first reading, and at each second tells the peak since.
    let base = Cell::new(None);
    let clock = || match base.take() {
        None => {
            let now = CURRENT.load(Relaxed);
            PEAK.store(now, Relaxed);
            base.set(Some(now));
            0.0
        }
        Some(before) => PEAK.load(Relaxed).saturating_sub(before) as f64,
    };
    let result = simulator.replay_block_timed(&ReplayRequest::from(request), &clock)?;
    println!("{}", serde_json::to_value(&result)?);
    Ok(())
}
