//! Addresses at which a contract is destroyed and another one, or the same, is made.

use super::changeling::*;
use crate::{
    assembly::installer,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::{
    BlockOutcome,
    revm::{
        context::TxEnv,
        primitives::{Address, B256, U256, hardfork::SpecId, keccak256},
    },
};

fn code_hash(outcome: &BlockOutcome, world: &World, address: Address) -> Option<B256> {
    account_after(outcome, world, address).map(|info| info.code_hash)
}

#[test]
fn p05_read_after_selfdestruct_and_recreate_with_other_code() {
    for fork in CREATE2_ERAS {
        let world = world_with_changeling(fork);
        let transactions = in_order(vec![
            add(0, changeling(), 1, 1),
            destroy(1, changeling()),
            add(2, changeling(), 1, 1),
            ask(3, 0, PROBE, word(changeling())),
            ask(4, 0, CHOICE, word(TEMPLATES[1])),
            make(0),
            add(1, changeling(), 1, 1),
            ask(2, 0, PROBE, word(changeling())),
            add(3, changeling(), 0, 1),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let number = |n: u64| U256::from(n);
        assert_eq!(returned(&outcome, 0), [number(9), number(1)], "{fork:?}");
        if spares_the_old(fork) {
            assert_eq!(returned(&outcome, 2), [number(10), number(1)], "{fork:?}");
            assert_eq!(returned(&outcome, 5), [U256::ZERO], "{fork:?}: it is there");
            assert_eq!(returned(&outcome, 6), [number(11), number(1)], "{fork:?}");
            assert_eq!(returned(&outcome, 8), [number(5), number(1)], "{fork:?}");
        } else {
            assert!(returned(&outcome, 2).is_empty(), "{fork:?}: no code");
            let nothing = [U256::ZERO, U256::ZERO, U256::ZERO];
            assert_eq!(returned(&outcome, 3), nothing, "{fork:?}");
            assert_eq!(returned(&outcome, 5), [word(changeling())], "{fork:?}");
            let empty_slot = [U256::ZERO, number(2)];
            assert_eq!(returned(&outcome, 6), empty_slot, "{fork:?}: made anew");
            let code = template(2);
            let hash: U256 = keccak256(&code).into();
            let probed = [U256::ZERO, number(code.len() as u64), hash];
            assert_eq!(returned(&outcome, 7), probed, "{fork:?}");
            assert_eq!(returned(&outcome, 8), [number(5), number(2)], "{fork:?}");
            let change = &outcome.changes.accounts[&changeling()];
            assert!(change.storage_cleared, "{fork:?}");
        }
    }
}

/// All orders of: use, destroy, choose and make anew, look. Which code stands there in the end
/// follows from whether it was destroyed before it was made; the rest is the judge's matter.
#[test]
fn p05_use_destroy_make_and_look_in_every_order() {
    let steps = [
        vec![add(0, changeling(), 1, 3)],
        vec![destroy(1, changeling())],
        vec![ask(2, 0, CHOICE, word(TEMPLATES[1])), make(2)],
        vec![ask(3, 0, PROBE, word(changeling()))],
    ];
    for order in 0..24usize {
        let mut left: Vec<_> = (0..4).collect();
        let mut transactions = Vec::new();
        for (place, choices) in [(6, 4), (2, 3), (1, 2), (1, 1)] {
            let chosen = left.remove(order / place % choices);
            transactions.extend(steps[chosen].clone());
        }
        assert_eq!(transactions.len(), 5);
        for fork in [SpecId::PETERSBURG, SpecId::OSAKA] {
            let block = block(fork, in_order(transactions.clone()));
            let outcome = judge_all_ways(&block, &world_with_changeling(fork));
            let hash = code_hash(&outcome, &world_with_changeling(fork), changeling());
            let at = |target: TxEnv| {
                let mut places = block.transactions.iter();
                places.position(|tx| (tx.kind, &tx.data) == (target.kind, &target.data))
            };
            let destroyed_first = at(destroy(1, changeling())) < at(make(2));
            if spares_the_old(fork) {
                assert_eq!(hash, Some(keccak256(template(1))), "{order}");
            } else if !destroyed_first {
                assert_eq!(hash, None, "{order}: destroyed last");
            } else {
                assert_eq!(hash, Some(keccak256(template(2))), "{order}: made anew");
            }
        }
    }
}

/// The address under which the world's factory makes its contract for salt 0.
fn made() -> Address {
    contract(FACTORY).create2(B256::ZERO, keccak256(contracts::mortal_initcode()))
}

#[test]
fn p05_contract_is_made_used_destroyed_and_made_again() {
    let make = |from| call(from, 0, contract(FACTORY), U256::from(9), U256::ZERO);
    let count = |from| call(from, 0, made(), U256::ZERO, U256::from(1));
    let transactions = in_order(vec![
        make(0),
        count(1),
        call(2, 0, contract(HASH_OBSERVER), word(made()), U256::ZERO),
        call(3, 0, made(), word(STRANGER), U256::ZERO),
        call(4, 0, contract(SIZE_OBSERVER), word(made()), U256::ZERO),
        make(0),
        count(1),
        count(2),
    ]);
    for fork in CREATE2_ERAS {
        let outcome = judge_all_ways(&block(fork, transactions.clone()), &World::new());
        let size = stored(&outcome, contract(SIZE_OBSERVER), word(made()));
        let count = stored(&outcome, made(), U256::ZERO);
        if spares_the_old(fork) {
            // It is not destroyed, making it again fails, and all three counts add up.
            assert_eq!(count, Some(U256::from(8)), "{fork:?}");
            let expected = U256::from(contracts::mortal().len());
            assert_eq!(size, Some(expected), "{fork:?}");
        } else {
            // The second contract starts from the 5 of its initcode and counts to 7.
            assert_eq!(count, Some(U256::from(7)), "{fork:?}");
            assert_eq!(size, None, "{fork:?}: it was gone");
        }
        let hash: U256 = keccak256(contracts::mortal()).into();
        let seen = stored(&outcome, contract(HASH_OBSERVER), word(made()));
        assert_eq!(seen, Some(hash), "{fork:?}");
    }
}

#[test]
fn p05_slots_from_before_the_destruction_read_as_zero_after_it() {
    for fork in CREATE2_ERAS
        .into_iter()
        .filter(|fork| !spares_the_old(*fork))
    {
        let mut world = World::new();
        install(&mut world, made(), contracts::mortal());
        let slot = U256::from(77);
        world.storage.insert((made(), slot), U256::from(1000));
        let transactions = vec![
            call(0, 0, made(), slot, U256::from(1)),
            call(1, 0, made(), word(STRANGER), U256::ZERO),
            call(2, 0, contract(FACTORY), U256::from(9), U256::ZERO),
            call(3, 0, made(), slot, U256::from(1)),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let change = &outcome.changes.accounts[&made()];
        assert!(change.storage_cleared, "{fork:?}");
        assert_eq!(change.storage.get(&slot), Some(&U256::from(1)), "{fork:?}");
    }
    // A deployment at an address of its own sees none of that.
    let transactions = vec![
        deploy(0, 0, installer(&template(1))),
        add(1, sender(0).create(0), 77, 1),
    ];
    let outcome = judge_all_ways(&block(SpecId::OSAKA, transactions), &World::new());
    assert_eq!(returned(&outcome, 1)[0], U256::ZERO);
}

#[test]
fn p06_recreated_contract_that_stores_the_same_value_wrote_it() {
    for fork in CREATE2_ERAS {
        let world = world_with_changeling(fork);
        let transactions = in_order(vec![
            add(0, changeling(), 0, 0),
            destroy(1, changeling()),
            make(2),
            add(3, changeling(), 0, 0),
            add(4, changeling(), 1, 0),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        // Slot 0 has 5 before and after; slot 1 has 9 before, and nothing made it again.
        for index in [0, 3] {
            assert_eq!(returned(&outcome, index)[0], U256::from(5), "{fork:?}");
        }
        let gone = !spares_the_old(fork);
        let second = if gone { 0 } else { 9 };
        assert_eq!(returned(&outcome, 4)[0], U256::from(second), "{fork:?}");
        let change = &outcome.changes.accounts[&changeling()];
        assert_eq!(change.storage_cleared, gone, "{fork:?}");
        let slot = change.storage.get(&U256::ZERO).copied();
        assert_eq!(slot, gone.then_some(U256::from(5)), "{fork:?}");
    }
}

#[test]
fn p07_equal_value_does_not_hide_that_its_writer_went_across_a_destruction() {
    for fork in CREATE2_ERAS {
        for reader in 0..5 {
            let world = world_with_changeling(fork);
            let mut transactions = vec![
                add(0, changeling(), 1, 0),
                destroy(1, changeling()),
                make(2),
                add(3, changeling(), 1, 9),
            ];
            // Slot 0 reads 5 at every place but one; slot 1 reads 9, nothing, and 9 again.
            transactions.insert(reader, add(4, changeling(), 0, 0));
            transactions.insert(reader + 1, add(4, changeling(), 1, 0));
            let outcome = judge_all_ways(&block(fork, in_order(transactions)), &world);
            let number = |n: u64| U256::from(n);
            let seen = [reader, reader + 1].map(|index| returned(&outcome, index));
            let seen = seen.map(|words| words.first().copied());
            let expected = match (spares_the_old(fork), reader) {
                (true, 4) => [Some(number(5)), Some(number(18))],
                (true, _) | (false, 0 | 1 | 4) => [Some(number(5)), Some(number(9))],
                (false, 2) => [None, None],
                (false, _) => [Some(number(5)), Some(U256::ZERO)],
            };
            assert_eq!(seen, expected, "{fork:?}, reader at {reader}");
            let change = outcome.changes.accounts.get(&changeling());
            let cleared = change.is_some_and(|change| change.storage_cleared);
            assert_eq!(cleared, !spares_the_old(fork), "{fork:?}");
        }
    }
}
