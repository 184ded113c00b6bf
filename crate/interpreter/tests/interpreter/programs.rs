//! Random programs, each in one frame.

use crate::{random::run_of, start::Start};
use revm::interpreter::InstructionResult as Result;
use std::collections::HashMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: u64 = 4_000;

#[test]
fn random_programs_end_as_with_revm() {
    let (cases, mut random) = run_of("random programs", CASES);
    let mut ends = HashMap::<Option<Result>, u64>::new();
    for _ in 0..cases {
        let fork = random.fork();
        let code = random.program(fork);
        let gas = random.gas();
        let mut start = Start::new(fork, code, gas);
        start.stack = (0..random.below(20)).map(|_| random.word()).collect();
        start
            .input
            .truncate(random.of(&[0, 1, 4, 31, 32, 33, 68, 70]));
        start.input_is_shared = random.once_in(2);
        start.return_data.truncate(random.below(6) as usize);
        *ends.entry(start.check().result()).or_default() += 1;
    }
    println!("{cases} programs, no difference: {ends:?}");
    // Without these the property would hold for want of anything that happened.
    for end in [
        Some(Result::Stop),
        Some(Result::Return),
        Some(Result::OutOfGas),
        Some(Result::StackUnderflow),
        Some(Result::InvalidJump),
        None,
    ] {
        assert!(ends.contains_key(&end), "no program ended with {end:?}");
    }
}
