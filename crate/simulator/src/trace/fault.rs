//! Why a call failed, in go-ethereum's words, which tools look for.

use forerun_executor::{
    CallEnd,
    revm::{bytecode::opcode::OpCode, interpreter::InstructionResult as R},
};

/// Why a call failed; `None` if it did not.
pub(super) fn of_call(end: &CallEnd) -> Option<String> {
    if end.result.is_ok() {
        return None;
    }
    if end.code_refused && end.result == R::OutOfGas {
        return Some("contract creation code storage out of gas".to_owned());
    }
    Some(of_instruction(end.result, end.opcode, end.stack))
}

/// Why an instruction could not be done with so much on the stack.
pub(super) fn of_instruction(result: R, opcode: u8, stack: usize) -> String {
    let text = match result {
        R::Revert => "execution reverted",
        R::CallTooDeep => "max call depth exceeded",
        R::OutOfFunds => "insufficient balance for transfer",
        R::InvalidOperandOOG => "gas uint64 overflow",
        R::CallNotAllowedInsideStatic | R::StateChangeDuringStaticCall => "write protection",
        R::InvalidJump => "invalid jump destination",
        R::OutOfOffset => "return data out of bounds",
        R::CreateCollision => "contract address collision",
        R::NonceOverflow => "nonce uint64 overflow",
        R::CreateContractSizeLimit => "max code size exceeded",
        R::CreateInitCodeSizeLimit => "max initcode size exceeded",
        R::CreateContractStartingWithEF | R::CreateInitCodeStartingEF00 => {
            "invalid code: must not begin with 0xef"
        }
        R::PrecompileError => "invalid input",
        R::OverflowPayment => "balance overflow",
        R::OpcodeNotFound | R::InvalidFEOpcode | R::NotActivated | R::InvalidImmediateEncoding => {
            return format!("invalid opcode: {}", name_of(opcode));
        }
        R::StackUnderflow => {
            let inputs = OpCode::new(opcode).map_or(0, |opcode| opcode.inputs());
            return format!("stack underflow ({stack} <=> {inputs})");
        }
        R::StackOverflow => {
            let limit = OpCode::new(opcode).map_or(0, |opcode| {
                (1024 + usize::from(opcode.inputs())).saturating_sub(usize::from(opcode.outputs()))
            });
            return format!("stack limit reached {stack} ({limit})");
        }
        _ => "out of gas",
    };
    text.to_owned()
}

/// An instruction's name.
pub(super) fn name_of(opcode: u8) -> String {
    OpCode::new(opcode).map_or_else(
        || format!("opcode {opcode:#x} not defined"),
        |opcode| opcode.as_str().to_owned(),
    )
}
