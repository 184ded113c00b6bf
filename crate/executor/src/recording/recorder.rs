//! Putting together what a transaction did.

use super::{
    CallEnd, CallKind, Record, RecordedCall, RecordedLog, Recording, steps::StepRecorder,
    touched::touched,
};
use revm::{
    context::LocalContext,
    handler::{FrameData, FrameResult},
    interpreter::{
        CallScheme, CallValue, CreateScheme, FrameInput, InstructionResult, Interpreter,
        InterpreterAction,
        interpreter_types::{Jumps, LegacyBytecode},
    },
    primitives::{Address, Bytes, Log, U256},
    state::EvmState,
};

/// A self-destruction: who gets the balance, and how much in wei.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destroyed {
    pub(crate) heir: Address,
    pub(crate) balance: U256,
}

/// What takes down what one transaction does.
#[derive(Debug)]
pub(crate) struct Recorder {
    record: Record,
    calls: Vec<RecordedCall>,
    /// The calls that have not ended, by their places among all.
    open: Vec<usize>,
    /// How many of the journal's logs were seen.
    seen: usize,
    /// How many logs were emitted.
    emitted: usize,
    pub(super) steps: StepRecorder,
    pub(super) room: Room,
}

/// How much memory is left.
#[derive(Debug)]
pub(super) struct Room {
    bytes: usize,
    pub(super) is_short: bool,
}

impl Room {
    /// Whether so much more is all right. Once it is not, nothing more is.
    pub(super) const fn take(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(rest) if !self.is_short => self.bytes = rest,
            _ => self.is_short = true,
        }
        !self.is_short
    }

    fn keep(&mut self, bytes: Bytes) -> Bytes {
        if self.take(bytes.len()) {
            bytes
        } else {
            Bytes::new()
        }
    }
}

impl Recorder {
    pub(crate) fn new(record: Record) -> Self {
        Self {
            record,
            calls: Vec::new(),
            open: Vec::new(),
            seen: 0,
            emitted: 0,
            steps: StepRecorder::new(record.steps),
            room: Room {
                bytes: record.most_bytes,
                is_short: false,
            },
        }
    }

    /// A call is about to begin.
    pub(super) fn enter(&mut self, input: &FrameInput, local: &LocalContext) {
        let call = match input {
            FrameInput::Call(call) => {
                let (kind, from, to) = match call.scheme {
                    CallScheme::Call => (CallKind::Call, call.caller, call.target_address),
                    CallScheme::CallCode => {
                        (CallKind::CallCode, call.caller, call.bytecode_address)
                    }
                    CallScheme::DelegateCall => (
                        CallKind::DelegateCall,
                        call.target_address,
                        call.bytecode_address,
                    ),
                    CallScheme::StaticCall => {
                        (CallKind::StaticCall, call.caller, call.target_address)
                    }
                };
                let (CallValue::Transfer(value) | CallValue::Apparent(value)) = call.value;
                let data = if self.room.take(call.input.len()) {
                    call.input.bytes_local(local)
                } else {
                    Bytes::new()
                };
                RecordedCall::new(kind, from, Some(to), value, call.gas_limit, data)
            }
            FrameInput::Create(create) => {
                let kind = match create.scheme() {
                    CreateScheme::Create2 { .. } => CallKind::Create2,
                    _ => CallKind::Create,
                };
                let code = self.room.keep(create.init_code().clone());
                let (from, value) = (create.caller(), create.value());
                RecordedCall::new(kind, from, None, value, create.gas_limit(), code)
            }
            FrameInput::Empty => return,
        };
        self.push(call);
        self.open.push(self.calls.len() - 1);
        self.steps.enter();
    }

    fn push(&mut self, mut call: RecordedCall) {
        call.depth = self.open.len();
        if let Some(caller) = self.open.last() {
            self.calls[*caller].children += 1;
        }
        // Without room only calls that go on are kept, of which there are few.
        let last_ended = self
            .open
            .last()
            .is_none_or(|open| open + 1 < self.calls.len());
        if !self.room.take(size_of::<RecordedCall>()) && last_ended {
            self.calls.pop();
        }
        self.calls.push(call);
    }

