//! The model in virtual time: it comes to the results of every run, and its times are those of the
//! work. The clock here is a counter that the state moves on, so that they are always the same.

use crate::{
    assembly::Assembly,
    played::count,
    scenario::{STRANGER, ask, block, send},
    world::{World, any_plan, contract},
};
use forerun_executor::{
    Block, Bound, Modelled, Options, StateError, StateSource, execute_sequentially, model,
    revm::{
        bytecode::opcode as op,
        primitives::{Address, B256, U256, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use proptest::prelude::*;
use std::cell::Cell;

thread_local! {
    static NOW: Cell<f64> = const { Cell::new(0.0) };
}

/// A millisecond a look at storage, and next to nothing for all else.
struct SlowStorage<'a>(&'a World);

impl StateSource for SlowStorage<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.0.account(address)
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.0.code(hash)
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        NOW.set(NOW.get() + 1.0);
        self.0.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.0.block_hash(number)
    }
}

fn clock() -> f64 {
    NOW.set(NOW.get() + 0.001);
    NOW.get()
}

const READER: usize = 0;

/// `storage[a] = 1 + the sum of storage[a + 1 ..= a + 20]`
fn world_of_readers() -> World {
    let mut code = Assembly::new().push(U256::ONE);
    for offset in 1..=20 {
        code = code
            .argument(0)
            .push(U256::from(offset))
            .op(&[op::ADD, op::SLOAD, op::ADD]);
    }
    let code = code.argument(0).op(&[op::SSTORE, op::STOP]);
    let mut world = World::new();
    let info = AccountInfo {
        nonce: 1,
        ..AccountInfo::from_bytecode(Bytecode::new_raw(code.code()))
    };
    world.accounts.insert(contract(READER), info);
    world
}

/// Each with slots of its own, or each on the slot that the one before it wrote.
fn readers(apart: u64) -> Block {
    let calls = (0..40_u64).map(|index| {
        let first = U256::from(100_000 - index * apart);
        ask(index as usize % 4, index / 4, contract(READER), first)
    });
    block(SpecId::OSAKA, calls.collect())
}

fn modelled(block: &Block, world: &World, workers: usize) -> Modelled {
    let state = SlowStorage(world);
    let options = Options::new(count(workers));
    let modelled = model(block, &state, options, clock).expect("the world is complete");
    let sequential = execute_sequentially(block, world).expect("the world is complete");
    assert!(modelled.outcome.same_result(&sequential), "{modelled}");
    modelled
}

#[test]
fn what_is_independent_goes_faster_with_every_worker() {
    let (block, world) = (readers(1_000), world_of_readers());
    let mut before = 0.0;
    for workers in [1, 2, 4, 8, 16] {
        let found = modelled(&block, &world, workers);
        assert_eq!(found.workers, workers);
        let speed_up = found.speed_up();
        assert!(speed_up > before * 1.3, "{found}");
        assert!(speed_up < workers as f64 * 1.05, "{found}");
        assert_eq!(found.reexecutions, 0, "{found}");
        before = speed_up;
    }
}

#[test]
fn one_worker_is_the_sequential_loop() {
    let found = modelled(&readers(1_000), &world_of_readers(), 1);
    assert!((found.speed_up() - 1.0).abs() < 0.01, "{found}");
}

#[test]
fn a_chain_goes_no_faster_with_more_workers() {
    // A transaction reads the slot behind its own, which the one before it has just written.
    let found = modelled(&readers(1), &world_of_readers(), 8);
    let Modelled {
        bounds, sequential, ..
    } = &found;
    assert!((bounds.critical_path - sequential).abs() < 1.0, "{found:?}");
    assert_ne!(found.bound, Bound::Work, "{found}");
    assert!(found.to_string().contains("a model"), "{found}");
}

#[test]
fn a_block_of_payments_is_not_run_ahead() {
    let payments = (0..20)
        .map(|index| send(index % 4, index as u64 / 4, STRANGER, 7))
        .collect();
    let found = modelled(&block(SpecId::OSAKA, payments), &World::new(), 8);
    assert_eq!((found.workers, found.bound), (1, Bound::Driver));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_result_is_that_of_the_sequential_loop(plan in any_plan(24), workers in 1_usize..=64) {
        modelled(&plan.block(), &World::new(), workers);
    }
}
