//! What the driver settles and no longer shows, because nobody reads what the block writes, until
//! somebody does.

use crate::{
    contracts,
    played::{Orders, count, difference, play},
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract},
};
use forerun_executor::{
    Block, Cause, Options, execute_sequentially,
    revm::primitives::{U256, hardfork::SpecId},
};

/// Transactions of which each has slots of its own, as many as it takes for showing to end, and then
/// as many that read what those wrote, destroyed and made.
fn calm_then_tangled() -> Block {
    let apart =
        (0..40).map(|slot| call(slot % 5, 0, contract(COUNTER), U256::from(slot), U256::ZERO));
    let made = [deploy(1, 0, contracts::mortal_initcode())];
    let again = (0..40).rev().map(|slot| {
        let from = (slot + 2) % 5;
        call(from, 0, contract(COUNTER), U256::from(slot / 2), U256::ZERO)
    });
    let observed =
        (0..5).map(|from| ask(from, 0, contract(BALANCE_OBSERVER), word(contract(from))));
    let transactions = apart.clone().chain(made).chain(again).chain(observed);
    // And a second time, when showing ends later.
    let transactions: Vec<_> = transactions
        .clone()
        .chain(apart)
        .chain(transactions)
        .collect();
    block(SpecId::CANCUN, in_order(transactions))
}

#[test]
fn what_was_not_shown_is_found_out_to_have_been_missed() {
    let (world, block) = (World::new(), calm_then_tangled());
    let sequential = execute_sequentially(&block, &world).expect("the world is complete");
    let mut missed = 0;
    let mut seeds = Orders(40);
    for workers in [2, 3, 5] {
        for _ in 0..100 {
            let order = seeds.next();
            let outcome = play(&block, &world, Options::new(count(workers)), order);
            let outcome = outcome.expect("the world is complete");
            assert_eq!(difference(&outcome, &sequential), None, "order {order}");
            let again = &outcome.report.reexecutions;
            missed += again
                .iter()
                .filter(|again| again.cause == Cause::Storage)
                .count();
        }
    }
    assert!(missed > 0, "nobody ever missed a value");
}

#[test]
fn a_block_that_is_calm_at_first_has_one_result_every_way() {
    judge_all_ways(&calm_then_tangled(), &World::new());
}
