//! The loop against revm's own: same status, gas, output, memory, stack, logs and state.
//!
//! What is expected always comes from revm, on another interpreter that starts in the same place.
//! `FORERUN_CASES` sets how many random programs there are, `FORERUN_SEED` repeats a run. The same runs
//! in WebAssembly, with a seed that stays the same, since there is no environment to read one from.

mod arithmetic;
mod edges;
mod programs;
mod random;
mod replaced;
mod start;
mod transactions;

// Only named so that their features are switched on, see Cargo.toml.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use {getrandom_02 as _, getrandom_03 as _};
