//! Where the settled transactions of a parallel run have written.

use crate::place::Place;
use revm::primitives::Address;

/// There are 64 bits for each transaction, of which one sets some ten.
const WORDS_PER_TRANSACTION: usize = 1;
const MOST_WORDS: usize = 1 << 14;

/// How many words of 64 bits a bitmap has for so many transactions.
pub(crate) fn words_for(transactions: usize) -> usize {
    (transactions * WORDS_PER_TRANSACTION)
        .next_power_of_two()
        .clamp(16, MOST_WORDS)
}

/// A bitmap of the places that were written, and a bit more often than not of no other.
///
/// The driver's own: that a place is not marked means that its locations are as in the base state,
/// and saves validation a second look at nearly all that was read. Nothing that helpers do is in it.
#[derive(Debug)]
pub(crate) struct Marks {
    words: Box<[u64]>,
    /// Whether any account was created or destroyed, which voids slots without naming them.
    has_clearings: bool,
}

impl Marks {
    /// Marks for what a block of so many transactions writes.
    pub(crate) fn new(transactions: usize) -> Self {
        Self {
            words: vec![0; words_for(transactions)].into(),
            has_clearings: false,
        }
    }

    /// Notes a write.
    pub(crate) fn mark(&mut self, place: Place) {
        let (word, bit) = self.bit(place);
        self.words[word] |= bit;
    }

    /// Notes that the storage of an account may be void.
    pub(crate) fn mark_clearing(&mut self, address: Address) {
        self.mark(Place::of_account(address));
        self.has_clearings = true;
    }

    /// Whether an account may have been written.
    pub(crate) fn has(&self, place: Place) -> bool {
        let (word, bit) = self.bit(place);
        self.words[word] & bit != 0
    }

    /// Whether a slot may have been written, or the storage that it is in voided.
    pub(crate) fn has_slot(&self, address: Address, place: Place) -> bool {
        self.has(place) || (self.has_clearings && self.has(Place::of_account(address)))
    }

    fn bit(&self, place: Place) -> (usize, u64) {
        let word = (place.0 >> 6) as usize & (self.words.len() - 1);
        (word, 1 << (place.0 & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::{U256, address};

    const A: Address = address!("0x00000000000000000000000000000000000000aa");
    const B: Address = address!("0x00000000000000000000000000000000000000bb");

    #[test]
    fn a_clearing_marks_every_slot_of_its_account() {
        let mut marks = Marks::new(1);
        let slot = |address, slot| Place::of_slot(address, U256::from(slot));
        marks.mark(slot(A, 1));
        assert!(marks.has_slot(A, slot(A, 1)));
        assert!(!marks.has_slot(A, slot(A, 2)));
        marks.mark_clearing(B);
        assert!(marks.has_slot(B, slot(B, 5)));
        assert!(!marks.has_slot(A, slot(A, 2)));
    }

    #[test]
    fn few_marks_are_taken_for_others() {
        let mut marks = Marks::new(1000);
        for slot in 0..10_000 {
            marks.mark(Place::of_slot(A, U256::from(slot)));
        }
        let wrong = (0..10_000)
            .filter(|slot| marks.has(Place::of_slot(B, U256::from(*slot))))
            .count();
        assert!(wrong < 2_000, "{wrong} of 10,000");
    }
}
