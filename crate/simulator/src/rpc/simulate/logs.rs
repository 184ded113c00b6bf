//! The logs of a call as geth numbers them, and transfers of ether among them.
//!
//! Logs are numbered in the order in which they are emitted, from the block's first one on. Those that
//! a revert takes back have had their numbers all the same. A transfer counts as a log if it is asked
//! for: one of ether that a call, a creation or a self-destruction moves.

use alloy_primitives::{Address, B256, Log, U256, address, b256};
use forerun_executor::{CallKind, RecordedCall, Recording, revm::context::result::ExecutionResult};

/// Whose logs transfers are.
const ETHER: Address = address!("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
/// The topic of ERC-20's `Transfer(address,address,uint256)`.
const TRANSFER: B256 = b256!("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// A log, and its number in the block.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) index: usize,
    pub(super) log: Log,
}

/// The logs of a block so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter(usize);

impl Counter {
    const fn number(&mut self, log: Log) -> Numbered {
        let index = self.0;
        self.0 += 1;
        Numbered { index, log }
    }

    /// The logs that a call left, where nothing is known of others.
    pub(super) fn left(&mut self, result: &ExecutionResult) -> Vec<Numbered> {
        let logs = match result {
            ExecutionResult::Success { logs, .. } => logs.as_slice(),
            _ => &[],
        };
        logs.iter().map(|log| self.number(log.clone())).collect()
    }

    /// The logs that a call left, out of all that it emitted.
    pub(super) fn recorded(&mut self, recording: &Recording, transfers: bool) -> Vec<Numbered> {
        let mut logs = Vec::new();
        let mut open: Vec<Open<'_>> = Vec::new();
        for call in &recording.calls {
            while open.len() > call.depth {
                self.end(&mut open, &mut logs);
            }
            if let Some(caller) = open.last_mut() {
                caller.emit(self, &mut logs);
                caller.children += 1;
            }
            open.push(Open {
                call,
                children: 0,
                emitted: 0,
                before: logs.len(),
            });
            if transfers && moves_ether(call) {
                logs.push(self.number(transfer(call)));
            }
        }
        while !open.is_empty() {
            self.end(&mut open, &mut logs);
        }
        logs
    }

    /// Ends the innermost call. If it failed, its logs and those of calls in it are gone.
    fn end(&mut self, open: &mut Vec<Open<'_>>, logs: &mut Vec<Numbered>) {
        let Some(mut ended) = open.pop() else {
            return;
        };
        ended.children = usize::MAX;
        ended.emit(self, logs);
        let end = &ended.call.end;
        if !end.result.is_ok() || end.code_refused {
            logs.truncate(ended.before);
        }
    }
}

/// A call that has not ended.
struct Open<'a> {
    call: &'a RecordedCall,
    /// Calls that it has made.
    children: usize,
    /// Logs that it has emitted.
    emitted: usize,
    /// Logs there were before it.
    before: usize,
}

impl Open<'_> {
    /// Emits what comes before its next call.
    fn emit(&mut self, counter: &mut Counter, logs: &mut Vec<Numbered>) {
        while let Some(recorded) = self.call.logs.get(self.emitted)
            && recorded.position <= self.children
        {
            logs.push(counter.number(recorded.log.clone()));
            self.emitted += 1;
        }
    }
}

fn moves_ether(call: &RecordedCall) -> bool {
    let moves = matches!(
        call.kind,
        CallKind::Call | CallKind::Create | CallKind::Create2 | CallKind::SelfDestruct
    );
    moves && !call.value.is_zero()
}

fn transfer(call: &RecordedCall) -> Log {
    let [from, to] = [call.from, call.to.unwrap_or_default()].map(|address| address.into_word());
    let value: U256 = call.value;
    let data = value.to_be_bytes::<32>();
    Log::new_unchecked(ETHER, vec![TRANSFER, from, to], data.into())
}
