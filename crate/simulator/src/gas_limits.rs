//! The least gas limit of each transaction of a bundle, on what those before it left.
//!
//! The transactions are taken up in batches: a walk through the batch notes the state before each of its
//! transactions, then all threads look for the limits at once, each at one transaction.

use crate::{
    Error, Simulator,
    fork::Fork,
    gas_search::{OSAKA_GAS_CAP, narrow},
};
use forerun_executor::{
    AnyState, Block, Guesses, Layer, TransactionOutcome,
    revm::{
        context::{TxEnv, result::ExecutionResult},
        primitives::hardfork::SpecId,
    },
};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::num::NonZeroUsize;

/// How many transactions a thread has in a batch. More of them wait less for one another, and fewer take
/// up less memory: each has its own state before it.
const BATCH: usize = 4;

/// The limits, `None` for a transaction that fails with any. The block's transactions are all valid where
/// they stand.
pub(crate) fn of(
    simulator: &Simulator,
    threads: NonZeroUsize,
    block: &Block,
    fork: &Fork,
    state: &dyn Guesses,
) -> Result<Vec<Option<u64>>, Error> {
    let most = if fork.has(SpecId::OSAKA) {
        block.env.gas_limit.min(OSAKA_GAS_CAP)
    } else {
        block.env.gas_limit
    };
    let mut limits = Vec::with_capacity(block.transactions.len());
    let mut layer = Layer::default();
    for batch in block
        .transactions
        .chunks(threads.get().saturating_mul(BATCH))
    {
        let mut places = Vec::with_capacity(batch.len());
        for tx in batch {
            let before = layer.clone();
            let (result, changes) = run(block, tx.clone(), &layer, state)?;
            layer.advance(&changes);
            places.push((tx, before, result));
        }
        let look = |(tx, before, result): &(&TxEnv, Layer, Option<ExecutionResult>)| {
            let search = Search {
                block,
                tx,
                before,
                state,
            };
            search.least(result.as_ref(), most)
        };
        let found: Vec<_> = if threads.get() == 1 {
            places.iter().map(look).collect()
        } else {
            simulator.on_pool(threads, || places.par_iter().map(look).collect())
        };
        for limit in found {
            limits.push(limit?);
        }
    }
    Ok(limits)
}

/// What becomes of a transaction, and what it changes. `None` if it is refused.
fn run(
    block: &Block,
    tx: TxEnv,
    before: &Layer,
    state: &dyn Guesses,
) -> Result<(Option<ExecutionResult>, forerun_executor::StateChanges), Error> {
    let below = AnyState(state);
    let state = before.over(&below);
    let alone = Block {
        transactions: vec![tx],
        ..block.clone()
    };
    let outcome = AnyState(&state).execute_sequentially(&alone)?;
    let result = match outcome.transactions.into_iter().next() {
        Some(TransactionOutcome::Executed(result)) => Some(result),
        _ => None,
    };
    Ok((result, outcome.changes))
}

struct Search<'a> {
    block: &'a Block,
    tx: &'a TxEnv,
    before: &'a Layer,
    state: &'a dyn Guesses,
}

impl Search<'_> {
    fn attempt(&self, gas_limit: u64) -> Result<Option<ExecutionResult>, Error> {
        let tx = TxEnv {
            gas_limit,
            ..self.tx.clone()
        };
        let (result, _) = run(self.block, tx, self.before, self.state)?;
        Ok(result.filter(ExecutionResult::is_success))
    }

    fn least(&self, result: Option<&ExecutionResult>, most: u64) -> Result<Option<u64>, Error> {
        let mut bound = self.tx.gas_limit;
        let mut first = result.filter(|result| result.is_success()).cloned();
        if first.is_none() && bound < most {
            bound = most;
            first = self.attempt(bound)?;
        }
        let Some(first) = first else {
            return Ok(None);
        };
        let mut succeeds = |gas| Ok(self.attempt(gas)?.is_some());
        narrow(first.gas(), bound, 0, &mut succeeds).map(Some)
    }
}
