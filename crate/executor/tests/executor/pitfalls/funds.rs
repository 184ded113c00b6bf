//! Who can pay for what, at which place in the order, and reads that must agree with each other.

use crate::{
    assembly::Assembly,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::revm::{
    bytecode::opcode as op,
    context::{TxEnv, result::InvalidTransaction},
    primitives::{Address, Bytes, U256, hardfork::SpecId},
    state::{AccountInfo, Bytecode},
};

/// What a plain payment takes of its sender, beside what it pays.
const COST: u64 = TRANSFER * PRICE;
const PAYER: Address = Address::with_last_byte(0xee);
const READER: Address = Address::with_last_byte(0x80);

fn lacks_funds(refusal: Option<InvalidTransaction>) -> bool {
    matches!(
        refusal,
        Some(InvalidTransaction::LackOfFundForMaxFee { .. })
    )
}

/// A payment that asks for no more gas than it takes.
fn pay(from: usize, nonce: u64, to: Address, value: u64) -> TxEnv {
    TxEnv {
        gas_limit: TRANSFER,
        ..send(from, nonce, to, value)
    }
}

fn world_with_empty(index: usize) -> World {
    let mut world = World::new();
    world.accounts.insert(sender(index), AccountInfo::default());
    world
}

#[test]
fn p18_funds_that_arrive_in_the_block_can_be_spent_to_the_last_wei() {
    for fork in ERAS {
        for (extra, ok) in [(0, true), (1, false)] {
            let transactions = vec![
                send(0, 0, sender(5), COST + 500),
                pay(5, 0, STRANGER, 500 + extra),
            ];
            let block = block(fork, transactions);
            let outcome = judge_all_ways(&block, &world_with_empty(5));
            let lacking = lacks_funds(refusal(&outcome, 1));
            assert_eq!(lacking, !ok, "{fork:?}, {extra} wei too much");
        }
    }
}

#[test]
fn p18_funds_that_come_too_late_are_no_funds() {
    for fork in ERAS {
        let transactions = vec![
            pay(5, 0, STRANGER, 500),
            send(0, 0, sender(5), COST + 500),
            pay(5, 0, STRANGER, 501),
            pay(5, 0, STRANGER, 500),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &world_with_empty(5));
        assert!(lacks_funds(refusal(&outcome, 0)), "{fork:?}");
        assert!(lacks_funds(refusal(&outcome, 2)), "{fork:?}");
        assert!(succeeded(&outcome, 3), "{fork:?}");
    }
}

#[test]
fn p18_money_goes_from_hand_to_hand_and_nobody_is_ever_below_zero() {
    for fork in ERAS {
        let mut world = World::new();
        for index in 1..6 {
            world.accounts.insert(sender(index), AccountInfo::default());
        }
        let mut transactions = Vec::new();
        for from in 0..6 {
            let to = if from == 5 {
                STRANGER
            } else {
                sender(from + 1)
            };
            transactions.push(pay(from, 0, to, 10 + (5 - from as u64) * COST));
        }
        let outcome = judge_all_ways(&block(fork, transactions.clone()), &world);
        assert_eq!(outcome.gas_used, 6 * TRANSFER, "{fork:?}");
        let arrived = balance_after(&outcome, &world, STRANGER);
        assert_eq!(arrived, U256::from(10), "{fork:?}");

        // The other way round only the first one can pay.
        transactions.reverse();
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        for index in 0..5 {
            assert!(lacks_funds(refusal(&outcome, index)), "{fork:?}, {index}");
        }
        assert_eq!(outcome.gas_used, TRANSFER, "{fork:?}");
    }
}

#[test]
fn p18_sender_must_be_able_to_pay_the_highest_fee_it_offers() {
    let offered = 100;
    for fork in ERAS.into_iter().filter(|f| f.is_enabled_in(SpecId::LONDON)) {
        for (missing, ok) in [(0, true), (1, false)] {
            let dear = TxEnv {
                tx_type: 2,
                gas_price: u128::from(offered),
                gas_priority_fee: Some(u128::from(TIP)),
                ..pay(5, 0, STRANGER, 3)
            };
            let funds = TRANSFER * offered + 3;
            let transactions = vec![send(0, 0, sender(5), funds - missing), dear];
            let world = world_with_empty(5);
            let outcome = judge_all_ways(&block(fork, transactions), &world);
            assert_eq!(lacks_funds(refusal(&outcome, 1)), !ok, "{fork:?}");
            if ok {
                let left = balance_after(&outcome, &world, sender(5));
                assert_eq!(left, U256::from(funds - COST - 3), "{fork:?}");
            }
        }
    }
}

#[test]
fn p18_sender_whose_predecessor_left_what_gas_takes_but_not_what_it_may_take_is_refused() {
    // Run ahead, the second transaction finds enough. At its place it lacks a wei of what all of
    // its gas would cost; what it takes in the end is far less.
    let most = 400_000 * PRICE + 1;
    for fork in ERAS {
        for (missing, ok) in [(0, true), (1, false)] {
            let mut world = World::new();
            let funds = COST + 77 + most - missing;
            let info = AccountInfo::from_balance(U256::from(funds));
            world.accounts.insert(sender(5), info);
            let transactions = vec![
                send(0, 0, sender(4), 1),
                pay(5, 0, STRANGER, 77),
                send(5, 1, STRANGER, 1),
                send(1, 0, STRANGER, 1),
            ];
            let outcome = judge_all_ways(&block(fork, transactions), &world);
            assert_eq!(lacks_funds(refusal(&outcome, 2)), !ok, "{fork:?}");
        }
    }
}

#[test]
fn p18_account_that_has_all_there_is_receives_once_it_has_paid() {
    // Overrides give such balances. Receiving fails as long as nothing was paid out, so adding to
    // the balance is looking at it. The payer is a contract: its nonce gives no hint that it paid.
    // Until EIP-150 a call that asks for all gas there is fails.
    for fork in ERAS.into_iter().skip(1) {
        let mut world = World::new();
        let info = AccountInfo::from_bytecode(Bytecode::new_raw(contracts::payer()));
        world.accounts.insert(PAYER, info.with_balance(U256::MAX));
        let transactions = vec![
            send(0, 0, PAYER, 1),
            call(1, 0, PAYER, word(STRANGER), U256::from(1000)),
            send(2, 0, PAYER, 2),
            send(4, 0, PAYER, 3),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert!(
            !succeeded(&outcome, 0),
            "{fork:?}: no room for one more wei"
        );
        for index in 1..4 {
            assert!(succeeded(&outcome, index), "{fork:?}, {index}");
        }
    }
}

/// Returns slot `a` of itself, the balance of `b` and the hash or the size of its code, each read
/// twice. In between it calls the counter, which takes a while.
fn twice(fork: SpecId) -> Bytes {
    let hash = if fork.is_enabled_in(SpecId::PETERSBURG) {
        op::EXTCODEHASH
    } else {
        op::EXTCODESIZE
    };
    let mut code = Assembly::new();
    for place in [0, 3] {
        code = code.argument(0).op(&[op::SLOAD]).remember(place);
        code = code.argument(1).op(&[op::BALANCE]).remember(place + 1);
        code = code.argument(1).op(&[hash]).remember(place + 2);
        code = code
            .push_address(contract(COUNTER))
            .call(1, 0)
            .op(&[op::POP]);
    }
    code.give_back(6).code()
}

#[test]
fn p16_two_reads_of_one_key_in_one_execution_agree() {
    for fork in ERAS {
        let mut world = World::new();
        install(&mut world, READER, twice(fork));
        let watched = contract(MORTAL);
        let read = |from| call(from, 0, READER, U256::ZERO, word(watched));
        let transactions = in_order(vec![
            read(0),
            TxEnv {
                value: U256::from(17),
                ..call(1, 0, watched, U256::from(3), U256::ONE)
            },
            read(2),
            call(3, 0, watched, word(STRANGER), U256::ZERO),
            read(4),
            TxEnv {
                value: U256::from(19),
                ..call(0, 0, watched, U256::from(3), U256::ONE)
            },
            read(1),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let before = world.accounts[&watched].balance;
        let balances = [before, before + U256::from(17), U256::ZERO, U256::from(19)];
        for (turn, balance) in balances.into_iter().enumerate() {
            let words = returned(&outcome, 2 * turn);
            assert_eq!(words[..3], words[3..], "{fork:?}, {turn}");
            assert_eq!(words[1], balance, "{fork:?}, {turn}");
        }
    }
}

/// The same for a slot that the reader itself changes in between.
#[test]
fn p16_slot_read_twice_around_calls_that_change_others_is_one_value() {
    let code = Assembly::new().load(9).op(&[op::DUP1]).remember(0);
    // storage[9] goes up by one between the reads, by this transaction alone.
    let code = code
        .push(U256::ONE)
        .op(&[op::ADD])
        .store(9)
        .load(9)
        .remember(1);
    let code = code
        .push_address(contract(COUNTER))
        .call(1, 0)
        .op(&[op::POP]);
    let code = code.load(9).remember(2).give_back(3).code();
    let mut world = World::new();
    install(&mut world, READER, code);
    for fork in ERAS {
        let readers = (0..8).map(|index| send(index % 5, 0, READER, 0));
        let block = block(fork, in_order(readers.collect()));
        let outcome = judge_all_ways(&block, &world);
        for index in 0..8 {
            let before = U256::from(index);
            let after = before + U256::ONE;
            assert_eq!(
                returned(&outcome, index),
                [before, after, after],
                "{fork:?}"
            );
        }
    }
}
