//! Random bundles recorded in every way there is to run them: the result stays that of a run in which
//! nothing is recorded, all ways record the same, and what is recorded of each transaction follows from
//! what is recorded of those before it.
//!
//! `FORERUN_CASES` sets how many bundles there are, `FORERUN_SEED` repeats a run.

use crate::{
    draw::Draw,
    played::{Orders, play},
    ways::{POOLS, settings},
    world::{World, any_plan},
};
use forerun_executor::{
    AccountFacts, BlockOutcome, Kept, Record, StateSource, StepOptions, TransactionOutcome,
    execute, execute_sequentially,
    revm::primitives::{Address, B256, KECCAK_EMPTY, U256},
};
use proptest::strategy::{Strategy, ValueTree};
use std::collections::BTreeMap;

const CASES: u32 = 600;
const TRANSACTIONS: usize = 24;

const EVERYTHING: Record = Record {
    calls: true,
    touched: true,
    steps: Some(StepOptions {
        stack: true,
        memory: true,
        storage: true,
        return_data: true,
        most: usize::MAX,
    }),
    ..Record::NOTHING
};

#[test]
fn recordings_are_the_same_in_every_way_and_change_nothing() {
    let Draw {
        seed,
        cases,
        mut runner,
    } = Draw::of(CASES);
    let mut orders = Orders(seed);
    let (mut calls, mut steps) = (0, 0);
    for case in 0..cases {
        let plan = any_plan(TRANSACTIONS)
            .new_tree(&mut runner)
            .expect("a plan");
        let mut block = plan.current().block();
        let world = World::new();
        let plain = execute_sequentially(&block, &world).expect("the world is complete");
        assert!(plain.recordings.is_empty());
        block.rules.record = EVERYTHING;
        let recorded = execute_sequentially(&block, &world).expect("the world is complete");
        let place = format!("seed {seed}, case {case}");
        assert!(recorded.same_result(&plain), "{place}: in order");
        check_chain(&place, &recorded, &world);
        let same = |way: &str, outcome: &BlockOutcome| {
            assert!(outcome.same_result(&plain), "{place}: {way}");
            for (index, recording) in outcome.recordings.iter().enumerate() {
                let place = format!("{place}: {way}: transaction {index}");
                let (Some(ours), Some(theirs)) = (recording, &recorded.recordings[index]) else {
                    assert_eq!(*recording, recorded.recordings[index], "{place}");
                    continue;
                };
                assert_eq!(ours.calls, theirs.calls, "{place}");
                for (address, touched) in &theirs.touched {
                    let ours = ours.touched.get(address);
                    assert_eq!(ours, Some(touched), "{place}, {address}");
                }
                assert!(ours == theirs, "{place}");
            }
            assert_eq!(outcome.recordings.len(), recorded.recordings.len());
        };
        for (threads, pool) in POOLS.iter() {
            let all = settings(*threads, orders.next());
            let options = all[orders.choose(all.len())];
            let outcome = pool.install(|| execute(&block, &world, options));
            let way = format!("threads, {options:?}");
            same(&way, &outcome.expect(&way));
            let order = orders.next();
            let way = format!("played in order {order}, {options:?}");
            same(&way, &play(&block, &world, options, order).expect(&way));
        }
        // What is kept is taken over the second time.
        let mut kept = Kept::default();
        for _ in 0..2 {
            let rehearsal = kept.rehearse(&block, &world);
            same("rehearsed", &rehearsal.expect("all is known").outcome);
        }
        for recording in recorded.recordings.iter().flatten() {
            assert!(!recording.truncated, "{place}");
            calls += recording.calls.len();
            steps += recording.steps.steps.len();
        }
    }
    println!("{calls} calls, {steps} instructions");
    assert!(calls > 0 && steps > 0, "nothing was recorded");
}

/// What each transaction found is what was there before the block, or what the last one left that
/// touched it; and no slot changed that no transaction touched.
fn check_chain(place: &str, outcome: &BlockOutcome, world: &World) {
    let mut accounts: BTreeMap<Address, (U256, u64, B256)> = BTreeMap::new();
    let mut slots: BTreeMap<(Address, U256), U256> = BTreeMap::new();
    for (index, recording) in outcome.recordings.iter().enumerate() {
        let executed = matches!(outcome.transactions[index], TransactionOutcome::Executed(_));
        assert_eq!(executed, recording.is_some(), "{place}: {index}");
        let Some(recording) = recording else {
            continue;
        };
        for (address, touched) in &recording.touched {
            let place = format!("{place}: transaction {index}, {address}");
            let known = accounts.entry(*address).or_insert_with(|| {
                let info = world.account(*address).expect("the world is complete");
                let info = info.unwrap_or_default();
                let hash = info.code_hash;
                let hash = if hash == KECCAK_EMPTY {
                    B256::ZERO
                } else {
                    hash
                };
                (info.balance, info.nonce, hash)
            });
            let facts = |side: &AccountFacts| (side.balance, side.nonce, side.code_hash);
            assert_eq!(facts(&touched.before), *known, "{place}");
            *known = facts(&touched.after);
            if touched.before.exists && !touched.after.exists {
                for ((_, _), value) in
                    slots.range_mut((*address, U256::ZERO)..=(*address, U256::MAX))
                {
                    *value = U256::ZERO;
                }
            }
            for (slot, values) in &touched.slots {
                let known = slots.entry((*address, *slot)).or_insert_with(|| {
                    let exists = world.account(*address).expect("complete").is_some();
                    let value = world.storage(*address, *slot).expect("complete");
                    if exists { value } else { U256::ZERO }
                });
                assert_eq!(values.before, *known, "{place}, slot {slot}");
                *known = values.after;
            }
        }
    }
    for (address, change) in &outcome.changes.accounts {
        for (slot, value) in &change.storage {
            let known = slots.get(&(*address, *slot));
            assert_eq!(
                known,
                Some(value),
                "{place}: {address}, slot {slot} in the end"
            );
        }
    }
}
