//! Random bundles rehearsed while their state becomes known piece by piece, where what is not known is
//! guessed: rightly, as nothing, or as garbage. Every rehearsal is the sequential loop on the state as
//! it was guessed, and the one that guesses nothing is the sequential loop on the true one.
//!
//! `FORERUN_CASES` sets how many bundles there are, `FORERUN_SEED` repeats a run.

use crate::{
    draw::Draw,
    played::{Orders, difference},
    world::{World, any_plan},
};
use forerun_executor::{
    Guesses, Kept, StateError, StateSource, Straying, TurnedCodes, Walk, execute_sequentially,
    revm::{
        primitives::{Address, B256, U256},
        state::{AccountInfo, Bytecode},
    },
    scout,
};
use proptest::strategy::{Strategy, ValueTree};
use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

const CASES: u32 = 2_400;
const TRANSACTIONS: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(Address),
    Slot(Address, U256),
    BlockHash(u64),
}

/// A world of which some is known.
struct PartlyKnown<'a> {
    world: &'a World,
    known: HashSet<Key>,
    hasher: BuildHasherDefault<DefaultHasher>,
    /// Another one guesses otherwise.
    seed: u64,
    guessed: AtomicU64,
    missed: Mutex<Vec<Key>>,
}

impl PartlyKnown<'_> {
    /// A number that stands for the guess at a key; `None` if it is known.
    fn guess(&self, key: Key) -> Option<u64> {
        if self.known.contains(&key) {
            return None;
        }
        self.guessed.fetch_add(1, Relaxed);
        self.missed.lock().expect("no panic").push(key);
        Some(Orders(self.hasher.hash_one(key) ^ self.seed).next())
    }
}

impl Guesses for PartlyKnown<'_> {
    fn guessed(&self) -> u64 {
        self.guessed.load(Relaxed)
    }
}

impl StateSource for PartlyKnown<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let truth = self.world.account(address)?;
        let Some(guess) = self.guess(Key::Account(address)) else {
            return Ok(truth);
        };
        Ok(match guess % 4 {
            0 => None,
            1 => {
                let mut info = truth.unwrap_or_default();
                info.balance = U256::from(guess);
                info.nonce = guess >> 60;
                Some(info)
            }
            _ => truth,
        })
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.world.code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        // An account that does not exist has no storage, be it guessed or not.
        if self.account(address)?.is_none() {
            return Ok(U256::ZERO);
        }
        Ok(match self.guess(Key::Slot(address, slot)) {
            Some(guess) if guess % 4 == 0 => U256::ZERO,
            Some(guess) if guess % 4 == 1 => U256::from(guess >> 58),
            _ => self.world.storage(address, slot)?,
        })
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Ok(match self.guess(Key::BlockHash(number)) {
            Some(guess) if guess % 2 == 0 => B256::ZERO,
            _ => self.world.block_hash(number)?,
        })
    }
}

#[test]
fn a_rehearsal_is_the_sequential_loop_on_what_is_known_and_guessed() {
    let Draw {
        seed,
        cases,
        mut runner,
    } = Draw::of(CASES);
    let mut orders = Orders(seed);
    let (mut rehearsals, mut executions, mut transactions) = (0, 0, 0);
    for case in 0..cases {
        let plan = any_plan(TRANSACTIONS)
            .new_tree(&mut runner)
            .expect("a plan");
        let block = plan.current().block();
        let world = World::new();
        let truth = execute_sequentially(&block, &world).expect("the world is complete");
        let mut state = PartlyKnown {
            world: &world,
            known: HashSet::new(),
            hasher: BuildHasherDefault::default(),
            seed: orders.next(),
            guessed: AtomicU64::new(0),
            missed: Mutex::default(),
        };
        let mut kept = Kept::default();
        let codes = TurnedCodes::default();
        loop {
            let rehearsal = kept
                .rehearse(&block, &state)
                .expect("guesses are no errors");
            rehearsals += 1;
            let has_guessed = state.guessed.swap(0, Relaxed) > 0;
            let mut missed = std::mem::take(state.missed.get_mut().expect("no panic"));
            let expected = execute_sequentially(&block, &state).expect("guesses are no errors");
            let same = rehearsal.outcome.same_result(&expected);
            assert!(
                same,
                "seed {seed}, case {case}: {:?}",
                difference(&rehearsal.outcome, &expected)
            );
            if !has_guessed {
                assert!(
                    expected.same_result(&truth),
                    "seed {seed}, case {case}: the end"
                );
                assert!(rehearsal.unsettled.is_empty(), "seed {seed}, case {case}");
                break;
            }
            // Scouts only ask, whatever they are told.
            let walk = Walk {
                straying: orders.next().is_multiple_of(2).then(|| Straying {
                    seed: orders.next(),
                    percent: orders.next() % 100,
                    times: orders.next() % 4,
                }),
                notes_hashes: orders.next().is_multiple_of(2),
            };
            let scouted = scout(&block, &rehearsal.unsettled, &state, walk, &codes);
            assert!(
                scouted
                    .guessing
                    .iter()
                    .all(|index| rehearsal.unsettled.contains(index)),
                "seed {seed}, case {case}"
            );
            missed.append(state.missed.get_mut().expect("no panic"));
            state.guessed.store(0, Relaxed);
            // Some of it comes, the first miss among it, and what is left is guessed otherwise at times.
            let share = orders.next() % 4;
            state.known.insert(missed[0]);
            state
                .known
                .extend(missed.into_iter().filter(|_| orders.next() % 4 <= share));
            if orders.next().is_multiple_of(2) {
                state.seed = orders.next();
            }
        }
        executions += kept.executions();
        transactions += block.transactions.len() as u64;
    }
    println!("{rehearsals} rehearsals, {executions} executions of {transactions} transactions");
    assert!(executions > transactions, "nothing was executed again");
    let most = rehearsals * transactions / u64::from(cases);
    assert!(executions < most, "nothing was kept");
}
