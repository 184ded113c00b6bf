//! What the transactions of a bundle did beside what came of them: their calls, and what they changed.
//!
//! It is recorded in the one execution there is, and told as text of JSON: of such objects there are
//! thousands, and as a text they reach JavaScript in a fraction of the time (see `json`).

use crate::{
    bundle_result::TransactionResult,
    json::{self, Array, Object},
    remote::lower,
    trace::{CallOptions, Traced, Tracer},
};
use alloy_primitives::{Address, B256, U256};
use forerun_executor::{
    AccountFacts, Block, BlockOutcome, Record, Recording, SlotValues, Sorted, Touched,
    TransactionOutcome, revm::state::Bytecode,
};
use std::fmt::Display;

/// How many bytes the calls of one transaction may take up, and those of a bundle together, roughly.
const MOST_BYTES: usize = 16 << 20;
const MOST_BYTES_OF_ALL: usize = 256 << 20;

/// What is to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The calls of each transaction.
    pub(crate) calls: bool,
    /// What each transaction changed, and all of them together.
    pub(crate) state_changes: bool,
}

impl Wanted {
    /// What has to be recorded of a bundle of so many transactions for it.
    pub(crate) fn record(self, transactions: usize) -> Record {
        Record {
            calls: self.calls,
            touched: self.state_changes,
            most_bytes: MOST_BYTES.min(MOST_BYTES_OF_ALL / transactions.max(1)),
            ..Record::NOTHING
        }
    }

    /// What was recorded of a bundle none of whose transactions was rejected.
    pub(crate) fn told(self, block: &Block, outcome: &BlockOutcome) -> Told {
        let mut told = Told::default();
        let mut logs_before = 0;
        let ran = block.transactions.iter().zip(&outcome.transactions);
        for ((transaction, outcome), recording) in ran.zip(&outcome.recordings) {
            let (TransactionOutcome::Executed(result), Some(recording)) = (outcome, recording)
            else {
                continue;
            };
            let mut one = OfOne::default();
            if self.calls {
                let traced = Traced {
                    recording,
                    transaction,
                    result,
                    coinbase: block.env.beneficiary,
                    logs_before,
                };
                one.calls = Some(CALLS.write(&traced).ok());
            }
            if self.state_changes {
                one.state_changes = Some(changes_of(&recording.touched));
            }
            logs_before += result.logs().len();
            told.transactions.push(one);
        }
        if self.state_changes {
            told.state_changes = Some(changes_of(&net(&outcome.recordings)));
        }
        told
    }
}

const CALLS: Tracer = Tracer::Calls(CallOptions {
    only_top_call: false,
    with_log: true,
});

/// What a bundle did, in words.
#[derive(Debug, Default)]
pub(crate) struct Told {
    transactions: Vec<OfOne>,
    pub(crate) state_changes: Option<String>,
}

/// What one transaction did.
#[derive(Debug, Default)]
struct OfOne {
    /// `None` within where there was more than there is room for.
    calls: Option<Option<String>>,
    state_changes: Option<String>,
}

impl Told {
    /// Puts it where it belongs.
    pub(crate) fn into_results(self, results: &mut [TransactionResult]) {
        for (result, one) in results.iter_mut().zip(self.transactions) {
            result.calls = one.calls;
            result.state_changes = one.state_changes;
        }
    }
}

/// What transactions changed together, one after the other.
fn net(recordings: &[Option<Box<Recording>>]) -> Sorted<Address, Touched> {
    let recordings = recordings.iter().flatten().enumerate();
    let mut all: Vec<_> = recordings
        .flat_map(|(index, recording)| {
            let touched = recording.touched.iter();
            touched.map(move |(address, touched)| (*address, index, touched))
        })
        .collect();
    all.sort_unstable_by_key(|(address, index, _)| (*address, *index));
    let of_each = all.chunk_by(|(one, ..), (other, ..)| one == other);
    of_each
        .map(|of_one| (of_one[0].0, net_of(of_one)))
        .collect()
}

/// What became of one account, out of what each transaction did to it, in their order.
fn net_of(touched: &[(Address, usize, &Touched)]) -> Touched {
    let mut slots: Vec<(U256, usize, SlotValues)> = Vec::new();
    for (_, index, touched) in touched {
        slots.extend(
            touched
                .slots
                .iter()
                .map(|(slot, values)| (*slot, *index, *values)),
        );
        // With an account goes all of its storage, whether its last transaction looked at it or not.
        if !touched.after.exists {
            slots
                .iter_mut()
                .for_each(|(.., values)| values.after = U256::ZERO);
        }
    }
    slots.sort_unstable_by_key(|(slot, index, _)| (*slot, *index));
    let of_each = slots.chunk_by(|(one, ..), (other, ..)| one == other);
    let slots = of_each.map(|of_one| {
        let [(slot, _, first), .., (_, _, last)] = of_one else {
            return (of_one[0].0, of_one[0].2);
        };
        let (before, after) = (first.before, last.after);
        (*slot, SlotValues { before, after })
    });
    let last = touched.len() - 1;
    Touched {
        before: touched[0].2.before.clone(),
        after: touched[last].2.after.clone(),
        slots: slots.collect(),
    }
}

/// Accounts that are not as they were: `[{ address, balance?, nonce?, code?, storage? }]`, each with
/// what was there before and after.
fn changes_of(touched: &Sorted<Address, Touched>) -> String {
    let mut out = String::new();
    let mut list = Array::begin(&mut out);
    for (address, account) in touched {
        if has_changed(account) {
            write_account(list.item(), *address, account);
        }
    }
    list.end();
    out
}

fn has_changed(account: &Touched) -> bool {
    let known = |facts: &AccountFacts| (facts.balance, facts.nonce, facts.code_hash);
    known(&account.before) != known(&account.after)
        || account
            .slots
            .iter()
            .any(|(_, slot)| slot.before != slot.after)
}

fn write_account(out: &mut String, address: Address, account: &Touched) {
    let Touched {
        before,
        after,
        slots,
    } = account;
    let mut object = Object::begin(out);
    object.text("address", &lower(&address));
    if before.balance != after.balance {
        let hex = |balance: U256| format!("{balance:#x}");
        write_pair(
            object.key("balance"),
            &hex(before.balance),
            &hex(after.balance),
        );
    }
    if before.nonce != after.nonce {
        let hex = |nonce: u64| format!("{nonce:#x}");
        write_pair(object.key("nonce"), &hex(before.nonce), &hex(after.nonce));
    }
    if before.code_hash != after.code_hash {
        let bytes = |code: &Option<Bytecode>| {
            let code = code.as_ref().map(Bytecode::original_bytes);
            code.unwrap_or_default()
        };
        write_pair(
            object.key("code"),
            &bytes(&before.code),
            &bytes(&after.code),
        );
    }
    let changed = slots.iter().filter(|(_, slot)| slot.before != slot.after);
    let mut changed = changed.peekable();
    if changed.peek().is_some() {
        json::items(object.key("storage"), changed, |out, (slot, values)| {
            let mut entry = Object::begin(out);
            entry.text("slot", &B256::from(*slot));
            entry.text("before", &B256::from(values.before));
            entry.text("after", &B256::from(values.after));
            entry.end();
        });
    }
    object.end();
}

fn write_pair(out: &mut String, before: &dyn Display, after: &dyn Display) {
    let mut pair = Object::begin(out);
    pair.text("before", before);
    pair.text("after", after);
    pair.end();
}
