//! Every opcode at its edges: stack too short, exactly enough, full; gas short by one, exactly enough;
//! every fork; memory and jumps at the limits of what can be addressed.

use crate::{
    random::FORKS,
    start::{End, Start},
};
use revm::{
    bytecode::opcode as op,
    interpreter::{InstructionResult as Result, STACK_LIMIT},
    primitives::{U256, hardfork::SpecId},
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A stack of so many words, no two of them the same, the topmost as given.
fn stack(words: usize, top: &[U256]) -> Vec<U256> {
    let mut stack: Vec<U256> = (0..words).map(|at| U256::from(at + 1_000)).collect();
    for (from_top, word) in top.iter().enumerate() {
        if let Some(place) = words.checked_sub(from_top + 1) {
            stack[place] = *word;
        }
    }
    stack
}

/// The opcode and as many bytes behind it as the longest push takes, not all alike.
fn alone(opcode: u8) -> Vec<u8> {
    let mut code = vec![opcode];
    code.extend(0xa1..=0xc0);
    code
}

#[test]
fn every_opcode_at_every_depth_of_stack_in_every_fork() {
    for fork in FORKS {
        for opcode in 0..=u8::MAX {
            for words in (0..=18).chain([STACK_LIMIT - 1, STACK_LIMIT]) {
                let mut start = Start::new(fork, alone(opcode), 100_000);
                start.stack = stack(words, &[U256::from(32), U256::from(1), U256::from(2)]);
                start.check();
            }
        }
    }
}

#[test]
fn every_opcode_with_just_enough_gas_and_too_little() {
    for fork in FORKS {
        for opcode in 0..=u8::MAX {
            for gas in (0..=14).chain([u64::MAX - 1, u64::MAX]) {
                let mut start = Start::new(fork, alone(opcode), gas);
                start.stack = stack(17, &[U256::ZERO, U256::ZERO]);
                start.check();
            }
        }
    }
}

#[test]
fn code_that_ends_in_the_middle_of_a_push() {
    for fork in [SpecId::FRONTIER, SpecId::OSAKA] {
        for length in 1..=32 {
            for there in 0..length {
                let mut code = vec![op::PUSH0 + length];
                code.extend((0..there).map(|at| 0x81 + at));
                Start::new(fork, code, 100).check();
            }
        }
    }
}

/// Numbers at and around what matters to offsets.
fn offsets() -> Vec<U256> {
    let mut numbers = vec![
        U256::MAX,
        U256::from(1) << 64,
        U256::from(1) << 128,
        U256::from(1) << 255,
    ];
    for edge in [
        0,
        32,
        64,
        70,
        96,
        1 << 16,
        1 << 31,
        1 << 32,
        1 << 40,
        1 << 63,
    ] {
        for by in 0..=33 {
            numbers.push(U256::from(edge + by));
            numbers.push(U256::from(u64::wrapping_sub(edge, by)));
        }
    }
    numbers
}

#[test]
fn memory_and_input_at_every_edge_of_what_can_be_addressed() {
    for opcode in [op::MLOAD, op::MSTORE, op::MSTORE8, op::CALLDATALOAD] {
        for offset in offsets() {
            for size in [0, 32, 64, 96] {
                for gas in [40, 1_000, 100_000_000] {
                    // First memory of that size, then the instruction twice.
                    let mut code = vec![
                        op::PUSH1,
                        1,
                        op::PUSH1,
                        size as u8,
                        op::MSTORE8,
                        opcode,
                        opcode,
                    ];
                    if size == 0 {
                        code.drain(..5);
                    } else {
                        code[3] -= 1;
                    }
                    let mut start = Start::new(SpecId::OSAKA, code, gas);
                    start.input_is_shared = size == 32;
                    start.stack = stack(4, &[offset, U256::from(0xabcdef), offset]);
                    start.check();
                }
            }
        }
    }
}

#[test]
fn input_of_every_length_at_every_offset() {
    for shared in [false, true] {
        for length in 0..=70 {
            for offset in 0..=72 {
                let mut start = Start::new(SpecId::OSAKA, vec![op::CALLDATALOAD], 100);
                start.input.truncate(length);
                start.input_is_shared = shared;
                start.stack = vec![U256::from(offset)];
                start.check();
            }
        }
    }
}

/// Runs `code` with the target of a jump on top of the stack.
fn jump_to(code: &[u8], target: U256, gas: u64) -> End {
    let mut start = Start::new(SpecId::OSAKA, code.to_vec(), gas);
    start.stack = vec![U256::from(1), target];
    start.check()
}

#[test]
fn jumps_lead_to_a_jumpdest_or_nowhere() {
    // 0 jump, 1 push of a JUMPDEST, 3 JUMPDEST, 4 stop, 5 JUMPDEST at the end
    for jump in [op::JUMP, op::JUMPI] {
        let code = [
            jump,
            op::PUSH1,
            op::JUMPDEST,
            op::JUMPDEST,
            op::STOP,
            op::JUMPDEST,
        ];
        for target in offsets() {
            for gas in [7, 8, 9, 10, 11, 100] {
                let end = jump_to(&code, target, gas);
                let may = target == U256::from(3) || target == U256::from(5);
                if gas >= 11 {
                    assert_eq!(
                        end.result(),
                        Some(if may {
                            Result::Stop
                        } else {
                            Result::InvalidJump
                        }),
                        "{target}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_jump_that_is_not_taken_may_lead_anywhere() {
    for target in offsets() {
        let mut start = Start::new(SpecId::OSAKA, vec![op::JUMPI, op::PC], 100);
        start.stack = vec![U256::ZERO, target];
        assert_eq!(start.check().result(), Some(Result::Stop));
    }
}

#[test]
fn a_push_and_its_jump_end_as_one_after_the_other_does() {
    for jump in [op::JUMP, op::JUMPI] {
        for target in 0..=9 {
            for gas in 0..=16 {
                for words in [0, 1, 2, STACK_LIMIT - 1, STACK_LIMIT] {
                    for condition in 0..=1 {
                        // 0 push, 3 jump, 4 push of a JUMPDEST, 6 JUMPDEST, 7 stop, 8 JUMPDEST
                        let code = [op::PUSH2, 0, target, jump, op::PUSH1, op::JUMPDEST];
                        let rest = [op::JUMPDEST, op::STOP, op::JUMPDEST];
                        let mut start = Start::new(SpecId::OSAKA, [&code[..], &rest].concat(), gas);
                        start.stack = stack(words, &[U256::from(condition)]);
                        start.check();
                    }
                }
            }
        }
    }
}

#[test]
fn instructions_done_with_the_next_end_as_one_after_the_other_does() {
    for first in [op::PUSH1, op::PUSH4, op::PUSH20, op::PUSH32, op::SWAP1] {
        let data = if first == op::SWAP1 {
            0
        } else {
            usize::from(first - op::PUSH0)
        };
        for next in 0..=u8::MAX {
            for gas in (0..=9).chain([100]) {
                for words in [0, 1, 2, 3, STACK_LIMIT - 1, STACK_LIMIT] {
                    let mut code = vec![first];
                    code.extend((0..data).map(|at| 0xa1 + at as u8));
                    code.extend([next, op::PC]);
                    let mut start = Start::new(SpecId::OSAKA, code, gas);
                    start.stack = stack(words, &[U256::from(2), U256::from(32)]);
                    start.check();
                }
            }
        }
    }
}

#[test]
fn a_creation_that_fails_at_once_leaves_no_return_data() {
    // Whoever has nothing cannot give anything. In Amsterdam that is found out without a new frame.
    for fork in FORKS {
        for create in [op::CREATE, op::CREATE2] {
            let code = vec![op::RETURNDATASIZE, op::SWAP4, create, op::RETURNDATASIZE];
            let mut start = Start::new(fork, code, 1_000_000);
            start.stack = stack(8, &[U256::from(1), U256::ZERO, U256::ZERO]);
            start.stack[4] = U256::from(1);
            start.check();
        }
    }
}
