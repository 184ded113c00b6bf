//! Contracts that destroy themselves: what later transactions see of them, and where their balance
//! goes.

use super::changeling::*;
use crate::{assembly::Assembly, contracts, scenario::*, ways::judge_all_ways, world::contract};
use forerun_executor::revm::{
    bytecode::opcode as op,
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, keccak256},
};

const CONDUCTOR: Address = Address::with_last_byte(0x83);

#[test]
fn p05_destroyed_twice_in_one_block() {
    for fork in ERAS {
        let world = world_with_probe(fork);
        let target = contract(MORTAL);
        let transactions = in_order(vec![
            call(0, 0, target, word(HEIR), U256::ZERO),
            ask(1, 0, PROBE, word(target)),
            send(2, 0, target, 30),
            call(3, 0, target, word(HEIR), U256::ZERO),
            ask(4, 0, PROBE, word(target)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let funds = if spares_the_old(fork) {
            // The payment without calldata is a destruction in favour of address 0.
            assert_eq!(
                account_after(&outcome, &world, target).map(|info| info.code_hash),
                Some(keccak256(contracts::mortal()))
            );
            0
        } else {
            // The second time there is no code that could destroy anything.
            30
        };
        assert_eq!(returned(&outcome, 4)[0], U256::from(funds), "{fork:?}");
        assert_eq!(balance_after(&outcome, &world, target), U256::from(funds));
        let inherited = balance_after(&outcome, &world, HEIR);
        assert_eq!(inherited, world.accounts[&target].balance, "{fork:?}");
    }
}

/// The harness holds every run to two executions a transaction; this gives it much to disagree on.
#[test]
fn p08_reader_and_validator_agree_about_every_destruction() {
    for fork in CREATE2_ERAS {
        let world = world_with_changeling(fork);
        let mut transactions = Vec::new();
        for round in 0..5 {
            transactions.push(add(round % 5, changeling(), 1, 1));
            transactions.push(destroy((round + 1) % 5, changeling()));
            transactions.push(add((round + 2) % 5, changeling(), 1, 1));
            transactions.push(make((round + 3) % 5));
            transactions.push(add((round + 4) % 5, changeling(), 2, 1));
        }
        let outcome = judge_all_ways(&block(fork, in_order(transactions)), &world);
        if !spares_the_old(fork) {
            for round in 1..5 {
                assert_eq!(returned(&outcome, 5 * round)[0], U256::ZERO, "{fork:?}");
                assert!(returned(&outcome, 5 * round + 2).is_empty(), "{fork:?}");
                assert_eq!(returned(&outcome, 5 * round + 4)[0], U256::ZERO, "{fork:?}");
            }
        }
    }
}

#[test]
fn p09_slot_that_reads_zero_for_want_of_the_account_is_a_read_all_the_same() {
    for fork in CREATE2_ERAS {
        for present in [false, true] {
            // Whoever reads slot 7 before its writer has run gets zero: the account is gone, or
            // was never there.
            let world = if present {
                world_with_changeling(fork)
            } else {
                world(fork)
            };
            let transactions = in_order(vec![
                destroy(0, changeling()),
                make(1),
                add(2, changeling(), 7, 70),
                add(3, changeling(), 7, 0),
                ask(4, 0, PROBE, word(changeling())),
            ]);
            let outcome = judge_all_ways(&block(fork, transactions), &world);
            assert_eq!(returned(&outcome, 2)[0], U256::ZERO, "{fork:?}");
            assert_eq!(returned(&outcome, 3)[0], U256::from(70), "{fork:?}");
            let size = U256::from(template(1).len());
            assert_eq!(returned(&outcome, 4)[1], size, "{fork:?}");
        }
    }
}

/// Makes a child with 3 wei, has it destroyed in favour of `heir` and sends it 4 wei afterwards, all
/// in one transaction. Returns the child's balance as seen then.
fn conductor(heir: Address) -> Bytes {
    Assembly::new().with_data(&contracts::mortal_initcode(), |code, size| {
        let code = code.create2(size, 3).remember(12);
        let code = code
            .push_address(heir)
            .remember(0)
            .push(U256::ZERO)
            .remember(1);
        let code = code.recall(12).call(2, 0).op(&[op::POP]);
        // With `b` not zero it only counts.
        let code = code.push(U256::from(1)).remember(1).recall(12).call(2, 4);
        let code = code
            .op(&[op::POP])
            .recall(12)
            .op(&[op::BALANCE])
            .remember(0);
        code.give_back(1)
    })
}

#[test]
fn p10_funds_that_reach_a_destroyed_account_in_the_same_transaction_are_gone() {
    for fork in CREATE2_ERAS {
        let mut world = world(fork);
        endow(&mut world, CONDUCTOR, conductor(HEIR), 100);
        let child = CONDUCTOR.create2(B256::ZERO, keccak256(contracts::mortal_initcode()));
        let transactions = in_order(vec![
            ask(0, 0, PROBE, word(child)),
            send(1, 0, CONDUCTOR, 0),
            ask(2, 0, PROBE, word(child)),
            send(3, 0, child, 6),
            ask(4, 0, PROBE, word(child)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert_eq!(returned(&outcome, 1), [U256::from(4)], "{fork:?}");
        let nothing = [U256::ZERO, U256::ZERO, U256::ZERO];
        assert_eq!(returned(&outcome, 2), nothing, "{fork:?}");
        let bare = [U256::from(6), U256::ZERO, KECCAK_EMPTY.into()];
        assert_eq!(returned(&outcome, 4), bare, "{fork:?}");
        let after = |address| balance_after(&outcome, &world, address);
        assert_eq!(after(HEIR), U256::from(3), "{fork:?}");
        assert_eq!(after(CONDUCTOR), U256::from(100 - 3 - 4), "{fork:?}");
    }
}

#[test]
fn p10_destruction_in_favour_of_itself() {
    for fork in ERAS {
        let world = world_with_probe(fork);
        let target = contract(MORTAL);
        let transactions = in_order(vec![
            call(0, 0, target, word(target), U256::ZERO),
            ask(1, 0, PROBE, word(target)),
            call(2, 0, target, U256::from(3), U256::from(1)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let before = world.accounts[&target].balance;
        let left = if spares_the_old(fork) {
            before
        } else {
            U256::ZERO
        };
        assert_eq!(
            returned(&outcome, 1)[0],
            left,
            "{fork:?}: burnt until Cancun"
        );
        assert_eq!(balance_after(&outcome, &world, target), left, "{fork:?}");
    }
}

#[test]
fn p11_reverted_destruction_takes_no_earlier_balance_with_it() {
    // The conductor endows a child, then calls one that has the child destroyed and then fails.
    let spoiler = Address::with_last_byte(0x87);
    let spoiler_code = Assembly::new().push_address(HEIR).remember(0);
    let spoiler_code = spoiler_code.push(U256::ZERO).remember(1).argument(0);
    // What is left of the 150,000 gas is lost with the invalid opcode. The call inside asks for
    // less than that.
    let mut code = spoiler_code.remember(5);
    for word in [0, 0, 64, 0, 0] {
        code = code.push(U256::from(word));
    }
    let code = code
        .recall(5)
        .push(U256::from(60_000))
        .op(&[op::CALL, op::INVALID]);
    let conductor = Assembly::new().with_data(&contracts::mortal_initcode(), |code, size| {
        let code = code
            .create(size, 3)
            .op(&[op::DUP1])
            .remember(12)
            .remember(0);
        let code = code.push_address(spoiler).call(1, 0).remember(0);
        let code = code.recall(12).op(&[op::BALANCE]).remember(1);
        code.give_back(2)
    });
    for fork in ERAS {
        let mut world = world_with_probe(fork);
        install(&mut world, spoiler, code.clone().code());
        endow(&mut world, CONDUCTOR, conductor.clone(), 100);
        let child = CONDUCTOR.create(1);
        let transactions = in_order(vec![
            ask(0, 0, PROBE, word(child)),
            send(1, 0, CONDUCTOR, 0),
            ask(2, 0, PROBE, word(child)),
            call(3, 0, child, word(HEIR), U256::ZERO),
            ask(4, 0, PROBE, word(HEIR)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert_eq!(
            returned(&outcome, 1),
            [U256::ZERO, U256::from(3)],
            "{fork:?}"
        );
        let probed = returned(&outcome, 2);
        let size = U256::from(contracts::mortal().len());
        assert_eq!(probed[..2], [U256::from(3), size], "{fork:?}: it lives");
        assert_eq!(returned(&outcome, 4)[0], U256::from(3), "{fork:?}");
    }
}
