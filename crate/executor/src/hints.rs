//! Guesses, made before the run, of which transactions are worth running ahead and which had better
//! wait for which. They decide what is done first and never what comes out.

use crate::{Block, StateSource};
use revm::{
    context::TxEnv,
    primitives::{AddressMap, TxKind},
};
use std::sync::atomic::AtomicBool;

/// A transaction that is worth running ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its index in the block.
    pub(crate) index: usize,
    /// The candidate before it, by rank, with the same sender.
    pub(crate) same_sender: Option<usize>,
    /// The candidate before it, by rank, that calls the same contract.
    pub(crate) same_target: Option<usize>,
    /// What it may use at most, in gas: all there is to tell beforehand how long it takes.
    pub(crate) gas_limit: u64,
    /// A number for the contract that it calls, shared with all that call the same.
    pub(crate) target: usize,
}

/// What is guessed of a block, and what the run adds to it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The transactions that are worth running ahead, in order.
    pub(crate) candidates: Vec<Candidate>,
    /// Those that may take long and are begun first, by index.
    pub(crate) long: Vec<usize>,
    /// By number of the contract that is called: whether something was read too early there.
    pub(crate) hot: Box<[AtomicBool]>,
}

impl Plan {
    /// The plan for a block.
    ///
    /// A plain payment is not worth running ahead: it takes a microsecond or less where its accounts
    /// are at hand, which is what it takes to hand a result from one core to another.
    pub(crate) fn of<S: StateSource>(block: &Block, state: &S) -> Self {
        Self::with(chosen(block, |tx| is_worth_it(tx, state)))
    }

    /// A plan in which every transaction of the block is worth running ahead.
    pub(crate) fn of_everything(block: &Block) -> Self {
        Self::with(chosen(block, |_| true))
    }

    pub(crate) fn with(candidates: Vec<Candidate>) -> Self {
        Self {
            long: long_ones(&candidates),
            hot: candidates.iter().map(|_| AtomicBool::new(false)).collect(),
            candidates,
        }
    }
}

/// Whether so many transactions of a block are worth running ahead.
pub(crate) fn has_candidates<S: StateSource>(block: &Block, state: &S, wanted: usize) -> bool {
    let candidates = block
        .transactions
        .iter()
        .filter(|tx| is_worth_it(tx, state));
    candidates.take(wanted).count() == wanted
}

fn chosen(block: &Block, choice: impl Fn(&TxEnv) -> bool) -> Vec<Candidate> {
    let mut senders = AddressMap::<usize>::default();
    let mut targets = AddressMap::<(usize, usize)>::default();
    let mut candidates = Vec::new();
    for (index, tx) in block.transactions.iter().enumerate() {
        if !choice(tx) {
            continue;
        }
        let rank = candidates.len();
        let mut candidate = Candidate {
            index,
            same_sender: senders.insert(tx.caller, rank),
            same_target: None,
            gas_limit: tx.gas_limit,
            target: rank,
        };
        if let TxKind::Call(target) = tx.kind {
            let (last, number) = *targets
                .entry(target)
                .and_modify(|(last, number)| {
                    candidate.same_target = Some(*last);
                    candidate.target = *number;
                    *last = rank;
                })
                .or_insert((rank, rank));
            debug_assert!(last == rank && number <= rank, "the last one of its target");
        }
        candidates.push(candidate);
    }
    candidates
}

/// How many transactions of a block are looked upon as long at most.
const MOST_LONG: usize = 8;
/// How many times the usual gas limit a long transaction has at least.
const LONG: u64 = 3;

/// The candidates, by index in the block, that may take much longer than the others, longest first.
/// One of them can take as long as all others together: begun last, it would be waited for alone.
fn long_ones(candidates: &[Candidate]) -> Vec<usize> {
    let mut by_limit: Vec<_> = candidates
        .iter()
        .map(|candidate| (candidate.gas_limit, candidate.index))
        .collect();
    // In the order in which others are sorted too: each order of each type is code of its own.
    by_limit.sort_unstable();
    by_limit.reverse();
    let usual = by_limit
        .get(by_limit.len() / 2)
        .map_or(0, |(limit, _)| *limit);
    by_limit
        .into_iter()
        .take(MOST_LONG)
        .filter(|(limit, _)| *limit >= usual.saturating_mul(LONG))
        .map(|(_, index)| index)
        .collect()
}

/// What a transaction uses that does nothing but pay, in gas. Who offers no more calls no code.
const GAS_OF_A_PAYMENT: u64 = 21_000;

fn is_worth_it<S: StateSource>(tx: &TxEnv, state: &S) -> bool {
    let TxKind::Call(target) = tx.kind else {
        return true;
    };
    if !tx.data.is_empty() || !tx.authorization_list.is_empty() {
        return true;
    }
    tx.gas_limit > GAS_OF_A_PAYMENT
        && matches!(state.account(target), Ok(Some(account)) if !account.is_empty_code_hash())
}
