//! What the order of steps must not show: not in results, not from one run to the next.

use super::changeling::*;
use crate::{
    contracts,
    played::{Orders, count, difference, play},
    scenario::*,
    ways::{POOLS, settings},
    world::{World, contract, sender},
};
use forerun_executor::{
    Block, BlockOutcome, StateError, StateSource, execute, execute_sequentially,
    revm::{
        context::TxEnv,
        primitives::{Address, B256, U256, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

/// A block in which most transactions depend on others: counters, a coinbase that is read and pays,
/// money that is passed on, a contract that is destroyed and made again, failures, deployments.
fn tangle(fork: SpecId, turns: usize) -> Block {
    let mut transactions: Vec<TxEnv> = Vec::new();
    let slot = U256::from(8);
    for turn in 0..turns {
        let from = |step: usize| (turn + step) % 5;
        transactions.extend([
            call(from(0), 0, contract(COUNTER), slot, U256::ZERO),
            call(
                from(1),
                0,
                contract(BALANCE_OBSERVER),
                word(sender(3)),
                slot,
            ),
            send(from(2), 0, sender(from(3)), 1_000_000),
            add(from(3), changeling(), 1, 1),
            destroy(from(4), changeling()),
            add(from(0), changeling(), 1, 1),
            make(from(1)),
            ask(from(2), 0, PROBE, word(changeling())),
            call(from(3), 0, contract(LOGGER), slot, U256::ZERO),
            call(from(4), 0, contract(9), slot, U256::ZERO),
            deploy(from(0), 0, contracts::mortal_initcode()),
            call(from(1), 0, contract(SELF_OBSERVER), U256::ZERO, slot),
        ]);
    }
    let mut block = block(fork, in_order(transactions));
    block.env.beneficiary = sender(3);
    block
}

/// A source that takes its time in a way that nobody foresees.
struct Restless<'a> {
    world: &'a World,
    random: AtomicU64,
}

impl Restless<'_> {
    fn pause(&self) {
        let seed = self.random.fetch_add(1, Ordering::Relaxed);
        match Orders(seed).next() % 16 {
            0..4 => thread::yield_now(),
            4 => thread::sleep(Duration::from_micros(seed % 60)),
            5..8 => (0..seed % 500).for_each(|_| std::hint::spin_loop()),
            _ => {}
        }
    }
}

impl StateSource for Restless<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.pause();
        self.world.account(address)
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.pause();
        self.world.code(hash)
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.pause();
        self.world.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.pause();
        self.world.block_hash(number)
    }
}

#[test]
fn p21_run_that_ends_has_ended_whatever_pauses_its_workers_make() {
    for fork in [SpecId::SHANGHAI, SpecId::OSAKA] {
        let world = world_with_changeling(fork);
        let block = tangle(fork, 3);
        let sequential = execute_sequentially(&block, &world).expect("the world is complete");
        for (threads, pool) in POOLS.iter().filter(|(threads, _)| threads.get() > 1) {
            for (turn, options) in settings(*threads, 21).into_iter().enumerate() {
                let source = Restless {
                    world: &world,
                    random: AtomicU64::new(1_000_000 * turn as u64),
                };
                let outcome = pool.install(|| execute(&block, &source, options));
                let outcome = outcome.expect("the world is complete");
                assert_eq!(
                    difference(&outcome, &sequential),
                    None,
                    "{fork:?}, {options:?}"
                );
            }
        }
    }
}

/// All of an outcome but how it came about, as text.
fn fingerprint(outcome: &BlockOutcome) -> String {
    let BlockOutcome {
        transactions,
        gas_used,
        blob_gas_used,
        requests,
        coinbase_balances,
        changes,
        recordings: _,
        report: _,
    } = outcome;
    format!(
        "{transactions:?} {gas_used} {blob_gas_used} {requests:?} {coinbase_balances:?} {changes:?}"
    )
}

/// There is no block access list yet. What one would be made of, the whole outcome, is one value
/// over a hundred random schedules, frames that fail included.
#[test]
fn p22_outcome_is_one_value_over_a_hundred_random_schedules() {
    for fork in CREATE2_ERAS {
        let world = world_with_changeling(fork);
        let block = tangle(fork, 2);
        let sequential = execute_sequentially(&block, &world).expect("the world is complete");
        assert!((0..24).any(|index| !succeeded(&sequential, index)));
        let mut random = Orders(22);
        let mut fingerprints = BTreeSet::from([fingerprint(&sequential)]);
        for _ in 0..100 {
            let threads = count(1 + random.choose(8));
            let choices = settings(threads, random.next());
            let options = choices[random.choose(choices.len())];
            let outcome = play(&block, &world, options, random.next());
            let outcome = outcome.expect("the world is complete");
            fingerprints.insert(fingerprint(&outcome));
        }
        assert_eq!(fingerprints.len(), 1, "{fork:?}");
    }
}

/// Another world at the same addresses: other balances, other storage, other codes.
fn other_world(fork: SpecId) -> World {
    let mut world = world_with_changeling(fork);
    for (index, info) in world.accounts.values_mut().enumerate() {
        info.balance += U256::from(1_000 * index);
    }
    for value in world.storage.values_mut() {
        *value += U256::from(100);
    }
    endow(&mut world, contract(COUNTER), contracts::setter(), 5);
    endow(&mut world, changeling(), contracts::logger(), 6);
    let key = (CHOICE, U256::ZERO);
    world.storage.insert(key, word(TEMPLATES[1]));
    world
}

/// There is no cache from block to block. Should there be one, a block that comes after another
/// one, or at the same time, on other state, must not see anything of that.
#[test]
fn p27_blocks_on_other_states_leave_nothing_to_each_other() {
    let fork = SpecId::SHANGHAI;
    let worlds = [world_with_changeling(fork), other_world(fork)];
    let blocks = [tangle(fork, 2), tangle(fork, 1)];
    let run = |block: usize, world: usize| {
        let outcome = execute_sequentially(&blocks[block], &worlds[world]);
        outcome.expect("the worlds are complete")
    };
    let expected = [[run(0, 0), run(0, 1)], [run(1, 0), run(1, 1)]];
    assert!(!expected[0][0].same_result(&expected[0][1]), "they differ");
    for (threads, pool) in POOLS.iter() {
        let check = |seed| {
            let mut random = Orders(seed);
            for options in settings(*threads, random.next()) {
                let (block, world) = (random.choose(2), random.choose(2));
                let outcome = pool.install(|| execute(&blocks[block], &worlds[world], options));
                let outcome = outcome.expect("the worlds are complete");
                assert_eq!(difference(&outcome, &expected[block][world]), None);
            }
        };
        check(27);
        // And two at once on the same threads.
        thread::scope(|scope| {
            for seed in [1, 2] {
                scope.spawn(move || check(seed));
            }
        });
    }
}
