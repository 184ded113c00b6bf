//! The calls of a transaction, as a tree.

use super::{CallOptions, Traced, fault};
use crate::{
    json::{self, Object},
    rpc::revert_reason,
};
use forerun_executor::{
    CallKind, RecordedCall, Recording,
    revm::{context::result::ExecutionResult, interpreter::InstructionResult, primitives::TxKind},
};
use std::collections::BTreeMap;

/// Writes the tree.
pub(super) fn write(out: &mut String, traced: &Traced<'_>, options: CallOptions) {
    let calls = &traced.recording.calls;
    let outermost = match calls.first() {
        Some(call) => call.clone(),
        None => without_frames(traced),
    };
    let outermost = RecordedCall {
        gas: traced.transaction.gas_limit,
        gas_used: traced.result.tx_gas_used(),
        ..outermost
    };
    let numbers = if options.with_log {
        log_numbers(calls, traced.logs_before)
    } else {
        Vec::new()
    };
    write_call(out, &outermost, &numbers);
    let within = if options.only_top_call {
        &[]
    } else {
        calls.get(1..).unwrap_or_default()
    };
    // A call in a call in a call may be a thousand deep, so this is no recursion.
    let mut open = 0;
    for call in within {
        if call.depth > open {
            out.push_str(",\"calls\":[");
            open += 1;
        } else {
            close(out, &mut open, call.depth);
            out.push_str("},");
        }
        write_call(out, call, &numbers);
    }
    close(out, &mut open, 0);
    out.push('}');
}

/// Ends calls until only so many are open.
fn close(out: &mut String, open: &mut usize, depth: usize) {
    while *open > depth {
        out.push_str("}]");
        *open -= 1;
    }
}

/// The numbers that logs have in the block, by the order in which they were emitted. `None` for those
/// that were undone.
fn log_numbers(calls: &[RecordedCall], before: usize) -> Vec<Option<usize>> {
    let mut survived = Vec::new();
    let mut failed = Vec::new();
    for call in calls {
        failed.truncate(call.depth);
        let is_undone = failed.last() == Some(&true) || !call.end.result.is_ok();
        failed.push(is_undone);
        for log in &call.logs {
            if survived.len() <= log.index {
                survived.resize(log.index + 1, false);
            }
            survived[log.index] = !is_undone;
        }
    }
    let mut next = before;
    let number = |survived: bool| {
        survived.then(|| {
            next += 1;
            next - 1
        })
    };
    survived.into_iter().map(number).collect()
}

/// A transaction that ended before its first call had a frame.
fn without_frames(traced: &Traced<'_>) -> RecordedCall {
    let Traced {
        transaction: tx,
        result,
        ..
    } = traced;
    let (kind, to) = match tx.kind {
        TxKind::Call(to) => (CallKind::Call, Some(to)),
        TxKind::Create => (CallKind::Create, None),
    };
    let mut call = RecordedCall::new(kind, tx.caller, to, tx.value, 0, tx.data.clone());
    call.end.result = match result {
        ExecutionResult::Success { .. } => InstructionResult::Stop,
        ExecutionResult::Revert { .. } => InstructionResult::Revert,
        ExecutionResult::Halt { .. } => InstructionResult::OutOfGas,
    };
    call
}

const fn name(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Call => "CALL",
        CallKind::CallCode => "CALLCODE",
        CallKind::DelegateCall => "DELEGATECALL",
        CallKind::StaticCall => "STATICCALL",
        CallKind::Create => "CREATE",
        CallKind::Create2 => "CREATE2",
        CallKind::SelfDestruct => "SELFDESTRUCT",
    }
}

/// Writes a call but for those within it and the closing brace.
fn write_call(out: &mut String, call: &RecordedCall, log_numbers: &[Option<usize>]) {
    let error = fault::of_call(&call.end);
    let is_revert = call.end.result == InstructionResult::Revert;
    let mut object = Object::begin(out);
    object.text("type", &name(call.kind));
    object.text("from", &format_args!("{:#x}", call.from));
    if let Some(to) = call.to
        && !(call.is_creation() && error.is_some())
    {
        object.text("to", &format_args!("{to:#x}"));
    }
    if call.kind != CallKind::StaticCall {
        object.text("value", &format_args!("{:#x}", call.value));
    }
    object.quantity("gas", call.gas);
    object.quantity("gasUsed", call.gas_used);
    object.text("input", &call.input);
    if !call.output.is_empty() && (error.is_none() || is_revert) {
        object.text("output", &call.output);
    }
    if let Some(error) = &error {
        object.escaped("error", error);
        if is_revert && let Some(reason) = revert_reason(&call.output) {
            object.escaped("revertReason", &reason);
        }
    }
    let numbered = call.logs.iter().filter_map(|log| {
        let number = log_numbers.get(log.index).copied().flatten()?;
        Some((log, number))
    });
    let mut numbered = numbered.peekable();
    if numbered.peek().is_none() {
        return;
    }
    let mut logs = json::Array::begin(object.key("logs"));
    for (log, number) in numbered {
        let mut entry = Object::begin(logs.item());
        entry.text("address", &format_args!("{:#x}", log.log.address));
        json::list(entry.key("topics"), log.log.topics().iter());
        entry.text("data", &log.log.data.data);
        entry.quantity("index", number as u64);
        entry.quantity("position", log.position as u64);
        entry.end();
    }
    logs.end();
}

/// Writes how often which function was called with how much data behind its selector.
pub(super) fn write_selectors(out: &mut String, recording: &Recording) {
    let mut counts = BTreeMap::new();
    for call in &recording.calls {
        let is_call = !call.is_creation() && call.kind != CallKind::SelfDestruct;
        if let Some((selector, data)) = call.input.split_first_chunk::<4>()
            && is_call
            && !call.precompile
        {
            let key = (u32::from_be_bytes(*selector), data.len());
            *counts.entry(key).or_insert(0_u64) += 1;
        }
    }
    let mut object = Object::begin(out);
    for ((selector, length), count) in counts {
        object.plain(&format!("0x{selector:08x}-{length}"), &count);
    }
    object.end();
}
