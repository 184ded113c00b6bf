//! Real blocks, and slices of them, in every combination of threads, window, prediction and hints:
//! each comes to what the sequential loop comes to.
//!
//! A slice starts at a random transaction, on the state that those before it left. Each combination
//! is run on threads, and with workers that one thread plays in random order.
//!
//! The whole takes minutes. Without `FORERUN_MATRIX=all` a sample is drawn, whose seed is printed;
//! `FORERUN_SEED` repeats it.

mod support;

use alloy_primitives::{Address, B256, U256};
use forerun_simulator::{
    Codes, ReplayRequest, Simulator,
    executor::{
        Block, BlockOutcome, OnInvalid, Options, Prediction, StateChanges, StateError, StateSource,
        TransactionOutcome, Window, execute, execute_interleaved, execute_sequentially,
        revm::state::{AccountInfo, Bytecode},
    },
};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::{Value, json};
use std::{env, num::NonZeroUsize, time::SystemTime};
use support::{codes, member, pack, recorded};

const THREADS: [usize; 5] = [1, 2, 3, 4, 8];
const WINDOWS: [Option<usize>; 5] = [None, Some(1), Some(2), Some(8), Some(64)];

/// How many blocks a sample draws of each era, and how many combinations for each.
const BLOCKS: usize = 2;
const COMBINATIONS: usize = 8;

const fn some(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("not zero")
}

/// Random numbers by `SplitMix64` (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    const fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// What is run, and how much of it.
struct Matrix {
    random: Random,
    whole: bool,
    pools: Vec<(NonZeroUsize, ThreadPool)>,
}

impl Matrix {
    fn new(name: &str) -> Self {
        let whole = env::var("FORERUN_MATRIX").is_ok_and(|matrix| matrix == "all");
        let seed = env::var("FORERUN_SEED").ok().map_or_else(
            || {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                now.map_or(0, |now| now.as_nanos() as u64)
            },
            |seed| seed.parse().expect("FORERUN_SEED is a number"),
        );
        println!("{name}: seed {seed} (FORERUN_SEED={seed} repeats)");
        let start = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            (some(threads), pool.expect("threads can be started"))
        };
        Self {
            random: Random(seed),
            whole,
            pools: THREADS.into_iter().map(start).collect(),
        }
    }

    /// Every combination, or some of them.
    fn combinations(&mut self) -> Vec<Options> {
        let mut all = Vec::new();
        for threads in THREADS {
            for window in WINDOWS {
                for prediction in [
                    Prediction::Seen,
                    Prediction::Stale,
                    Prediction::Garbage(self.random.next()),
                ] {
                    for hints in [false, true] {
                        let mut options = Options::new(some(threads));
                        options.window =
                            window.map_or(Window::Adaptive, |size| Window::Fixed(some(size)));
                        (options.prediction, options.hints) = (prediction, hints);
                        all.push(options);
                    }
                }
            }
        }
        if self.whole {
            return all;
        }
        (0..COMBINATIONS)
            .map(|_| all[self.random.below(all.len())])
            .collect()
    }

    /// Runs a block on threads and with played workers and compares.
    fn run(&mut self, place: &str, block: &Block, state: &impl StateSource) {
        let sequential = execute_sequentially(block, state).expect("the state is complete");
        for options in self.combinations() {
            let order = self.random.next();
            let place = format!("{place}, {options:?}, order {order}");
            let pool = self.pools.iter().find(|(of, _)| *of == options.threads);
            let (_, pool) = pool.expect("there is a pool for each count");
            let outcome = pool.install(|| execute(block, state, options));
            check(&place, &outcome.expect(&place), &sequential);
            // Threads try few orders of steps; playing tries any.
            let mut orders = Random(order);
            let outcome =
                execute_interleaved(block, state, options, |workers| orders.below(workers));
            check(&place, &outcome.expect(&place), &sequential);
        }
    }

    /// Runs a random slice of a block.
    fn run_slice(&mut self, place: &str, block: &Block, state: &impl StateSource) {
        let count = block.transactions.len();
        if count == 0 {
            return;
        }
        let start = self.random.below(count);
        let end = start + 1 + self.random.below(count - start);
        let mut before = block.clone();
        before.transactions.truncate(start);
        // The protocol's own calls and credits are the slice's.
        before.rules.system_calls = None;
        before.rules.balance_increments = Vec::new();
        let outcome = execute_sequentially(&before, state).expect("the state is complete");
        let after = After {
            state,
            changes: &outcome.changes,
        };
        let mut slice = block.clone();
        slice.transactions = block.transactions[start..end].to_vec();
        // Should a transaction of the slice be refused, those behind it are run all the same.
        slice.rules.on_invalid = OnInvalid::Skip;
        self.run(&format!("{place}[{start}..{end}]"), &slice, &after);
    }
}

