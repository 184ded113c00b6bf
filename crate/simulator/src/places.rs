//! Finding something out about each transaction of a bundle, at its place: on what those before it left.
//!
//! The transactions are taken up in batches: a walk through a batch notes the state before each of its
//! transactions, then all threads look at once, each at one transaction. More in a batch would wait less
//! for one another, but each has its own state before it, which takes up memory.

use crate::{Error, Simulator};
use forerun_executor::{
    AnyState, Block, BlockOutcome, BlockRules, Guesses, Layer, Record, TransactionOutcome,
    revm::context::{TxEnv, result::ExecutionResult},
    side_by_side,
};
use std::num::NonZeroUsize;

/// How many transactions a thread has in a batch.
const BATCH: usize = 4;

/// A transaction at its place.
pub(crate) struct Place<'a> {
    block: &'a Block,
    /// The state before the block.
    base: &'a dyn Guesses,
    /// What those before it left.
    before: Layer,
    pub(crate) tx: &'a TxEnv,
    /// What becomes of it, as it is.
    pub(crate) result: Option<ExecutionResult>,
}

impl Place<'_> {
    /// The block it is in.
    pub(crate) const fn block(&self) -> &Block {
        self.block
    }

    /// Does something with the state before the transaction.
    pub(crate) fn on_state<T>(&self, work: impl FnOnce(&dyn Guesses) -> T) -> T {
        let base = AnyState(self.base);
        work(&self.before.over(&base))
    }

    /// What becomes of another transaction at this place; `None` if it is refused.
    pub(crate) fn attempt(&self, tx: TxEnv) -> Result<Option<ExecutionResult>, Error> {
        self.on_state(|state| Ok(first(&run(self.block, tx, state)?)))
    }
}

/// Executes a transaction alone.
pub(crate) fn run(block: &Block, tx: TxEnv, state: &dyn Guesses) -> Result<BlockOutcome, Error> {
    let alone = Block {
        chain_id: block.chain_id,
        fork: block.fork,
        env: block.env.clone(),
        blob_params: block.blob_params,
        transactions: vec![tx],
        rules: BlockRules {
            record: Record::NOTHING,
            ..block.rules.clone()
        },
    };
    Ok(AnyState(state).execute_sequentially(&alone)?)
}

fn first(outcome: &BlockOutcome) -> Option<ExecutionResult> {
    match outcome.transactions.first() {
        Some(TransactionOutcome::Executed(result)) => Some(result.clone()),
        _ => None,
    }
}

/// Looks at each transaction of a block.
pub(crate) fn look_at_each<T: Send>(
    simulator: &Simulator,
    threads: NonZeroUsize,
    block: &Block,
    base: &dyn Guesses,
    look: &(dyn Fn(&Place<'_>) -> Result<T, Error> + Sync),
) -> Result<Vec<T>, Error> {
    let mut found = Vec::with_capacity(block.transactions.len());
    let mut layer = Layer::default();
    let below = AnyState(base);
    let size = threads.get().saturating_mul(BATCH);
    for batch in block.transactions.chunks(size) {
        let mut places = Vec::with_capacity(batch.len());
        for tx in batch {
            let outcome = run(block, tx.clone(), &layer.over(&below))?;
            places.push(Place {
                block,
                base,
                before: layer.clone(),
                tx,
                result: first(&outcome),
            });
            layer.advance(&outcome.changes);
        }
        let seen = simulator.on_pool(threads, || {
            side_by_side(threads.get(), places.len(), &|index| look(&places[index]))
        });
        for one in seen {
            found.push(one?);
        }
    }
    Ok(found)
}
