//! Lanes do not see each other, the blocks of a lane do, and each comes out as it does alone.

use crate::{
    scenario::{LOGGER, STRANGER, block, call, send},
    world::{World, contract},
};
use forerun_executor::{
    Block, BlockOutcome, ExecutorError, Layer, Options, StateError, StateSource, execute_lanes,
    execute_lanes_beside, execute_sequentially,
    revm::{
        primitives::{Address, B256, U256, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use rayon::ThreadPoolBuilder;
use std::num::NonZeroUsize;

/// Blocks in which four senders pay and call, each with the nonces that follow from the block before.
fn lane(number: u64, blocks: u64) -> Vec<Block> {
    (0..blocks)
        .map(|height| {
            let transactions = (0..12)
                .map(|index| {
                    let (from, nonce) = (index as usize % 4, height * 3 + index / 4);
                    if (index + number).is_multiple_of(3) {
                        send(from, nonce, STRANGER, 7 + number)
                    } else {
                        let a = U256::from(number * 100 + index);
                        call(from, nonce, contract(LOGGER), a, U256::from(height))
                    }
                })
                .collect();
            block(SpecId::OSAKA, transactions)
        })
        .collect()
}

fn alone<S: StateSource>(lane: &[Block], base: &S) -> Vec<BlockOutcome> {
    let mut layer = Layer::default();
    lane.iter()
        .map(|block| {
            let state = layer.over(base);
            let outcome = execute_sequentially(block, &state).expect("the world is complete");
            layer.advance(&outcome.changes);
            outcome
        })
        .collect()
}

#[test]
fn lanes_come_out_as_each_does_alone_at_every_number_of_threads() {
    let world = World::new();
    for (lanes, blocks) in [(1, 4), (2, 3), (9, 2), (40, 1)] {
        let lanes: Vec<_> = (0..lanes).map(|number| lane(number, blocks)).collect();
        let expected: Vec<_> = lanes.iter().map(|lane| alone(lane, &world)).collect();
        assert!(
            expected
                .iter()
                .flatten()
                .all(|outcome| outcome.gas_used > 0)
        );
        let lanes: Vec<_> = lanes.iter().map(Vec::as_slice).collect();
        for threads in [1, 2, 3, 8] {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("threads");
            let options = Options::new(NonZeroUsize::new(threads).expect("not zero"));
            for outcomes in [
                execute_lanes_beside(&pool, &lanes, &world, options),
                pool.install(|| execute_lanes(&lanes, &world, options)),
            ] {
                assert_eq!(outcomes.len(), expected.len());
                for (outcome, expected) in outcomes.iter().zip(&expected) {
                    let outcome = outcome.as_ref().expect("the world is complete");
                    assert_eq!(outcome.len(), expected.len());
                    for (outcome, expected) in outcome.iter().zip(expected) {
                        assert!(outcome.same_result(expected), "{threads} threads");
                    }
                }
            }
        }
    }
}

/// A world in which one account's storage is missing, or breaks whoever asks for it.
struct Flawed(World, Address, bool);

impl StateSource for Flawed {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.0.account(address)
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.0.code(hash)
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        assert!(
            address != self.1 || !self.2,
            "the source broke at {address}"
        );
        if address == self.1 {
            return Err(StateError::Storage { address, slot });
        }
        self.0.storage(address, slot)
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.0.block_hash(number)
    }
}

#[test]
fn a_lane_that_cannot_be_finished_stops_no_other() {
    let counter = contract(0);
    let healthy = vec![block(SpecId::OSAKA, vec![send(0, 0, STRANGER, 7)])];
    let broken = vec![block(
        SpecId::OSAKA,
        vec![call(0, 0, counter, U256::from(1), U256::ZERO)],
    )];
    let lanes = [healthy.as_slice(), broken.as_slice(), healthy.as_slice()];
    for panics in [false, true] {
        let source = Flawed(World::new(), counter, panics);
        for threads in [1, 2, 3] {
            let options = Options::new(NonZeroUsize::new(threads).expect("not zero"));
            let outcomes = execute_lanes(&lanes, &source, options);
            assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
            match (&outcomes[1], panics) {
                (Err(ExecutorError::State { .. }), false)
                | (Err(ExecutorError::WorkerPanicked(_)), true) => {}
                (other, _) => panic!("{threads} threads: {other:?}"),
            }
        }
    }
}
