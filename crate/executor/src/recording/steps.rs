//! Every instruction that a transaction ran.

use super::{Recorder, recorder::Room};
use revm::{
    bytecode::opcode,
    context::ContextTr,
    handler::instructions::InstructionProvider,
    interpreter::{
        FrameInput, Host, InstructionResult, Interpreter, InterpreterAction,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LoopControl, MemoryTr},
    },
    primitives::{Address, Bytes, U256},
};

/// What is to be recorded of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepOptions {
    /// The stack before it.
    pub stack: bool,
    /// The memory before it.
    pub memory: bool,
    /// The slots that it reads and writes.
    pub storage: bool,
    /// What the last call returned.
    pub return_data: bool,
    /// How many instructions at most. Those behind are left out, which is not called truncated.
    pub most: usize,
}

/// The instructions that a transaction ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// In the order in which they began.
    pub steps: Vec<Step>,
    /// The stacks of all of them, one behind the other.
    words: Vec<U256>,
}

impl Steps {
    /// The stack before an instruction, the top last.
    pub fn stack(&self, step: &Step) -> &[U256] {
        let (start, length) = step.stack;
        self.words.get(start..start + length).unwrap_or_default()
    }
}

/// An instruction, and how things were before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands in its code.
    pub pc: usize,
    /// What it is.
    pub opcode: u8,
    /// How many calls it is in, the outermost included.
    pub depth: usize,
    /// The gas that was left.
    pub gas: u64,
    /// What it cost, with the gas that it gave to a call and without that which it gave to a creation.
    pub cost: u64,
    /// The refund counter.
    pub refund: u64,
    /// Where its stack is, and how high.
    stack: (usize, usize),
    /// The frame's memory, if asked for.
    pub memory: Bytes,
    /// What the last call of its frame returned, if asked for.
    pub return_data: Bytes,
    /// The slot that it read or wrote and the value, if asked for.
    pub slot: Option<StepSlot>,
    /// Why it could not be done.
    pub error: Option<InstructionResult>,
}

/// A storage slot that an instruction read or wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSlot {
    /// Whose storage.
    pub address: Address,
    /// The slot.
    pub slot: U256,
    /// What was read or written.
    pub value: U256,
}

impl Step {
    /// How many words were on the stack.
    pub const fn stack_len(&self) -> usize {
        self.stack.1
    }
}

/// What takes instructions down.
#[derive(Debug)]
pub(super) struct StepRecorder {
    options: Option<StepOptions>,
    steps: Steps,
    /// For each frame that is open the refunds of those it is in.
    refunds: Vec<i64>,
    /// The refunds of the frames that go on.
    refund: i64,
    /// The memory that was taken down last.
    memory: Bytes,
}

impl StepRecorder {
    pub(super) fn new(options: Option<StepOptions>) -> Self {
        Self {
            options,
            steps: Steps::default(),
            refunds: Vec::new(),
            refund: 0,
            memory: Bytes::new(),
        }
    }

    pub(super) fn enter(&mut self) {
        self.refunds.push(self.refund);
    }

    pub(super) fn leave(&mut self) {
        self.refunds.pop();
    }

    pub(super) fn finish(self) -> Steps {
        self.steps
    }

    /// Takes down how things are before an instruction. Whether it did.
    fn before(&mut self, interpreter: &Interpreter, depth: usize, room: &mut Room) -> bool {
        let Some(options) = self.options else {
            return false;
        };
        let outer = self.refunds.last().copied().unwrap_or_default();
        self.refund = outer + interpreter.gas.refunded();
        if self.steps.steps.len() >= options.most {
            return false;
        }
        let stack = interpreter.stack.data();
        let height = if options.stack { stack.len() } else { 0 };
        if !room.take(size_of::<Step>() + height * size_of::<U256>()) {
            return false;
        }
        let memory = if options.memory {
            let memory = interpreter.memory.slice(0..interpreter.memory.size());
            if self.memory[..] != memory[..] {
                if !room.take(memory.len()) {
                    return false;
                }
                self.memory = Bytes::copy_from_slice(&memory);
            }
            self.memory.clone()
        } else {
            Bytes::new()
        };
        let opcode = interpreter.bytecode.opcode();
        let slot = match (opcode, &stack[..]) {
            (opcode::SLOAD, [.., slot]) if options.storage => Some((*slot, U256::ZERO)),
            (opcode::SSTORE, [.., value, slot]) if options.storage => Some((*slot, *value)),
            _ => None,
        };
        let start = self.steps.words.len();
        self.steps.words.extend_from_slice(&stack[..height]);
        self.steps.steps.push(Step {
            pc: interpreter.bytecode.pc(),
            opcode,
            depth,
            gas: interpreter.gas.remaining(),
            cost: 0,
            refund: u64::try_from(self.refund).unwrap_or_default(),
            stack: (start, stack.len()),
            memory,
            return_data: if options.return_data {
                interpreter.return_data.0.clone()
            } else {
                Bytes::new()
            },
            slot: slot.map(|(slot, value)| StepSlot {
                address: interpreter.input.target_address,
                slot,
                value,
            }),
            error: None,
        });
        true
    }

    /// Takes down what an instruction came to.
    fn after(
        &mut self,
        interpreter: &mut Interpreter,
        static_cost: u64,
        end: Option<InstructionResult>,
    ) {
        let Some(step) = self.steps.steps.last_mut() else {
            return;
        };
        let left = interpreter.gas.remaining();
        step.cost = step.gas.saturating_sub(left);
        match interpreter.bytecode.action() {
            Some(InterpreterAction::NewFrame(FrameInput::Create(create))) => {
                step.cost = step.cost.saturating_sub(create.gas_limit());
            }
            _ => {
                if let Some(end) = end.filter(|end| end.is_halt()) {
                    step.error = Some(end);
                    step.cost = static_cost;
                }
            }
        }
        if step.opcode == opcode::SLOAD
            && let Some(slot) = &mut step.slot
            && let [.., value] = &interpreter.stack.data()[..]
        {
            slot.value = *value;
        }
        if let Some(view) = self.refunds.last() {
            self.refund = view + interpreter.gas.refunded();
        }
    }
}

impl Recorder {
    /// Whether instructions are taken down.
    pub(super) const fn wants_steps(&self) -> bool {
        self.steps.options.is_some()
    }
}

/// Runs a frame until it calls or ends, by revm's own steps, each of which is taken down.
pub(super) fn run<H, I>(
    interpreter: &mut Interpreter,
    instructions: &I,
    host: &mut H,
    recorder: &mut Recorder,
) -> InterpreterAction
where
    H: Host + ContextTr,
    I: InstructionProvider<Context = H, InterpreterTypes = EthInterpreter>,
{
    let (table, gas_table) = (instructions.instruction_table(), instructions.gas_table());
    let depth = recorder.depth();
    loop {
        let static_cost = u64::from(gas_table[usize::from(interpreter.bytecode.opcode())]);
        let recorded = recorder
            .steps
            .before(interpreter, depth, &mut recorder.room);
        let end = interpreter.step(table, gas_table, host).err();
        if recorded {
            recorder.steps.after(interpreter, static_cost, end);
        }
        if let Some(end) = end {
            if interpreter.bytecode.action().is_none() {
                interpreter.halt(end);
            }
            return interpreter.take_next_action();
        }
    }
}
