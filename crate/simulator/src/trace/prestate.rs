//! The state that a transaction touched.

use super::{PrestateOptions, Traced};
use crate::json::Object;
use alloy_primitives::{Address, B256, U256};
use forerun_executor::{
    AccountFacts, Recording, SlotValues, Touched,
    revm::{
        context::transaction::AuthorizationTr, context_interface::Transaction, state::Bytecode,
    },
};

/// Writes what was there before the transaction, or what it changed.
pub(super) fn write(out: &mut String, traced: &Traced<'_>, options: PrestateOptions) {
    let touched = &traced.recording.touched;
    if options.diff_mode {
        let mut object = Object::begin(out);
        for (name, side) in [("post", write_after as Write), ("pre", write_before)] {
            let mut state = Object::begin(object.key(name));
            for (address, account) in touched {
                side(&mut state, &format!("{address:#x}"), account, options);
            }
            state.end();
        }
        object.end();
        return;
    }
    let mut state = Object::begin(out);
    let unseen = code_of_new_delegation(traced);
    for (address, account) in touched {
        if Some(*address) == unseen {
            continue;
        }
        if options.include_empty || !is_empty(&account.before) {
            let mut object = Object::begin(state.key(&format!("{address:#x}")));
            write_facts(&mut object, &account.before, options);
            let slots = account.slots.iter();
            let slots = slots.map(|(slot, values)| (*slot, values.before));
            write_slots(&mut object, slots, options);
            object.end();
        }
    }
    state.end();
}

/// Whose code the outermost call ran because the transaction itself delegated the called account to it.
/// go-ethereum looks at delegations before they are made, and later where there are calls, so it does not
/// see this one unless there is another reason.
fn code_of_new_delegation(traced: &Traced<'_>) -> Option<Address> {
    let Recording { touched, calls, .. } = traced.recording;
    let called = traced.transaction.kind.to()?;
    let account = touched.get(called)?;
    let delegate = |facts: &AccountFacts| facts.code.as_ref().and_then(Bytecode::eip7702_address);
    let to = delegate(&account.after)?;
    if delegate(&account.before) == Some(to) {
        return None;
    }
    let is_called = calls.iter().skip(1).any(|call| {
        let callee = call.to.and_then(|callee| touched.get(&callee));
        call.to == Some(to) || callee.and_then(|callee| delegate(&callee.after)) == Some(to)
    });
    let tx = traced.transaction;
    let mut named = [tx.caller, *called, traced.coinbase].into_iter();
    let is_named = named.any(|address| address == to)
        || tx
            .authorization_list()
            .any(|one| one.authority() == Some(to));
    let has_slots = touched
        .get(&to)
        .is_some_and(|touched| !touched.slots.is_empty());
    (!is_called && !is_named && !has_slots).then_some(to)
}

type Write = fn(&mut Object<'_>, &str, &Touched, PrestateOptions);

/// An account that had something and changed: what it had, and the slots that changed. One that is gone
/// had all that was looked at.
fn write_before(
    state: &mut Object<'_>,
    address: &str,
    account: &Touched,
    options: PrestateOptions,
) {
    let is_gone = account.before.exists && !account.after.exists;
    if is_empty(&account.before) || !(is_gone || has_changed(account, options)) {
        return;
    }
    let mut object = Object::begin(state.key(address));
    write_facts(&mut object, &account.before, options);
    let counts = |values: &SlotValues| is_gone || (is_changed(values) && !values.before.is_zero());
    let slots = account.slots.iter().filter(|(_, values)| counts(values));
    let slots = slots.map(|(slot, values)| (*slot, values.before));
    write_slots(&mut object, slots, options);
    object.end();
}

/// An account that is there and changed: what is different, and the slots that changed.
fn write_after(state: &mut Object<'_>, address: &str, account: &Touched, options: PrestateOptions) {
    let Touched {
        before,
        after,
        slots,
    } = account;
    if !after.exists || !has_changed(account, options) {
        return;
    }
    let mut object = Object::begin(state.key(address));
    if after.balance != before.balance {
        object.text("balance", &format_args!("{:#x}", after.balance));
    }
    if after.code_hash != before.code_hash {
        if !options.disable_code {
            match &after.code {
                Some(code) => object.text("code", &code.original_bytes()),
                None => object.text("code", &"0x"),
            }
        }
        object.text("codeHash", &after.code_hash);
    }
    if after.nonce != before.nonce {
        object.plain("nonce", &after.nonce);
    }
    let counts = |values: &SlotValues| is_changed(values) && !values.after.is_zero();
    let slots = slots.iter().filter(|(_, values)| counts(values));
    let slots = slots.map(|(slot, values)| (*slot, values.after));
    write_slots(&mut object, slots, options);
    object.end();
}

fn write_facts(object: &mut Object<'_>, facts: &AccountFacts, options: PrestateOptions) {
    object.text("balance", &format_args!("{:#x}", facts.balance));
    if let Some(code) = &facts.code {
        if !options.disable_code {
            object.text("code", &code.original_bytes());
        }
        object.text("codeHash", &facts.code_hash);
    }
    if facts.nonce != 0 {
        object.plain("nonce", &facts.nonce);
    }
}

fn write_slots(
    object: &mut Object<'_>,
    slots: impl Iterator<Item = (U256, U256)>,
    options: PrestateOptions,
) {
    if options.disable_storage {
        return;
    }
    let mut slots = slots.peekable();
    if slots.peek().is_none() {
        return;
    }
    let mut storage = Object::begin(object.key("storage"));
    for (slot, value) in slots {
        storage.text(&B256::from(slot).to_string(), &B256::from(value));
    }
    storage.end();
}

fn has_changed(account: &Touched, options: PrestateOptions) -> bool {
    let Touched {
        before,
        after,
        slots,
    } = account;
    before.balance != after.balance
        || before.nonce != after.nonce
        || before.code_hash != after.code_hash
        || (!options.disable_storage && slots.iter().any(|(_, slot)| is_changed(slot)))
}

fn is_changed(values: &SlotValues) -> bool {
    values.before != values.after
}

/// Whether there was nothing worth telling.
fn is_empty(facts: &AccountFacts) -> bool {
    facts.balance.is_zero() && facts.nonce == 0 && facts.code_hash.is_zero()
}
