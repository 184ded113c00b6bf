//! Executing a bundle: all of it in one block, and again without what falls out of it.

use super::amount::Amount;
use crate::{
    access_list,
    block_environment::BlockOverrides,
    bundle::first_refused,
    call::Surroundings,
    fields::Field,
    intake::{Intake, Origin, Taken},
    rpc::{
        Failure, Session, StateOverrides,
        block_param::pinned_header,
        refusal::refused,
        revert::{halt_text, revert_text},
    },
};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{B256, Bytes};
use forerun_executor::{
    AnyState, Block, BlockOutcome, BlockRules, Layer, MovedPrecompiles, Record, TransactionOutcome,
    revm::context::{BlockEnv, TxEnv, result::ExecutionResult},
};

/// What a bundle allows one of its transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// To be undone by its contract and stay.
    pub(crate) reverts: bool,
    /// To be left out where it would be undone, or not be valid.
    pub(crate) drops: bool,
}

/// A bundle that is ready to run.
pub(crate) struct Bundle<'a> {
    session: &'a Session<'a>,
    env: BlockEnv,
    layer: Layer,
    moved_precompiles: MovedPrecompiles,
    /// Whether each transaction is to have its access list.
    access_lists: bool,
}

/// What a bundle came to.
#[derive(Debug)]
pub(crate) enum Course {
    /// It is through.
    Through(Run),
    /// It may not go on as it does.
    Stopped(Stopped),
}

/// A bundle that ran.
#[derive(Debug)]
pub(crate) struct Run {
    /// The hash of each transaction that was sent.
    pub(crate) hashes: Vec<B256>,
    /// The transactions that were not left out.
    pub(crate) ran: Vec<Ran>,
}

/// A transaction that ran.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its place in the bundle as it was sent.
    pub(crate) place: usize,
    pub(crate) hash: B256,
    pub(crate) tx: TxEnv,
    pub(crate) result: ExecutionResult,
    /// What it brought whoever makes the block.
    pub(crate) coinbase_diff: Amount,
    /// What it read, where that was asked for.
    pub(crate) access_list: Option<AccessList>,
}

/// The transaction that a bundle failed with, and why.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) hash: B256,
    pub(crate) why: Why,
}

/// Why a bundle cannot have a transaction.
#[derive(Debug)]
pub(crate) enum Why {
    /// It may not be in the block, at its place.
    Invalid(String),
    /// It ran and failed, which it may not.
    Undone(ExecutionResult),
}

/// Why a transaction that ran had no effect, with the reason if it has one, and what it reverted
/// with.
pub(crate) fn undone(result: &ExecutionResult) -> Option<(String, Option<&Bytes>)> {
    match result {
        ExecutionResult::Success { .. } => None,
        ExecutionResult::Revert { output, .. } => Some((revert_text(output), Some(output))),
        ExecutionResult::Halt { reason, .. } => Some((halt_text(reason).to_owned(), None)),
    }
}

impl<'a> Bundle<'a> {
    /// A bundle in the block behind the pinned one, on its state with what a request overrides.
    pub(crate) fn new(
        session: &'a Session<'a>,
        block: &BlockOverrides,
        state: Option<&Field<'_>>,
    ) -> Result<Self, Failure> {
        let fork = session.snapshot().fork();
        let parent = pinned_header(session)?;
        let mut bundle = Self {
            session,
            env: block.environment(Some(parent), &fork)?,
            layer: Layer::default(),
            moved_precompiles: MovedPrecompiles::default(),
            access_lists: false,
        };
        if let Some(field) = state {
            let base = session.base();
            let overrides = StateOverrides::read(field)?;
            bundle.moved_precompiles = overrides.apply(&base, &mut bundle.layer, fork.spec)?;
        }
        Ok(bundle)
    }

    /// The same bundle, each of whose transactions gets its access list if that is asked for.
    pub(crate) const fn with_access_lists(mut self, are_wanted: bool) -> Self {
        self.access_lists = are_wanted;
        self
    }

    /// What its transactions see of their block.
    pub(crate) const fn env(&self) -> &BlockEnv {
        &self.env
    }

