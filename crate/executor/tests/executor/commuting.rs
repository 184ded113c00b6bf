//! What commutes needs no second execution, in whatever order the workers take their steps; what
//! looks at a balance gets the right one.

use crate::{
    contracts,
    played::Orders,
    scenario::{BALANCE_OBSERVER, FORWARDER, LOGGER, STRANGER, block, call, send, word},
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::{
    Block, Location, Options, Reexecution, execute_interleaved,
    revm::{
        context::TxEnv,
        primitives::{U256, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use std::num::NonZeroUsize;

/// All second executions in many orders, after making sure that the result is the right one.
fn reexecutions(block: &Block, world: &World) -> Vec<Reexecution> {
    judge_all_ways(block, world);
    let mut found = Vec::new();
    for order in 0..200 {
        let mut orders = Orders(order);
        let workers = NonZeroUsize::new(4).expect("not zero");
        let outcome =
            execute_interleaved(block, world, Options::new(workers), |n| orders.choose(n));
        found.extend(outcome.expect("the world is complete").report.reexecutions);
    }
    found
}

#[test]
fn payments_to_one_account_commute() {
    let payments = (0..5).map(|from| send(from, 0, STRANGER, 7)).collect();
    assert_eq!(
        reexecutions(&block(SpecId::OSAKA, payments), &World::new()),
        []
    );
}

#[test]
fn payments_of_one_account_commute() {
    let payments = (0..8)
        .map(|nonce| send(0, nonce, sender(1 + nonce as usize % 4), 7))
        .collect();
    assert_eq!(
        reexecutions(&block(SpecId::OSAKA, payments), &World::new()),
        []
    );
}

#[test]
fn payouts_of_the_coinbase_commute() {
    let mut payouts = block(
        SpecId::OSAKA,
        (0..8)
            .map(|index| match index % 2 {
                0 => send(0, index / 2, STRANGER, 7),
                _ => send(1 + index as usize / 2, 0, STRANGER, 7),
            })
            .collect(),
    );
    payouts.env.beneficiary = sender(0);
    assert_eq!(reexecutions(&payouts, &World::new()), []);
}

#[test]
fn deposits_into_one_contract_commute() {
    // A counter that takes value, each sender counting in a slot of its own.
    let deposits = (0..5)
        .map(|from| TxEnv {
            value: U256::from(100 + from),
            ..call(from, 0, contract(0), U256::from(50 + from), U256::ZERO)
        })
        .collect();
    assert_eq!(
        reexecutions(&block(SpecId::OSAKA, deposits), &World::new()),
        []
    );
}

#[test]
fn who_looks_at_a_balance_waits_for_it() {
    let transactions = vec![
        send(0, 0, STRANGER, 7),
        call(1, 0, contract(BALANCE_OBSERVER), word(STRANGER), U256::ZERO),
        send(2, 0, STRANGER, 8),
    ];
    for reexecution in reexecutions(&block(SpecId::OSAKA, transactions), &World::new()) {
        assert_eq!(reexecution.transaction, 1);
        assert_eq!(reexecution.location, Location::Account(STRANGER));
        assert_eq!(reexecution.writer, Some(0));
    }
}

#[test]
fn a_contract_that_pays_waits_for_its_balance() {
    let mut world = World::new();
    let forwarder = AccountInfo {
        nonce: 1,
        ..AccountInfo::from_bytecode(Bytecode::new_raw(contracts::forwarder()))
    };
    // It can pay 10 only after it has received them.
    world.accounts.insert(contract(FORWARDER), forwarder);
    let pay = |from, value| TxEnv {
        value: U256::from(value),
        ..call(
            from,
            0,
            contract(FORWARDER),
            word(contract(LOGGER)),
            U256::ZERO,
        )
    };
    judge_all_ways(
        &block(SpecId::OSAKA, vec![pay(0, 10), pay(1, 11), pay(2, 12)]),
        &world,
    );
}

#[test]
fn a_sender_must_be_able_to_pay_at_its_place_in_the_order() {
    // Sender 5 is poor; each payment takes what the next one would need.
    let payments = (0..6)
        .map(|nonce| send(5, nonce, STRANGER, 2_000_000_000_000_000))
        .collect();
    let outcome = judge_all_ways(&block(SpecId::OSAKA, payments), &World::new());
    let executed = outcome
        .transactions
        .iter()
        .filter(|outcome| matches!(outcome, forerun_executor::TransactionOutcome::Executed(_)))
        .count();
    // 0.01 ether hold four payments of 0.002 and their gas, and not a fifth.
    assert_eq!(executed, 4);
}
