//! Threads that do next to nothing but allocate.

use std::hint::black_box;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "fast")]
#[global_allocator]
static ALLOCATOR: forerun_allocator::ThreadCaching = forerun_allocator::ThreadCaching;

/// Sizes as an EVM asks for them, in bytes: keys and values of maps, boxed words, frames' stacks and
/// memories, logs, call data. Drawn from in order.
const SIZES: [usize; 16] = [
    32, 64, 48, 128, 24, 96, 256, 64, 32, 512, 40, 1024, 64, 160, 2048, 4096,
];

/// How many blocks a thread holds at once.
const HELD: usize = 64;

/// Has `threads` workers of the pool each replace one of the blocks it holds by a new one `rounds`
/// times, all at once. Returns how many blocks were allocated, which is `threads * rounds`.
#[wasm_bindgen]
pub fn allocate(threads: usize, rounds: u32) -> f64 {
    let mut done = vec![0u32; threads];
    // In the pool and not from here: the caller is no worker of it, and would have none of its own
    // memory in any lists.
    rayon::scope(|scope| {
        for done in &mut done {
            scope.spawn(move |_| *done = churn(rounds));
        }
    });
    done.into_iter().map(f64::from).sum()
}

/// Allocates, writes and frees.
fn churn(rounds: u32) -> u32 {
    let mut held: Vec<Vec<u8>> = vec![Vec::new(); HELD];
    let mut state = 0x9e37_79b9_u32;
    for round in 0..rounds {
        // Any cheap sequence: which block is freed must not follow the order of the sizes.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = SIZES[round as usize % SIZES.len()];
        let mut block = Vec::with_capacity(size);
        block.push(state as u8);
        held[(state >> 26) as usize % HELD] = black_box(block);
    }
    black_box(held);
    rounds
}
