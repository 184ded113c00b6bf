//! `ADDMOD` and `MULMOD`, in the place of revm's in the table: the same but for the division.

use crate::word::{self, Limbs};
use revm::{
    interpreter::{
        Host, InstructionContext, InstructionExecResult, InstructionResult,
        interpreter::EthInterpreter,
    },
    primitives::U256,
};

pub(crate) fn addmod<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
) -> InstructionExecResult {
    modulo(context, word::add_mod)
}

pub(crate) fn mulmod<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
) -> InstructionExecResult {
    modulo(context, word::mul_mod)
}

fn modulo<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
    operation: fn(Limbs, Limbs, Limbs) -> Limbs,
) -> InstructionExecResult {
    let Some(([a, b], modulus)) = context.interpreter.stack.popn_top::<2>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let rest = operation(a.into_limbs(), b.into_limbs(), modulus.into_limbs());
    *modulus = U256::from_limbs(rest);
    Ok(())
}
