//! Guesses, made before the run, of which transactions are worth running ahead and which had better
//! wait for which. They decide what is done first and never what comes out.

use crate::Block;
use revm::{
    context::TxEnv,
    primitives::{AddressMap, TxKind},
};

/// A transaction that is worth running ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its index in the block.
    pub(crate) index: usize,
    /// The candidate before it, by rank, with the same sender.
    pub(crate) same_sender: Option<usize>,
    /// The candidate before it, by rank, that calls the same contract.
    pub(crate) same_target: Option<usize>,
    /// A number for the contract that it calls, shared with all that call the same.
    pub(crate) target: usize,
}

/// The transactions of a block that are worth running ahead, in order.
///
/// A plain payment is not: it takes a microsecond or less where its accounts are at hand, which is
/// what it takes to hand a result from one core to another.
pub(crate) fn candidates(block: &Block) -> Vec<Candidate> {
    chosen(block, is_worth_it)
}

/// All transactions of a block, in order, as if each were worth running ahead.
pub(crate) fn everything(block: &Block) -> Vec<Candidate> {
    chosen(block, |_| true)
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

fn is_worth_it(tx: &TxEnv) -> bool {
    !tx.data.is_empty() || tx.kind.is_create() || !tx.authorization_list.is_empty()
}