#[track_caller]
fn check(place: &str, outcome: &BlockOutcome, sequential: &BlockOutcome) {
    let pairs = outcome.transactions.iter().zip(&sequential.transactions);
    for (index, (ours, theirs)) in pairs.enumerate() {
        assert_eq!(ours, theirs, "{place}: transaction {index}");
    }
    for (address, theirs) in &sequential.changes.accounts {
        let ours = outcome.changes.accounts.get(address);
        assert_eq!(ours, Some(theirs), "{place}: {address}");
    }
    assert!(outcome.same_result(sequential), "{place}");
    let most = 2 * outcome.transactions.len() as u64;
    let executions = outcome.report.executions;
    assert!(executions <= most, "{place}: {executions} executions");
}

/// A state with the changes of a run on top.
struct After<'a, S> {
    state: &'a S,
    changes: &'a StateChanges,
}

impl<S: StateSource> StateSource for After<'_, S> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        match self.changes.accounts.get(&address) {
            Some(change) => Ok(change.info.clone()),
            None => self.state.account(address),
        }
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.changes.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.state.code(hash),
        }
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        if let Some(change) = self.changes.accounts.get(&address) {
            if let Some(value) = change.storage.get(&slot) {
                return Ok(*value);
            }
            if change.storage_cleared || change.info.is_none() {
                return Ok(U256::ZERO);
            }
        }
        self.state.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.state.block_hash(number)
    }
}

/// Runs a recorded block and a slice of it.
fn run_file(matrix: &mut Matrix, name: &str, file: &Value, codes: &Codes) {
    let (snapshot, request) = recorded(file, codes);
    let simulator = Simulator::new(snapshot, 1).expect("one thread is a good count");
    let prepared = simulator.prepare_block(&ReplayRequest::from(request));
    let prepared = prepared.expect("the request is good");
    let state = prepared.state();
    matrix.run(name, &prepared.block, &state);
    matrix.run_slice(name, &prepared.block, &state);
}

/// Runs the blocks of a pack whose numbers are in a range, or some of them.
fn run_pack(pack_name: &str, first: u64, last: u64) {
    let Some(pack) = pack(pack_name) else {
        return;
    };
    let codes = codes(&pack);
    let number = |name: &str| name.strip_suffix(".json")?.parse::<u64>().ok();
    let mut names: Vec<_> = pack
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| number(name).is_some_and(|number| (first..=last).contains(&number)))
        .collect();
    assert!(!names.is_empty(), "{pack_name}: no block");
    let mut matrix = Matrix::new(&format!("{pack_name} {first} to {last}"));
    while !matrix.whole && names.len() > BLOCKS {
        names.swap_remove(matrix.random.below(names.len()));
    }
    for name in names {
        run_file(&mut matrix, name, &member(&pack, name), &codes);
    }
}

#[test]
fn matrix_of_blocks_before_byzantium() {
    run_pack("blocks.tar.gz", 0, 4_369_999);
}

#[test]
fn matrix_of_blocks_from_byzantium_to_istanbul() {
    run_pack("blocks.tar.gz", 4_370_000, 12_243_999);
}

#[test]
fn matrix_of_blocks_of_berlin_and_london() {
    run_pack("blocks.tar.gz", 12_244_000, 15_537_393);
}

#[test]
fn matrix_of_blocks_from_the_merge_to_shanghai() {
    run_pack("blocks.tar.gz", 15_537_394, 19_426_586);
}

#[test]
fn matrix_of_blocks_from_cancun_on() {
    run_pack("blocks.tar.gz", 19_426_587, u64::MAX);
}

#[test]
fn matrix_of_a_block_with_delegations() {
    run_pack("grevm-22546209.tar.gz", 0, u64::MAX);
}

#[test]
fn prepared_block_comes_to_what_a_replay_comes_to() {
    let simulator = support::simulator();
    let payment = json!({
        "from": support::Account::new(1).address,
        "to": support::MINER,
        "gas": 21_000,
        "value": 5,
        "gasPrice": support::BASE_FEE,
    });
    let request = ReplayRequest::from(json!({
        "block": {
            "header": {
                "number": "0x65",
                "timestamp": "0x3f4",
                "gasLimit": 36_000_000,
                "baseFeePerGas": support::BASE_FEE,
                "miner": support::MINER,
                "mixHash": B256::repeat_byte(1),
                "excessBlobGas": 0,
            },
            "transactions": [payment],
        },
    }));
    let prepared = simulator.prepare_block(&request).expect("a good request");
    let outcome = execute_sequentially(&prepared.block, &prepared.state()).expect("all is there");
    assert!(matches!(
        outcome.transactions[..],
        [TransactionOutcome::Executed(_)]
    ));
    let replayed = simulator.replay_block(&request).expect("a good request");
    assert_eq!(outcome.changes, replayed.changes);
    assert_eq!(outcome.gas_used, 21_000);
}
