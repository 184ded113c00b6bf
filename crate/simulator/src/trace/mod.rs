//! What a transaction did, in the forms in which nodes tell it.
//!
//! The forms are those of go-ethereum's `debug_trace*` methods: its built-in tracers and the list of
//! instructions. They are written out of one [`Recording`], so several of them take one execution.
//!
//! | module | holds |
//! |---|---|
//! | `options` | the name of a tracer and its configuration, read |
//! | `calls` | `callTracer` and `4byteTracer` |
//! | `prestate` | `prestateTracer`, in both modes |
//! | `steps` | the list of instructions |
//! | `fault` | why a call failed, in go-ethereum's words |

mod calls;
mod fault;
mod options;
mod prestate;
mod steps;

pub use options::{CallOptions, PrestateOptions, StructLogOptions, Tracer};

use crate::json;
use alloy_primitives::Address;
use forerun_executor::{
    Record, Recording,
    revm::context::{TxEnv, result::ExecutionResult},
};

/// A transaction that was executed and recorded.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// What it did.
    pub recording: &'a Recording,
    /// What it was.
    pub transaction: &'a TxEnv,
    /// What came of it.
    pub result: &'a ExecutionResult,
    /// The coinbase of its block.
    pub coinbase: Address,
    /// How many logs the transactions before it in the block left.
    pub logs_before: usize,
}

/// The longest text that is made of one transaction's instructions, in bytes. The storage of a contract
/// is repeated at each look at it, so the text may be far larger than what was recorded.
const LONGEST: usize = 256 << 20;

impl Tracer {
    /// What has to be recorded for it.
    pub fn record(&self) -> Record {
        let mut record = Record::NOTHING;
        match self {
            Self::Calls(_) | Self::FourByte => record.calls = true,
            Self::Prestate(_) => (record.calls, record.touched) = (true, true),
            Self::StructLogs(options) => record.steps = Some(options.steps()),
            Self::Noop => {}
            Self::Mux(tracers) => {
                for (_, tracer) in tracers {
                    let other = tracer.record();
                    record.calls |= other.calls;
                    record.touched |= other.touched;
                }
            }
        }
        record
    }

    /// Writes what it has to say of a transaction, as JSON.
    ///
    /// # Errors
    /// What is wrong, in words: the transaction did more than there is room for.
    pub fn write(&self, traced: &Traced<'_>) -> Result<String, String> {
        let mut out = String::new();
        self.write_to(&mut out, traced)?;
        Ok(out)
    }

    fn write_to(&self, out: &mut String, traced: &Traced<'_>) -> Result<(), String> {
        if traced.recording.truncated {
            return Err("the trace is too large".to_owned());
        }
        match self {
            Self::Calls(options) => calls::write(out, traced, *options),
            Self::FourByte => calls::write_selectors(out, traced.recording),
            Self::Prestate(options) => prestate::write(out, traced, *options),
            Self::StructLogs(options) => steps::write(out, traced, options)?,
            Self::Noop => out.push_str("{}"),
            Self::Mux(tracers) => {
                let mut object = json::Object::begin(out);
                for (name, tracer) in tracers {
                    tracer.write_to(object.key(name), traced)?;
                }
                object.end();
            }
        }
        Ok(())
    }
}