    /// It has a frame.
    pub(super) fn entered(&mut self, data: &FrameData) {
        if let FrameData::Create(create) = data {
            self.current().to = Some(create.created_address);
        }
    }

    /// Takes the logs that were not seen yet for those of the call that goes on.
    pub(super) fn logged(&mut self, logs: &[Log]) {
        for log in logs.get(self.seen..).unwrap_or_default() {
            let index = self.emitted;
            self.emitted += 1;
            if self
                .room
                .take(log.data.data.len() + size_of::<RecordedLog>())
            {
                let call = self.current();
                let position = call.children;
                call.logs.push(RecordedLog {
                    log: log.clone(),
                    position,
                    index,
                });
            }
        }
        self.seen = logs.len();
    }

    /// A frame has run until it calls or ends.
    pub(super) fn ran(
        &mut self,
        action: &InterpreterAction,
        interpreter: &Interpreter,
        destroyed: Option<Destroyed>,
    ) {
        let InterpreterAction::Return(result) = action else {
            return;
        };
        // The program counter stands behind the instruction.
        let at = interpreter.bytecode.pc().saturating_sub(1);
        let opcode = interpreter.bytecode.bytecode_slice().get(at);
        let own = interpreter.input.target_address;
        let call = self.current();
        call.end = CallEnd {
            result: result.result,
            opcode: opcode.copied().unwrap_or_default(),
            stack: interpreter.stack.len(),
            code_refused: call.is_creation() && result.result.is_ok(),
        };
        if result.result == InstructionResult::SelfDestruct
            && let Some(Destroyed { heir, balance }) = destroyed
        {
            let kind = CallKind::SelfDestruct;
            self.push(RecordedCall::new(
                kind,
                own,
                Some(heir),
                balance,
                0,
                Bytes::new(),
            ));
        }
    }

    /// The call that goes on has ended, and what it did is undone if it failed.
    pub(super) fn leave(&mut self, result: &FrameResult, logs: &[Log]) {
        self.seen = logs.len();
        let outcome = result.interpreter_result();
        let kept = self.room.keep(outcome.output.clone());
        let early = matches!(result, FrameResult::Create(create) if create.address.is_none());
        let call = self.current();
        call.output = kept;
        call.end.code_refused &= !outcome.result.is_ok();
        call.end.result = outcome.result;
        if early && outcome.result.is_ok() {
            // So revm says that the creator's nonce is at its highest.
            call.end.result = InstructionResult::NonceOverflow;
        }
        call.gas_used = if outcome.result.is_ok_or_revert() {
            call.gas.saturating_sub(outcome.gas.remaining())
        } else {
            call.gas
        };
        if let FrameResult::Call(outcome) = result {
            call.precompile = outcome.was_precompile_called;
        }
        self.open.pop();
        self.steps.leave();
    }

    /// The call that goes on.
    fn current(&mut self) -> &mut RecordedCall {
        // Between a call's beginning and its end there is one.
        let at = self.open.last().copied().unwrap_or_default();
        &mut self.calls[at]
    }

    /// How many calls the one that goes on is in.
    pub(super) const fn depth(&self) -> usize {
        self.open.len()
    }

    /// The transaction is through, and left this in its journal.
    pub(crate) fn finish(self, state: &EvmState) -> Recording {
        Recording {
            touched: if self.record.touched {
                touched(state)
            } else {
                Default::default()
            },
            calls: self.calls,
            steps: self.steps.finish(),
            truncated: self.room.is_short,
        }
    }
}

impl RecordedCall {
    /// A call of which only the beginning is known.
    pub const fn new(
        kind: CallKind,
        from: Address,
        to: Option<Address>,
        value: U256,
        gas: u64,
        input: Bytes,
    ) -> Self {
        Self {
            kind,
            depth: 0,
            from,
            to,
            value,
            gas,
            gas_used: 0,
            input,
            output: Bytes::new(),
            end: CallEnd {
                result: InstructionResult::Stop,
                opcode: 0,
                stack: 0,
                code_refused: false,
            },
            precompile: false,
            children: 0,
            logs: Vec::new(),
        }
    }

    /// Whether it makes a contract.
    pub const fn is_creation(&self) -> bool {
        matches!(self.kind, CallKind::Create | CallKind::Create2)
    }
}
