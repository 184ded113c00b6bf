//! What the loop needs to know of a frame, taken out of revm's interpreter.

use revm::{
    interpreter::{
        CallInput, InputsImpl, Interpreter, interpreter::EthInterpreter,
        interpreter_types::LegacyBytecode,
    },
    primitives::{U256, hardfork::SpecId},
};
use std::ptr;

/// What the loop does not change.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The first instruction.
    pub(crate) code: *const u8,
    /// The length of the code as deployed.
    pub(crate) code_len: usize,
    /// A bit for each place in the code to which one may jump.
    pub(crate) jumps: *const u8,
    /// How many bits these are.
    pub(crate) jumps_len: usize,
    /// The bottom of the stack.
    pub(crate) bottom: *mut U256,
    /// The memory that the frame has.
    pub(crate) memory: *mut u8,
    /// How much that is.
    pub(crate) memory_len: usize,
    /// Who calls whom with how much.
    pub(crate) inputs: *const InputsImpl,
    /// The input.
    pub(crate) input: *const u8,
    /// How long it is.
    pub(crate) input_len: usize,
    /// How long the last call's answer is.
    pub(crate) return_data_len: usize,
    /// Whether the fork has `PUSH0`.
    pub(crate) has_push0: bool,
    /// Whether the fork has `SHL`, `SHR` and `SAR`.
    pub(crate) has_shifts: bool,
    /// Whether the fork has `RETURNDATASIZE`.
    pub(crate) has_return_data: bool,
}

impl Frame {
    /// What is the same from the start of a frame, or from a call's return to it, until it ends or
    /// calls. All else is found out [each time](Self::refresh).
    pub(crate) fn new(interpreter: &mut Interpreter<EthInterpreter>) -> Self {
        let fork = interpreter.runtime_flag.spec_id;
        let (jumps, jumps_len) = match interpreter.bytecode.legacy_jump_table() {
            Some(table) => (table.as_slice().as_ptr(), table.len()),
            None => (ptr::null(), 0),
        };
        Self {
            code: interpreter.bytecode.bytes_ref().as_ptr(),
            code_len: interpreter.bytecode.bytecode_len(),
            jumps,
            jumps_len,
            bottom: interpreter.stack.data_mut().as_mut_ptr(),
            memory: ptr::null_mut(),
            memory_len: 0,
            inputs: ptr::null(),
            input: ptr::null(),
            input_len: 0,
            return_data_len: 0,
            has_push0: fork.is_enabled_in(SpecId::SHANGHAI),
            has_shifts: fork.is_enabled_in(SpecId::PETERSBURG),
            has_return_data: fork.is_enabled_in(SpecId::BYZANTIUM),
        }
    }

    /// Finds out again what an instruction that revm did may have changed.
    #[inline(always)]
    pub(crate) fn refresh(&mut self, interpreter: &mut Interpreter<EthInterpreter>) {
        (self.input, self.input_len) = match &interpreter.input.input {
            CallInput::Bytes(bytes) => (bytes.as_ptr(), bytes.len()),
            // An empty range may lie anywhere.
            CallInput::SharedBuffer(range) if range.is_empty() => (ptr::null(), 0),
            CallInput::SharedBuffer(range) => {
                let bytes = interpreter.memory.global_slice_range(range.clone());
                (bytes.as_ptr(), bytes.len())
            }
        };
        // A creation that fails at once clears it.
        self.return_data_len = interpreter.return_data.0.len();
        self.inputs = &raw const interpreter.input;
        let mut memory = interpreter.memory.context_memory_mut();
        (self.memory, self.memory_len) = (memory.as_mut_ptr(), memory.len());
    }
}
