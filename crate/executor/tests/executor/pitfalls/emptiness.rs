//! Accounts that do not exist, that exist and are empty, and that have a balance and nothing else.

use crate::{
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::revm::{
    context::TxEnv,
    primitives::{Address, KECCAK_EMPTY, U256, hardfork::SpecId, keccak256},
};

/// The one account of the world that exists and is empty.
const EMPTY: Address = Address::with_last_byte(0xa0);
const GIVER: Address = Address::with_last_byte(0x80);

/// EIP-161, and before it the yellow paper: a call that makes an account pays for that.
const NEW_ACCOUNT: u64 = 25_000;

#[test]
fn p12_absent_empty_bare_and_destroyed_accounts_are_told_apart() {
    for fork in CREATE2_ERAS {
        let world = world_with_probe(fork);
        assert!(world.accounts[&EMPTY].is_empty() && !world.accounts.contains_key(&STRANGER));
        let probe = |from, address| ask(from, 0, PROBE, word(address));
        let transactions = in_order(vec![
            probe(0, STRANGER),
            probe(1, EMPTY),
            send(2, 0, STRANGER, 0),
            probe(3, STRANGER),
            send(4, 0, EMPTY, 0),
            probe(0, EMPTY),
            send(1, 0, STRANGER, 1),
            probe(2, STRANGER),
            call(3, 0, contract(MORTAL), word(sender(0)), U256::ZERO),
            probe(4, contract(MORTAL)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let nothing = [U256::ZERO; 3];
        // EIP-1052: what is empty in the sense of EIP-161 has the hash of nothing, zero.
        for index in [0, 1, 3, 5] {
            assert_eq!(returned(&outcome, index), nothing, "{fork:?}, {index}");
        }
        let bare = [U256::ONE, U256::ZERO, KECCAK_EMPTY.into()];
        assert_eq!(returned(&outcome, 7), bare, "{fork:?}");
        let code = contracts::mortal();
        let spared = [U256::ZERO, U256::from(code.len()), keccak256(&code).into()];
        let expected = if spares_the_old(fork) {
            spared
        } else {
            nothing
        };
        assert_eq!(returned(&outcome, 9), expected, "{fork:?}");
        let empty = outcome.changes.accounts.get(&EMPTY).map(|c| c.info.clone());
        assert_eq!(empty, Some(None), "{fork:?}: touched and gone");
    }
}

#[test]
fn p12_call_that_makes_an_account_pays_for_it_once() {
    for fork in ERAS {
        let mut world = World::new();
        endow(&mut world, GIVER, contracts::giver(1), 10);
        let give = |from| ask(from, 0, GIVER, word(STRANGER));
        let outcome = judge_all_ways(&block(fork, vec![give(0), give(1), give(2)]), &world);
        assert_eq!(
            gas_used(&outcome, 0) - gas_used(&outcome, 1),
            NEW_ACCOUNT,
            "{fork:?}"
        );
        assert_eq!(gas_used(&outcome, 1), gas_used(&outcome, 2), "{fork:?}");
        let balance = balance_after(&outcome, &world, STRANGER);
        assert_eq!(balance, U256::from(3), "{fork:?}");
    }
}

#[test]
fn p12_call_without_value_makes_accounts_until_eip_161_only() {
    for fork in ERAS {
        let makes = !fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        for target in [STRANGER, EMPTY] {
            let mut world = World::new();
            install(&mut world, GIVER, contracts::giver(0));
            let give = |from| ask(from, 0, GIVER, word(target));
            let outcome = judge_all_ways(&block(fork, vec![give(0), give(1)]), &world);
            let made = makes && target == STRANGER;
            let more = if made { NEW_ACCOUNT } else { 0 };
            assert_eq!(
                gas_used(&outcome, 0) - gas_used(&outcome, 1),
                more,
                "{fork:?}"
            );
            let exists = account_after(&outcome, &world, target).is_some();
            assert_eq!(exists, makes, "{fork:?}, {target}");
        }
    }
}

#[test]
fn p12_call_with_value_to_what_a_predecessor_destroyed_pays_for_an_account() {
    for fork in ERAS {
        let mut world = World::new();
        endow(&mut world, GIVER, contracts::giver(1), 10);
        let target = contract(MORTAL);
        let give = |from| TxEnv {
            gas_limit: 300_000,
            ..ask(from, 0, GIVER, word(target))
        };
        let transactions = in_order(vec![
            call(0, 0, target, word(sender(4)), U256::ZERO),
            give(1),
            give(2),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        if spares_the_old(fork) {
            // It is still there: each gift has it destroy itself, in favour of address 0, which
            // the first one makes.
            let more = gas_used(&outcome, 1) - gas_used(&outcome, 2);
            assert_eq!(more, NEW_ACCOUNT, "{fork:?}");
            let zero = balance_after(&outcome, &world, Address::ZERO);
            assert_eq!(zero, U256::from(2), "{fork:?}");
        } else {
            let more = gas_used(&outcome, 1) - gas_used(&outcome, 2);
            assert_eq!(more, NEW_ACCOUNT, "{fork:?}");
            let balance = balance_after(&outcome, &world, target);
            assert_eq!(balance, U256::from(2), "{fork:?}");
        }
    }
}

/// Run ahead, the touch finds an empty account and removes it; at its place there is a wei in it.
#[test]
fn p12_touch_removes_no_account_that_a_predecessor_paid() {
    for fork in ERAS {
        let world = world_with_probe(fork);
        for target in [EMPTY, STRANGER] {
            let transactions = in_order(vec![
                send(0, 0, target, 1),
                send(1, 0, target, 0),
                ask(2, 0, PROBE, word(target)),
                send(3, 0, target, 0),
            ]);
            let outcome = judge_all_ways(&block(fork, transactions), &world);
            assert_eq!(returned(&outcome, 2)[0], U256::ONE, "{fork:?}, {target}");
            let balance = balance_after(&outcome, &world, target);
            assert_eq!(balance, U256::ONE, "{fork:?}, {target}");
        }
    }
}

#[test]
fn p12_destruction_in_favour_of_an_absent_account_pays_for_it_once() {
    // From London on, where SELFDESTRUCT gives no refund that would hide it.
    for fork in [SpecId::LONDON, SpecId::SHANGHAI, SpecId::OSAKA] {
        let world = World::new();
        let destroy = |from, index| call(from, 0, contract(index), word(STRANGER), U256::ZERO);
        let block = block(fork, vec![destroy(0, MORTAL), destroy(1, MORTAL + 1)]);
        let outcome = judge_all_ways(&block, &world);
        let more = gas_used(&outcome, 0) - gas_used(&outcome, 1);
        assert_eq!(more, NEW_ACCOUNT, "{fork:?}");
        let heir = balance_after(&outcome, &world, STRANGER);
        assert_eq!(heir, U256::from(5000 + 6000), "{fork:?}");
    }
}
