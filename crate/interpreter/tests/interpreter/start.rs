//! Where an interpreter starts, and what it came to with either loop.

use forerun_interpreter::{Instructions, run};
use revm::{
    Context, MainContext,
    bytecode::Bytecode,
    context::{CfgEnv, ContextTr, JournalTr},
    database::EmptyDB,
    handler::{MainnetContext, instructions::EthInstructions},
    interpreter::{
        CallInput, Gas, InputsImpl, InstructionResult, Interpreter, InterpreterAction,
        SharedMemory,
        interpreter::{EthInterpreter, ExtBytecode},
        interpreter_types::Jumps,
    },
    primitives::{Address, Bytes, U256, hardfork::SpecId},
};

pub(crate) type Host = MainnetContext<EmptyDB>;

/// Whose code runs.
const TARGET: Address = Address::repeat_byte(0x11);

/// A chain on which there is nothing.
pub(crate) fn host(fork: SpecId) -> Host {
    let mut host = Context::mainnet().with_cfg(CfgEnv::new_with_spec(fork));
    host.journal_mut().set_spec_id(fork);
    host.journal_mut()
        .load_account(TARGET)
        .expect("an empty database has no errors");
    host
}

/// Where an interpreter starts.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) fork: SpecId,
    pub(crate) code: Vec<u8>,
    pub(crate) gas: u64,
    pub(crate) stack: Vec<U256>,
    pub(crate) input: Vec<u8>,
    /// Whether the input lies in the caller's memory.
    pub(crate) input_is_shared: bool,
    pub(crate) return_data: Vec<u8>,
}

/// What an interpreter came to.
#[derive(Debug, PartialEq)]
pub(crate) struct End {
    action: InterpreterAction,
    gas: Gas,
    stack: Vec<U256>,
    memory: Vec<u8>,
    place: usize,
}

impl Start {
    pub(crate) fn new(fork: SpecId, code: Vec<u8>, gas: u64) -> Self {
        Self {
            fork,
            code,
            gas,
            stack: Vec::new(),
            input: (1..=70).collect(),
            input_is_shared: false,
            return_data: vec![7; 5],
        }
    }

    /// With the loop and with revm's.
    pub(crate) fn both(&self) -> (End, End) {
        let instructions = Instructions::<Host>::new(self.fork);
        assert!(
            instructions.is_inline(),
            "{:?}: revm's costs differ",
            self.fork
        );
        let ours = self.run(|interpreter, host| run(interpreter, &instructions, host));
        let own = EthInstructions::<EthInterpreter, Host>::new_mainnet_with_spec(self.fork);
        let revms = self.run(|interpreter, host| {
            interpreter.run_plain(own.instruction_table(), own.gas_table(), host)
        });
        (ours, revms)
    }

    /// Runs both and compares them.
    #[track_caller]
    pub(crate) fn check(&self) -> End {
        let (ours, revms) = self.both();
        assert!(
            ours == revms,
            "{:?}, code 0x{}, {self:?}\nours:  {ours:?}\nrevm's: {revms:?}",
            self.fork,
            hex(&self.code)
        );
        ours
    }

    fn run(
        &self,
        run: impl FnOnce(&mut Interpreter<EthInterpreter>, &mut Host) -> InterpreterAction,
    ) -> End {
        let mut parent = SharedMemory::new();
        let input = if self.input_is_shared {
            // Behind something else, as a caller's arguments are.
            parent.resize(64 + self.input.len());
            parent.set(64, &self.input);
            CallInput::SharedBuffer(64..64 + self.input.len())
        } else {
            CallInput::Bytes(Bytes::copy_from_slice(&self.input))
        };
        let inputs = InputsImpl {
            target_address: TARGET,
            caller_address: Address::from(std::array::from_fn(|at| 0xe0 + at as u8)),
            call_value: U256::from_limbs([1, 2, 3, 4]),
            input,
            ..InputsImpl::default()
        };
        let code = Bytecode::new_legacy(Bytes::copy_from_slice(&self.code));
        let mut interpreter = Interpreter::<EthInterpreter>::new(
            parent.new_child_context(),
            ExtBytecode::new(code),
            inputs,
            false,
            self.fork,
            self.gas,
        );
        interpreter.return_data.0 = Bytes::copy_from_slice(&self.return_data);
        for word in &self.stack {
            assert!(
                interpreter.stack.push(*word),
                "a start has a stack that fits"
            );
        }
        let action = run(&mut interpreter, &mut host(self.fork));
        let memory = interpreter.memory.context_memory().to_vec();
        End {
            action,
            gas: interpreter.gas,
            stack: interpreter.stack.data().clone(),
            memory,
            place: interpreter.bytecode.pc(),
        }
    }
}

impl End {
    /// How it ended; `None` with a call.
    pub(crate) const fn result(&self) -> Option<InstructionResult> {
        match &self.action {
            InterpreterAction::Return(result) => Some(result.result),
            InterpreterAction::NewFrame(_) => None,
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
