//! Access lists ([EIP-2930](https://eips.ethereum.org/EIPS/eip-2930)) out of what runs read.
//!
//! A list changes what a transaction costs and may change what it does, so a transaction is run again
//! with what it read in its list, until there is nothing to add.

use crate::{
    Error, json,
    noting::Noting,
    places::{self, Place},
    remote::{Keys, lower},
};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, TxKind, U256};
use forerun_executor::{
    Block, Guesses, Sorted, StateChanges, StateError, Touched, is_precompile,
    revm::{context::TxEnv, primitives::hardfork::SpecId, state::Bytecode},
};
use std::collections::{BTreeMap, BTreeSet};

/// How often a transaction is run at most. One that never comes to rest, because it looks at the gas it
/// has left, gets the list of its last run.
pub(crate) const MOST_RUNS: usize = 16;

/// The list of a transaction of a bundle, at its place; `None` before Berlin.
pub(crate) fn of(place: &Place<'_>) -> Result<Option<AccessList>, Error> {
    let block = place.block();
    if !block.fork.is_enabled_in(SpecId::BERLIN) {
        return Ok(None);
    }
    let mut tx = place.tx.clone();
    tx.tx_type = tx.tx_type.max(1);
    let mut warm = warm_from_start(&tx, block.chain_id);
    place.on_state(|state| {
        for _ in 0..MOST_RUNS {
            let noting = Noting::over(state);
            let changes = places::run(block, tx.clone(), &noting)?.changes;
            let read = noting.into_seen();
            warm.extend(unnamed(&read, &changes, state, block.env.beneficiary)?);
            let next = extended(&tx.access_list, &read, &warm, block.fork);
            if next == tx.access_list {
                break;
            }
            tx.access_list = next;
        }
        Ok(Some(tx.access_list))
    })
}

/// The list of a transaction that was recorded, without another run: what it touched. That is what the
/// runs of `of` come to, unless its code looks at the gas it has left. `None` before Berlin.
pub(crate) fn of_touched(
    touched: &Sorted<Address, Touched>,
    tx: &TxEnv,
    block: &Block,
) -> Option<AccessList> {
    if !block.fork.is_enabled_in(SpecId::BERLIN) {
        return None;
    }
    let mut warm = warm_from_start(tx, block.chain_id);
    warm.push(block.env.beneficiary);
    let mut read = Keys::default();
    for (
        address,
        Touched {
            before,
            after,
            slots,
        },
    ) in touched
    {
        read.accounts.insert(*address);
        slots
            .iter()
            .for_each(|(slot, _)| read.add_slot(*address, *slot));
        let codes = [before, after]
            .into_iter()
            .filter_map(|facts| facts.code.as_ref());
        warm.extend(codes.filter_map(Bytecode::eip7702_address));
        if before.nonce == 0 && after.nonce > 0 {
            warm.push(*address);
        }
    }
    Some(extended(&tx.access_list, &read, &warm, block.fork))
}

/// Whoever is warm from the start, but for precompiles: sender, recipient or new contract, and who
/// signed an authorization.
pub(crate) fn warm_from_start(tx: &TxEnv, chain_id: u64) -> Vec<Address> {
    let to = match tx.kind {
        TxKind::Call(to) => to,
        TxKind::Create => tx.caller.create(tx.nonce),
    };
    let mut warm = vec![tx.caller, to];
    for recovered in tx
        .authorization_list
        .iter()
        .filter_map(|it| it.as_ref().right())
    {
        let is_ours = recovered.chain_id.is_zero() || recovered.chain_id == U256::from(chain_id);
        if is_ours && recovered.nonce < u64::MAX {
            warm.extend(recovered.authority());
        }
    }
    warm
}

/// Those that were read without the code's naming them: the coinbase, to whom accounts delegate, and
/// contracts that are made. They are warm when it is their turn.
pub(crate) fn unnamed(
    read: &Keys,
    changes: &StateChanges,
    state: &dyn Guesses,
    coinbase: Address,
) -> Result<Vec<Address>, StateError> {
    let mut unnamed = vec![coinbase];
    for address in &read.accounts {
        let before = state.account(*address)?.unwrap_or_default();
        let change = changes.accounts.get(address);
        let after = change.and_then(|change| change.info.as_ref());
        let codes = [Some(&before), after].into_iter().flatten();
        for hash in codes.map(|info| info.code_hash) {
            let code = match (changes.codes.get(&hash), &before.code) {
                (Some(code), _) => code.clone(),
                (None, Some(code)) if before.code_hash == hash => code.clone(),
                _ => state.code(hash)?,
            };
            unnamed.extend(code.eip7702_address());
        }
        // Beside senders and authorities, only who is created comes by a nonce.
        if before.nonce == 0 && after.is_some_and(|info| info.nonce > 0) {
            unnamed.push(*address);
        }
    }
    Ok(unnamed)
}

/// A list with what a run read added, in the order of addresses and slots. Addresses that are warm
/// anyway are listed only for the sake of their slots.
pub(crate) fn extended(
    list: &AccessList,
    read: &Keys,
    warm: &[Address],
    fork: SpecId,
) -> AccessList {
    let mut all = BTreeMap::<Address, BTreeSet<B256>>::new();
    let mut add = |address: Address| {
        if !warm.contains(&address) && !is_precompile(fork, address) {
            all.entry(address).or_default();
        }
    };
    list.0.iter().for_each(|item| add(item.address));
    read.accounts.iter().for_each(|address| add(*address));
    for item in &list.0 {
        if !item.storage_keys.is_empty() {
            let slots = all.entry(item.address).or_default();
            slots.extend(item.storage_keys.iter().copied());
        }
    }
    for (address, slots) in &read.storage {
        all.entry(*address)
            .or_default()
            .extend(slots.iter().copied());
    }
    let items = all.into_iter().map(|(address, slots)| AccessListItem {
        address,
        storage_keys: slots.into_iter().collect(),
    });
    AccessList(items.collect())
}

/// Writes `[{ address, storageKeys }]`.
pub(crate) fn write(out: &mut String, list: &AccessList) {
    out.push('[');
    for (index, item) in list.0.iter().enumerate() {
        json::separate(out, index);
        out.push_str("{\"address\":");
        json::text(out, &lower(&item.address));
        out.push_str(",\"storageKeys\":");
        json::list(out, item.storage_keys.iter());
        out.push('}');
    }
    out.push(']');
}
