//! Runs that cannot be finished end with an error that says where and why, on every thread count,
//! and leave nothing behind that would disturb the next run.

use crate::world::{Action, Plan, Step, Word, World, contract, sender};
use forerun_executor::{
    BlockOutcome, ExecutorError, OnInvalid, Options, StateError, StateSource, execute,
    revm::{
        primitives::{Address, B256, U256},
        state::{AccountInfo, Bytecode},
    },
};
use rayon::ThreadPoolBuilder;
use std::num::NonZeroUsize;

/// A world in which one account's storage misbehaves.
struct Flawed {
    world: World,
    address: Address,
    flaw: Flaw,
}

#[derive(Clone, Copy)]
enum Flaw {
    Missing,
    Panics,
}

impl StateSource for Flawed {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.world.account(address)
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.world.code(hash)
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        if address == self.address {
            match self.flaw {
                Flaw::Missing => return Err(StateError::Storage { address, slot }),
                Flaw::Panics => panic!("the source broke at {address}"),
            }
        }
        self.world.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.world.block_hash(number)
    }
}

const COUNTER: usize = 0;
const LOGGER: usize = 10;

/// Ten calls of the counter by different senders, the `marked`th of the logger instead.
fn plan(marked: usize) -> Plan {
    let steps = (0..10)
        .map(|index| Step {
            sender: index % 5,
            action: Action::Call {
                contract: if index == marked { LOGGER } else { COUNTER },
                a: Word::Small(index as u8),
                b: Word::Small(0),
            },
            value: 0,
            nonce_slip: 0,
            tip: 1,
            gas_limit: 400_000,
        })
        .collect();
    Plan {
        fork: forerun_executor::revm::primitives::hardfork::SpecId::OSAKA,
        coinbase: None,
        on_invalid: OnInvalid::Stop,
        tight: None,
        steps,
    }
}

fn run(source: &Flawed, plan: &Plan, threads: usize) -> Result<BlockOutcome, ExecutorError> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    let options = Options::new(NonZeroUsize::new(threads).expect("not zero"));
    pool.install(|| execute(&plan.block(), source, options))
}

#[test]
fn missing_state_names_the_transaction_and_the_slot() {
    let address = contract(LOGGER);
    let source = Flawed {
        world: World::new(),
        address,
        flaw: Flaw::Missing,
    };
    for threads in [1, 2, 3, 8] {
        let error = run(&source, &plan(6), threads).expect_err("the slot is missing");
        let missing = StateError::Storage {
            address,
            slot: U256::from(6),
        };
        assert_eq!(
            error,
            ExecutorError::State {
                transaction: Some(6),
                error: missing
            }
        );
    }
}

#[test]
fn missing_state_of_what_was_run_ahead_in_vain_is_no_error() {
    // The third transaction is refused, so the one that would miss a slot is never due.
    let source = Flawed {
        world: World::new(),
        address: contract(LOGGER),
        flaw: Flaw::Missing,
    };
    let mut plan = plan(6);
    plan.steps[3].nonce_slip = 1;
    for threads in [1, 2, 3, 8] {
        let outcome = run(&source, &plan, threads).expect("nothing that is due is missing");
        assert_eq!(outcome.transactions.len(), 4);
        assert!(
            !outcome.changes.accounts.contains_key(&sender(4)),
            "nothing behind it took effect"
        );
    }
}

#[test]
fn a_panic_ends_the_parallel_run_with_an_error() {
    let address = contract(LOGGER);
    let source = Flawed {
        world: World::new(),
        address,
        flaw: Flaw::Panics,
    };
    for threads in [2, 3, 8] {
        let error = run(&source, &plan(6), threads).expect_err("a worker panicked");
        let message = format!("the source broke at {address}");
        assert_eq!(error, ExecutorError::WorkerPanicked(message));
        // The same pool of rayon serves on: nothing of the broken run is left in the way.
        let sound = Flawed {
            address: Address::ZERO,
            world: World::new(),
            flaw: Flaw::Missing,
        };
        assert_eq!(
            run(&sound, &plan(6), threads)
                .expect("sound")
                .transactions
                .len(),
            10
        );
    }
}