    /// Runs it. Transactions that are left out have no effect on those behind them.
    pub(crate) fn run(
        &self,
        sent: &[Field<'_>],
        allowance: &dyn Fn(usize, B256) -> Allowance,
    ) -> Result<Course, Failure> {
        let mut places: Vec<_> = (0..sent.len()).collect();
        let mut hashes = Vec::new();
        loop {
            let fields: Vec<_> = places.iter().map(|place| sent[*place].clone()).collect();
            let taken = self.read(&fields)?;
            if hashes.is_empty() {
                hashes = taken.iter().map(hash_of).collect();
            }
            let block = self.block(&taken);
            let outcome = self.session.execute(&block, &self.layer)?;
            let at = |index: usize| {
                let hash = hash_of(&taken[index]);
                (hash, allowance(places[index], hash))
            };
            let Some((index, why)) = first_failure(&taken, &block, &outcome, &at) else {
                let ran = collect(places, &block, taken, outcome);
                return Ok(Course::Through(Run { hashes, ran }));
            };
            let (hash, allowed) = at(index);
            if !allowed.drops {
                return Ok(Course::Stopped(Stopped { hash, why }));
            }
            places.remove(index);
        }
    }

    fn read(&self, fields: &[Field<'_>]) -> Result<Vec<Taken>, Failure> {
        let snapshot = self.session.snapshot();
        let fork = snapshot.fork();
        let intake = Intake {
            surroundings: Surroundings {
                chain_id: snapshot.chain_id(),
                fork: &fork,
                block: &self.env,
            },
            origin: Origin::Wire,
            funded: true,
            threads: self.session.threads(),
        };
        let base = self.session.base();
        let state = self.layer.over(&base);
        let taken = self
            .session
            .on_pool(|| intake.read(fields, &AnyState(&state)))?;
        Ok(taken)
    }

    fn block(&self, taken: &[Taken]) -> Block {
        let snapshot = self.session.snapshot();
        let fork = snapshot.fork();
        Block {
            chain_id: snapshot.chain_id(),
            fork: fork.spec,
            env: self.env.clone(),
            blob_params: fork.blob_params,
            transactions: taken
                .iter()
                .map(|taken| taken.transaction.env.clone())
                .collect(),
            rules: BlockRules {
                coinbase_balances: true,
                moved_precompiles: self.moved_precompiles.clone(),
                record: Record {
                    touched: self.access_lists,
                    ..Record::NOTHING
                },
                ..BlockRules::default()
            },
        }
    }
}

/// Everything that is read for nodes has a hash.
fn hash_of(taken: &Taken) -> B256 {
    taken.transaction.hash.unwrap_or_default()
}

/// The first transaction that is not valid or failed without leave.
fn first_failure(
    taken: &[Taken],
    block: &Block,
    outcome: &BlockOutcome,
    at: &dyn Fn(usize) -> (B256, Allowance),
) -> Option<(usize, Why)> {
    let first = first_refused(taken, block, outcome);
    let end = first.as_ref().map_or(taken.len(), |(index, _)| *index);
    let results = outcome.transactions.iter().take(end).enumerate();
    for (index, outcome) in results {
        if let TransactionOutcome::Executed(result) = outcome
            && !result.is_success()
            && !at(index).1.reverts
        {
            return Some((index, Why::Undone(result.clone())));
        }
    }
    first.map(|(index, rejection)| {
        let error = refused(&rejection, &block.transactions[index], block);
        (index, Why::Invalid(error.message))
    })
}

fn collect(
    places: Vec<usize>,
    block: &Block,
    taken: Vec<Taken>,
    outcome: BlockOutcome,
) -> Vec<Ran> {
    let mut recordings = outcome.recordings.into_iter();
    let mut balances = outcome.coinbase_balances.into_iter();
    let mut before = balances.next().unwrap_or_default();
    let results = outcome.transactions.into_iter().zip(balances);
    let mut ran = Vec::with_capacity(places.len());
    for ((place, taken), (outcome, after)) in places.into_iter().zip(taken).zip(results) {
        let coinbase_diff = Amount::between(before, after);
        before = after;
        let recording = recordings.next().flatten();
        if let TransactionOutcome::Executed(result) = outcome {
            ran.push(Ran {
                place,
                hash: hash_of(&taken),
                access_list: recording.and_then(|recording| {
                    access_list::of_touched(&recording.touched, &taken.transaction.env, block)
                }),
                tx: taken.transaction.env,
                result,
                coinbase_diff,
            });
        }
    }
    ran
}
