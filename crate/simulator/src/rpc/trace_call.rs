//! `debug_traceCall` and `debug_traceCallMany`

use super::{
    Failure, RpcError, Session,
    block_param::require_pinned,
    call_many::{Done, for_each_call},
    params::{optional, required},
    stage::{GAS_CAP, Stage, first_result},
};
use crate::{
    fields::Field,
    trace::{Traced, Tracer},
};
use serde_json::Value;

/// The most bytes that are recorded of a call where several are traced at once.
const MOST_BYTES_OF_MANY: usize = 16 << 20;

/// `debug_traceCall`: what a call does, at the pinned block.
///
/// Parameters: the call, the block, and how to trace, `{ tracer?, tracerConfig?, stateOverrides?,
/// blockOverrides? }`, where without a tracer there is a list of instructions.
pub(crate) fn trace_call(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let call = required(params, 0)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let options = optional(params, 2);
    let tracer = tracer(options.as_ref())?;
    let mut fields = options.as_ref().map(Field::object).transpose()?;
    let mut get = |name| fields.as_mut().and_then(|fields| fields.get(name));
    let (state, block) = (get("stateOverrides"), get("blockOverrides"));
    let stage = Stage::read(session, state.as_ref(), block.as_ref())?;
    let args = stage.args(&call)?;
    let mut block = stage.block(std::slice::from_ref(&args));
    block.rules.record = tracer.record();
    let mut outcome = session.execute(&block, &stage.layer)?;
    let recording = outcome.recordings.pop().flatten();
    let result = first_result(outcome, &block).map_err(|refused| {
        let error = refused.of_call(args.gas.unwrap_or(GAS_CAP));
        RpcError::new(error.code, format!("tracing failed: {}", error.message))
    })?;
    let mut out = String::new();
    let done = Done {
        transaction: &block.transactions[0],
        result,
        recording: recording.as_deref(),
        coinbase: block.env.beneficiary,
        logs_before: 0,
    };
    write(&mut out, &tracer, &done)?;
    Ok(out)
}

/// `debug_traceCallMany`: what calls do one after another.
///
/// Parameters: bundles of calls and the block, as with `eth_callMany`, and how to trace, as with
/// `debug_traceCall`. Answers with a list of lists of traces.
pub(crate) fn trace_call_many(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let options = optional(params, 2);
    let tracer = tracer(options.as_ref())?;
    let mut fields = options.as_ref().map(Field::object).transpose()?;
    let state = fields.as_mut().and_then(|f| f.get("stateOverrides"));
    let mut record = tracer.record();
    record.most_bytes = record.most_bytes.min(MOST_BYTES_OF_MANY);
    for_each_call(session, params, state.as_ref(), record, &|out, done| {
        write(out, &tracer, &done)
    })
}

fn tracer(options: Option<&Field<'_>>) -> Result<Tracer, Failure> {
    let options = options.map_or(&Value::Null, Field::value);
    Ok(Tracer::read(options).map_err(RpcError::params)?)
}

fn write(out: &mut String, tracer: &Tracer, done: &Done<'_>) -> Result<(), Failure> {
    let nothing = Default::default();
    let traced = Traced {
        recording: done.recording.unwrap_or(&nothing),
        transaction: done.transaction,
        result: &done.result,
        coinbase: done.coinbase,
        logs_before: done.logs_before,
    };
    let text = tracer.write(&traced);
    out.push_str(&text.map_err(|error| RpcError::new(RpcError::SERVER, error))?);
    Ok(())
}
