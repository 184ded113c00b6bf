//! Instructions that somebody else has put into the table.

use crate::start::{Host, host};
use forerun_interpreter::{Instructions, run};
use revm::{
    bytecode::{Bytecode, opcode as op},
    interpreter::{
        InputsImpl, Instruction, InstructionContext, InstructionExecResult, Interpreter,
        SharedMemory,
        interpreter::{EthInterpreter, ExtBytecode},
    },
    primitives::{Bytes, U256, hardfork::SpecId},
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Pushes 42.
fn forty_two(context: InstructionContext<'_, Host, EthInterpreter>) -> InstructionExecResult {
    assert!(context.interpreter.stack.push(U256::from(42)));
    Ok(())
}

fn run_with(replaced: u8, code: &'static [u8]) -> (bool, Vec<U256>) {
    let mut instructions = Instructions::new(SpecId::OSAKA);
    instructions.replace(replaced, Instruction::new(forty_two));
    let code = ExtBytecode::new(Bytecode::new_legacy(Bytes::from_static(code)));
    let mut interpreter = Interpreter::<EthInterpreter>::new(
        SharedMemory::new(),
        code,
        InputsImpl::default(),
        false,
        SpecId::OSAKA,
        1_000,
    );
    run(&mut interpreter, &instructions, &mut host(SpecId::OSAKA));
    (instructions.is_inline(), interpreter.stack.data().clone())
}

#[test]
fn one_that_has_an_arm_is_honoured() {
    let (inline, stack) = run_with(op::CALLER, &[op::PUSH1, 1, op::CALLER, op::ADD]);
    assert!(!inline);
    assert_eq!(stack, [U256::from(43)]);
}

#[test]
fn one_that_has_none_is_honoured_and_leaves_the_loop_on() {
    let (inline, stack) = run_with(op::SELFBALANCE, &[op::PUSH1, 1, op::SELFBALANCE, op::ADD]);
    assert!(inline);
    assert_eq!(stack, [U256::from(43)]);
}
