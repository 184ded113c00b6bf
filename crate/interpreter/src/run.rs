//! The loop around the loop.

use crate::{Instructions, cost, frame::Frame, inline};
use revm::{
    handler::instructions::InstructionProvider,
    interpreter::{
        Host, Interpreter, InterpreterAction, STACK_LIMIT,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LoopControl},
    },
};

/// Runs a frame until it ends or calls: what [`Interpreter::run_plain`] does, in less time.
pub fn run<H: Host>(
    interpreter: &mut Interpreter<EthInterpreter>,
    instructions: &Instructions<H>,
    host: &mut H,
) -> InterpreterAction {
    let (table, gas_table) = (instructions.instruction_table(), instructions.gas_table());
    // A stack without room is one that was never used; revm's frames do not have it.
    let has_room = interpreter.stack.data().capacity() >= STACK_LIMIT;
    if !instructions.is_inline() || !has_room {
        return interpreter.run_plain(table, gas_table, host);
    }
    let mut frame = Frame::new(interpreter);
    let end = 'running: loop {
        inline::advance(&mut frame, interpreter);
        loop {
            if let Err(end) = interpreter.step(table, gas_table, host) {
                break 'running end;
            }
            if HAS_ARM[usize::from(interpreter.bytecode.opcode())] {
                break;
            }
        }
    };
    if interpreter.bytecode.action().is_none() {
        interpreter.halt(end);
    }
    interpreter.take_next_action()
}

/// The opcodes that the loop has an arm for.
const HAS_ARM: [bool; 256] = {
    let mut has = [false; 256];
    let mut opcode = 0;
    while opcode < 256 {
        has[opcode] = cost::cost(opcode as u8).is_some();
        opcode += 1;
    }
    has
};
