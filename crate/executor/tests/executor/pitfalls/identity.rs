//! Addresses and slots that differ little, or in a way that a hash may not see, are different ones.

use crate::{
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract},
};
use forerun_executor::revm::{
    primitives::{Address, B256, U256, hardfork::SpecId},
    state::AccountInfo,
};
use std::collections::BTreeSet;

/// Variants of some bytes: one bit in one byte, words of eight bytes in another order, words that
/// are equal by sum or by exclusive or.
fn variants<const N: usize>(bytes: [u8; N]) -> Vec<[u8; N]> {
    let mut all = BTreeSet::from([bytes]);
    for place in 0..N {
        let mut one = bytes;
        one[place] ^= 0x80;
        all.insert(one);
        // Two bytes eight apart: what folds words together does not see this.
        if place + 8 < N {
            one[place + 8] ^= 0x80;
            all.insert(one);
            let mut swapped = bytes;
            swapped.swap(place, place + 8);
            all.insert(swapped);
        }
    }
    for by in [4, 8, 12, 16] {
        let mut turned = bytes;
        turned.rotate_left(by.min(N));
        all.insert(turned);
    }
    all.into_iter().collect()
}

/// Bytes that are all different.
fn pattern<const N: usize>() -> [u8; N] {
    std::array::from_fn(|place| 0x11 + 3 * place as u8)
}

#[test]
fn p19_addresses_that_look_alike_are_different_accounts() {
    let addresses: Vec<_> = variants::<20>(pattern())
        .into_iter()
        .map(Address::from)
        .collect();
    assert!(addresses.len() > 40);
    let mut world = World::new();
    for (index, address) in addresses.iter().enumerate() {
        if index % 2 == 0 {
            install(&mut world, *address, contracts::counter());
        }
    }
    // Each gets an amount of its own; contracts count in a slot of their own as well.
    let transactions = addresses.iter().enumerate().map(|(index, address)| {
        let mut tx = call(index % 5, 0, *address, U256::from(index), U256::ZERO);
        tx.value = U256::from(1 << (index % 30)) + U256::from(index);
        tx
    });
    let block = block(SpecId::OSAKA, in_order(transactions.collect()));
    let outcome = judge_all_ways(&block, &world);
    for (index, address) in addresses.iter().enumerate() {
        let expected = block.transactions[index].value;
        let balance = balance_after(&outcome, &world, *address);
        assert_eq!(balance, expected, "{address}");
        let storage = &outcome.changes.accounts[address].storage;
        let count = storage.clone().into_iter().collect::<Vec<_>>();
        let expected = (index % 2 == 0).then_some((U256::from(index), U256::ONE));
        assert_eq!(count, expected.into_iter().collect::<Vec<_>>(), "{address}");
    }
}

#[test]
fn p19_slots_that_look_alike_are_different_slots() {
    let mut slots: BTreeSet<U256> = variants::<32>(pattern())
        .into_iter()
        .map(|bytes| B256::from(bytes).into())
        .collect();
    // The same small number in each place, and what only the highest bits tell apart.
    slots.extend((0..32).map(|place| U256::from(7) << (8 * place)));
    slots.extend([U256::ZERO, U256::MAX, U256::MAX >> 1, U256::ONE << 255]);
    let slots: Vec<_> = slots.into_iter().collect();
    for counter in [contract(COUNTER), contract(MORTAL)] {
        let transactions = slots.iter().enumerate().map(|(index, slot)| {
            let from = index % 5;
            call(from, 0, counter, *slot, U256::ONE)
        });
        // Every other slot is counted twice.
        let again = slots.iter().step_by(2).enumerate();
        let again = again.map(|(index, slot)| call(index % 5, 0, counter, *slot, U256::ONE));
        let transactions = in_order(transactions.chain(again).collect());
        let outcome = judge_all_ways(&block(SpecId::OSAKA, transactions), &World::new());
        for (index, slot) in slots.iter().enumerate() {
            let before = if slot.is_zero() { 3 } else { 0 };
            let expected = U256::from(before + 2 - index % 2);
            assert_eq!(
                stored(&outcome, counter, *slot),
                Some(expected),
                "{slot:#x}"
            );
        }
    }
}

#[test]
fn p19_same_slot_of_accounts_that_look_alike_and_slot_named_like_its_account() {
    let addresses: Vec<_> = variants::<20>(pattern())
        .into_iter()
        .map(Address::from)
        .collect();
    let mut world = World::new();
    for address in &addresses {
        install(&mut world, *address, contracts::counter());
    }
    world.accounts.insert(STRANGER, AccountInfo::default());
    // Each contract counts in the slot that is its own address and in that of its neighbour, so
    // that the pairs of address and slot are made of the same words.
    let mut transactions = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let neighbour = addresses[(index + 1) % addresses.len()];
        for slot in [word(*address), word(neighbour), word(*address)] {
            let from = transactions.len() % 5;
            transactions.push(call(from, 0, *address, slot, U256::ZERO));
        }
    }
    let outcome = judge_all_ways(&block(SpecId::PRAGUE, in_order(transactions)), &world);
    for (index, address) in addresses.iter().enumerate() {
        let neighbour = addresses[(index + 1) % addresses.len()];
        let own = stored(&outcome, *address, word(*address));
        assert_eq!(own, Some(U256::from(2)), "{address}");
        let other = stored(&outcome, *address, word(neighbour));
        assert_eq!(other, Some(U256::ONE), "{address}");
    }
}
