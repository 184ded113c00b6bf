//! `EXP`, in the place of revm's in the table: the same but for the products.

use crate::word;
use revm::{
    interpreter::{
        Host, InstructionContext, InstructionExecResult, InstructionResult, Interpreter,
        interpreter::EthInterpreter,
    },
    primitives::U256,
};

/// Charges for the exponent, as revm does, and raises.
pub(crate) fn exp<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
) -> InstructionExecResult {
    let Interpreter { stack, gas, .. } = context.interpreter;
    let Some(([base], exponent)) = stack.popn_top::<1>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    if !gas.record_regular_cost(context.host.gas_params().exp_cost(*exponent)) {
        return Err(InstructionResult::OutOfGas);
    }
    *exponent = U256::from_limbs(word::exp(base.into_limbs(), exponent.into_limbs()));
    Ok(())
}
