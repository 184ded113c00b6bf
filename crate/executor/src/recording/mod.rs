//! What a transaction did, beside what came of it.
//!
//! Who wants to know says so in [`BlockRules::record`](crate::BlockRules::record). A recording belongs
//! to an execution, as its result does: one that ran ahead brings its own along, and it counts when and
//! only when the execution is settled. So it is the same at every thread count, by the same argument.
//! What is no function of the values that the transaction read, the balances and nonces that it never
//! looked at, is brought up to what they are when it settles, as its writes are.
//!
//! While something is recorded the driver too executes every transaction in a journal of its own
//! (`Sequence::run`): the journal that it carries from transaction to transaction does not tell what
//! one of them touched.

mod frames;
mod recorder;
mod sorted;
mod steps;
mod touched;

pub(crate) use frames::run;
pub(crate) use recorder::{Destroyed, Recorder};
pub use sorted::Sorted;
pub use steps::{Step, StepOptions, StepSlot, Steps};
pub use touched::{AccountFacts, SlotValues, Touched};

use revm::{
    interpreter::InstructionResult,
    primitives::{Address, Bytes, Log, U256},
};

/// What is to be recorded of every transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The calls, with their logs.
    pub calls: bool,
    /// The accounts and slots it touched, with their values before and after.
    pub touched: bool,
    /// Every instruction.
    pub steps: Option<StepOptions>,
    /// How many bytes a transaction's calls and steps may take up, roughly. Behind that there is nothing
    /// but [`Recording::truncated`].
    pub most_bytes: usize,
}

impl Record {
    /// Nothing.
    pub const NOTHING: Self = Self {
        calls: false,
        touched: false,
        steps: None,
        most_bytes: 64 << 20,
    };

    /// Whether anything is to be recorded.
    pub const fn is_on(&self) -> bool {
        self.calls || self.touched || self.steps.is_some()
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// What a transaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Its calls in the order in which they began, the outermost first. With their depths they make a
    /// tree. Empty if they were not asked for, or if it ended before the first one.
    pub calls: Vec<RecordedCall>,
    /// What it touched.
    pub touched: Sorted<Address, Touched>,
    /// Its instructions.
    pub steps: Steps,
    /// Whether calls or steps are missing, because they would have taken up too much memory.
    pub truncated: bool,
}

/// One call, creation or self-destruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// What kind of call.
    pub kind: CallKind,
    /// How many calls it is in. The outermost is in none.
    pub depth: usize,
    /// Whose code called; for the outermost the transaction's sender.
    pub from: Address,
    /// Whose code was called, or who was created, or who gets what a destroyed account had. `None` for
    /// a creation that failed before there was an address.
    pub to: Option<Address>,
    /// The value in wei: sent, or for a delegated call that of the caller's own.
    pub value: U256,
    /// The gas it was given.
    pub gas: u64,
    /// How much of that is gone.
    pub gas_used: u64,
    /// Its input, for a creation the code that runs.
    pub input: Bytes,
    /// What it returned: data, the created code, or the reason of a revert.
    pub output: Bytes,
    /// How it ended.
    pub end: CallEnd,
    /// Whether it was a precompile's.
    pub precompile: bool,
    /// How many calls it made itself.
    pub children: usize,
    /// The logs that its own code emitted, those that were undone later included.
    pub logs: Vec<RecordedLog>,
}

/// What kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are named as the instructions are")]
pub enum CallKind {
    Call,
    CallCode,
    DelegateCall,
    StaticCall,
    Create,
    Create2,
    SelfDestruct,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallEnd {
    /// As the EVM has it.
    pub result: InstructionResult,
    /// The instruction that ended it.
    pub opcode: u8,
    /// How many words were on the stack then.
    pub stack: usize,
    /// Whether a creation's code ran well, and what it returned could not become code.
    pub code_refused: bool,
}

/// A log where it was emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedLog {
    /// What was logged.
    pub log: Log,
    /// How many calls its call had made before.
    pub position: usize,
    /// How many logs the transaction had emitted before, those that were undone included.
    pub index: usize,
}
