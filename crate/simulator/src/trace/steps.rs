//! The instructions of a transaction.

use super::{LONGEST, StructLogOptions, Traced, fault};
use crate::json::{Array, Object};
use alloy_primitives::{Address, B256, U256};
use forerun_executor::{
    Step,
    revm::{context::result::ExecutionResult, interpreter::InstructionResult, primitives::Bytes},
};
use std::collections::BTreeMap;

/// Writes them, with what the transaction came to.
pub(super) fn write(
    out: &mut String,
    traced: &Traced<'_>,
    options: &StructLogOptions,
) -> Result<(), String> {
    let steps = &traced.recording.steps;
    let result = traced.result;
    let mut object = Object::begin(out);
    object.plain("gas", &result.tx_gas_used());
    object.plain("failed", &!result.is_success());
    object.text("returnValue", &returned(result));
    let mut list = Array::begin(object.key("structLogs"));
    let mut storage = BTreeMap::new();
    for step in &steps.steps {
        let out = list.item();
        if out.len() > LONGEST {
            return Err("the trace is too large".to_owned());
        }
        write_step(out, step, steps.stack(step), options, &mut storage);
    }
    list.end();
    object.end();
    Ok(())
}

fn returned(result: &ExecutionResult) -> Bytes {
    match result {
        ExecutionResult::Success { output, .. } => output.data().clone(),
        ExecutionResult::Revert { output, .. } => output.clone(),
        ExecutionResult::Halt { .. } => Bytes::new(),
    }
}

/// The slots of each contract that were looked at so far.
type Storage = BTreeMap<Address, BTreeMap<U256, U256>>;

fn write_step(
    out: &mut String,
    step: &Step,
    stack: &[U256],
    options: &StructLogOptions,
    storage: &mut Storage,
) {
    let mut object = Object::begin(out);
    object.plain("pc", &step.pc);
    object.text("op", &fault::name_of(step.opcode));
    object.plain("gas", &step.gas);
    object.plain("gasCost", &step.cost);
    object.plain("depth", &step.depth);
    if step.refund > 0 {
        object.plain("refund", &step.refund);
    }
    if let Some(error) = step.error.filter(|error| stops_before(*error)) {
        let error = fault::of_instruction(error, step.opcode, step.stack_len());
        object.escaped("error", &error);
    }
    if !options.disable_stack {
        let mut list = Array::begin(object.key("stack"));
        for word in stack {
            crate::json::text(list.item(), &format_args!("{word:#x}"));
        }
        list.end();
    }
    if !step.memory.is_empty() {
        let mut list = Array::begin(object.key("memory"));
        for word in step.memory.chunks(32) {
            crate::json::text(list.item(), &B256::right_padding_from(word));
        }
        list.end();
    }
    if !step.return_data.is_empty() {
        object.text("returnData", &step.return_data);
    }
    if let Some(slot) = &step.slot {
        let slots = storage.entry(slot.address).or_default();
        slots.insert(slot.slot, slot.value);
        let mut entries = Object::begin(object.key("storage"));
        for (slot, value) in slots {
            entries.text(&B256::from(*slot).to_string(), &B256::from(*value));
        }
        entries.end();
    }
    object.end();
}

/// Whether an instruction with this error was not begun. Nodes tell of no others here.
const fn stops_before(error: InstructionResult) -> bool {
    matches!(
        error,
        InstructionResult::OutOfGas
            | InstructionResult::MemoryOOG
            | InstructionResult::MemoryLimitOOG
            | InstructionResult::InvalidOperandOOG
            | InstructionResult::ReentrancySentryOOG
            | InstructionResult::StackUnderflow
            | InstructionResult::StackOverflow
    )
}
