//! Instructions that compute, on numbers at the edge of something and on random ones.

use crate::{
    random::{Random, run_of},
    start::Start,
};
use revm::{
    bytecode::opcode as op,
    primitives::{U256, hardfork::SpecId},
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: u64 = 4_000;

fn check(random: &mut Random, a: U256, b: U256) {
    // All of one word and of two, and those of three with whatever there is.
    for opcode in (op::ADD..=op::SIGNEXTEND).chain(op::LT..=op::CLZ) {
        let mut start = Start::new(SpecId::OSAKA, vec![opcode], 100_000);
        start.stack = vec![random.word(), b, a];
        start.check();
        // The first in the code, as far as it goes in there.
        let length = random.of(&[1, 4, 20, 32]);
        let mut code = vec![op::PUSH0 + length as u8];
        code.extend(&a.to_be_bytes::<32>()[32 - length..]);
        code.push(opcode);
        let mut start = Start::new(SpecId::OSAKA, code, 100_000);
        start.stack = vec![random.word(), b];
        start.check();
        let mut start = Start::new(SpecId::OSAKA, vec![op::SWAP1, opcode], 100_000);
        start.stack = vec![random.word(), b, a];
        start.check();
    }
}

#[test]
fn edges_of_limbs_with_one_another() {
    let mut random = Random(1);
    let mut numbers = vec![U256::ZERO, U256::MAX];
    for bit in [0, 1, 5, 8, 31, 32, 63, 64, 65, 127, 128, 191, 192, 254, 255] {
        let power = U256::from(1) << bit;
        numbers.extend([power, power - U256::from(1), U256::MAX - power]);
    }
    for a in &numbers {
        for b in &numbers {
            check(&mut random, *a, *b);
        }
    }
}

#[test]
fn every_shift_and_every_byte() {
    let mut random = Random(2);
    for by in 0..=260 {
        for _ in 0..4 {
            let word = random.word();
            check(&mut random, U256::from(by), word);
        }
    }
}

#[test]
fn random_numbers() {
    let (cases, mut random) = run_of("random numbers", CASES);
    for _ in 0..cases {
        let (a, b) = (random.word(), random.word());
        check(&mut random, a, b);
    }
}
