//! The hashes of pairs of words that a thread has seen lately.
//!
//! A contract finds an entry of a mapping by hashing its key with the mapping's slot, 64 bytes, and
//! does so anew for each look: a token's transfer hashes each of its two balances to read it and again
//! to write it. To find a hash here takes a tenth of making it.

use revm::primitives::U256;
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// A key and a slot.
pub(crate) type Pair = [u64; 8];

/// How many hashes a thread keeps: 96 KiB.
const ENTRIES: usize = 1024;

/// Whoever asks finds nothing that is older than this.
static GENERATION: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static MEMO: RefCell<Option<Memo>> = const { RefCell::new(None) };
}

/// Has all threads forget the hashes that they know. For measurements that are to find nothing known.
pub fn forget_hashes() {
    GENERATION.fetch_add(1, Relaxed);
}

/// The hash of a pair: as it is known, or as `hash` makes it.
pub(crate) fn recall(pair: &Pair, hash: impl Fn(&Pair) -> U256) -> U256 {
    let generation = GENERATION.load(Relaxed);
    MEMO.with_borrow_mut(|memo| {
        let memo = match memo {
            Some(memo) if memo.generation == generation => memo,
            _ => memo.insert(Memo::new(generation, &hash)),
        };
        memo.recall(pair, hash)
    })
}

/// Pairs by place, each the last one of its place.
struct Memo {
    generation: u32,
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy)]
struct Entry {
    pair: Pair,
    hash: U256,
}

impl Memo {
    /// Full of one pair, so that an entry needs no mark for being empty.
    fn new(generation: u32, hash: impl Fn(&Pair) -> U256) -> Self {
        let pair = [0; 8];
        let hash = hash(&pair);
        Self {
            generation,
            entries: vec![Entry { pair, hash }; ENTRIES].into(),
        }
    }

    fn recall(&mut self, pair: &Pair, hash: impl Fn(&Pair) -> U256) -> U256 {
        let entry = &mut self.entries[place(pair)];
        if entry.pair != *pair {
            *entry = Entry {
                pair: *pair,
                hash: hash(pair),
            };
        }
        entry.hash
    }
}

/// Where a pair is kept. Keys are addresses, numbers or hashes, and slots mostly small numbers, so all
/// of it is mixed. Who chooses keys that share a place makes them as dear as they are without this.
fn place(pair: &Pair) -> usize {
    let mut mixed = 0_u64;
    for word in pair {
        mixed = (mixed.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (mixed >> 54) as usize % ENTRIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_pair_is_known_until_another_takes_its_place() {
        let made = Cell::new(0);
        let hash = |pair: &Pair| {
            made.set(made.get() + 1);
            U256::from(pair[0]) + U256::from(pair[7])
        };
        let mut memo = Memo::new(0, hash);
        assert_eq!(memo.recall(&[0; 8], hash), U256::ZERO);
        assert_eq!(made.get(), 1);
        for key in 0..5_000 {
            let pair = [key, 0, 0, 0, 0, 0, 0, 3];
            for _ in 0..2 {
                assert_eq!(memo.recall(&pair, hash), U256::from(key + 3));
            }
        }
        assert_eq!(made.get(), 5_001);
    }

    #[test]
    fn small_keys_and_slots_have_places_of_their_own() {
        let mut places = std::collections::BTreeSet::new();
        for (key, slot) in (0..32_u64).flat_map(|key| (0..16_u64).map(move |slot| (key, slot))) {
            let word = |number: u64| number.swap_bytes();
            places.insert(place(&[0, 0, 0, word(key), 0, 0, 0, word(slot)]));
        }
        // Of 512 thrown into 1,024 places at random some 403 have one of their own.
        assert!(places.len() > 380, "{}", places.len());
    }
}
