//! Results that are remembered.
//!
//! A precompile's result is a function of its input, and so is a signature's signer. A bundle that is
//! simulated again after a small change, a transaction that is executed a second time because it ran
//! ahead in vain, and a signature that is checked in several frames ask for the same again. The whole
//! input is the key, so what is remembered is exact, and one memory serves all threads and all runs.
//!
//! It is bounded: [`SHARDS`] parts, in each two generations of at most [`GENERATION_BYTES`], which
//! makes 2 MiB or 9,000 signatures. What is asked for moves to the young generation; when that is full,
//! it becomes the old one and the old one is dropped.
//!
//! Nobody waits: where a part is in use by another thread the result is computed, as it would be
//! without a memory.

use alloy_primitives::map::{DefaultHashBuilder, HashMap};
use std::{
    fmt,
    hash::BuildHasher,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

pub(crate) const SHARDS: usize = 16;
pub(crate) const GENERATION_BYTES: usize = 64 << 10;
/// Longer inputs are not remembered: a few of them would push out everything else.
pub(crate) const LONGEST: usize = 4 << 10;
/// What an entry takes besides its bytes: two allocations and its place in the table.
const OVERHEAD: usize = 96;

/// The results of functions from bytes to bytes.
pub(crate) struct Memory {
    shards: [Mutex<Generations>; SHARDS],
    hasher: DefaultHashBuilder,
    /// Read without order: whether one result more or less is remembered makes no difference to it.
    is_on: AtomicBool,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Box<[u8]>, Box<[u8]>>,
    old: HashMap<Box<[u8]>, Box<[u8]>>,
    young_bytes: usize,
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: DefaultHashBuilder::default(),
            is_on: AtomicBool::new(true),
        }
    }

    /// What was noted for `key`, which has to hold all that the result depends on, with the name of the
    /// function.
    pub(crate) fn recall(&self, key: &[u8]) -> Option<Box<[u8]>> {
        self.generations(key)?.get(key)
    }

    pub(crate) fn note(&self, key: &[u8], result: Box<[u8]>) {
        if let Some(mut generations) = self.generations(key) {
            generations.insert(key.into(), result);
        }
    }

    /// Where a key is kept, if it is and nobody is there now.
    fn generations(&self, key: &[u8]) -> Option<MutexGuard<'_, Generations>> {
        if key.len() > LONGEST || !self.is_on.load(Ordering::Relaxed) {
            return None;
        }
        let shard = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[shard].try_lock().ok()
    }

    /// Forgets everything, and remembers from now on or does not.
    pub(crate) fn restart(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
        for shard in &self.shards {
            // Nobody computes with the lock held, so this does not wait for long.
            let mut generations = shard.lock().unwrap_or_else(PoisonError::into_inner);
            *generations = Generations::default();
        }
    }

    #[cfg(test)]
    fn entries(&self) -> Vec<Box<[u8]>> {
        let all = self.shards.iter().flat_map(|shard| {
            let shard = shard.lock().unwrap();
            let keys = shard.young.keys().chain(shard.old.keys());
            keys.cloned().collect::<Vec<_>>()
        });
        all.collect()
    }
}

impl Generations {
    fn get(&mut self, key: &[u8]) -> Option<Box<[u8]>> {
        if let Some(result) = self.young.get(key) {
            return Some(result.clone());
        }
        let (key, result) = self.old.remove_entry(key)?;
        self.insert(key, result.clone());
        Some(result)
    }

    fn insert(&mut self, key: Box<[u8]>, result: Box<[u8]>) {
        let bytes = key.len() + result.len() + OVERHEAD;
        if self.young_bytes + bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, result).is_none() {
            self.young_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: u32, length: usize) -> Vec<u8> {
        let mut key = vec![0; length];
        key[..4].copy_from_slice(&number.to_be_bytes());
        key
    }

    /// Asks for a key, says whether it was known, and notes it if not.
    fn ask(memory: &Memory, key: &[u8]) -> bool {
        let result: Box<[u8]> = key.iter().rev().copied().collect();
        let known = memory.recall(key);
        if let Some(known) = &known {
            assert_eq!(*known, result);
        } else {
            memory.note(key, result);
        }
        known.is_some()
    }

    #[test]
    fn remembers_by_the_whole_input() {
        let memory = Memory::new();
        assert!(!ask(&memory, b"one"));
        assert!(ask(&memory, b"one"));
        assert!(!ask(&memory, b"on"));
        assert!(!ask(&memory, b"onf"));
        assert!(!ask(&memory, b""));
        assert!(ask(&memory, b""));
    }

    #[test]
    fn never_holds_more_than_its_bound() {
        let memory = Memory::new();
        let bound = SHARDS * 2 * GENERATION_BYTES;
        for number in 0..40_000 {
            ask(&memory, &numbered(number, 4 + number as usize % 300));
            if number % 1_000 == 0 {
                let held: usize = memory
                    .entries()
                    .iter()
                    .map(|key| key.len() * 2 + OVERHEAD)
                    .sum();
                assert!(held <= bound, "{held} bytes after {number}");
            }
        }
    }

    #[test]
    fn keeps_what_is_asked_for_again() {
        let memory = Memory::new();
        let favourite = numbered(u32::MAX, 97);
        ask(&memory, &favourite);
        for number in 0..100_000 {
            ask(&memory, &numbered(number, 97));
            if number % 100 == 0 {
                assert!(ask(&memory, &favourite), "after {number}");
            }
        }
        assert!(!ask(&memory, &numbered(0, 97)));
    }

    #[test]
    fn leaves_long_inputs_alone() {
        let memory = Memory::new();
        let long = numbered(1, LONGEST + 1);
        assert!(!ask(&memory, &long));
        assert!(!ask(&memory, &long));
    }

    #[test]
    fn can_be_emptied_and_switched_off() {
        let memory = Memory::new();
        ask(&memory, b"one");
        memory.restart(true);
        assert!(!ask(&memory, b"one"));
        assert!(ask(&memory, b"one"));
        memory.restart(false);
        assert!(!ask(&memory, b"one"));
        assert!(!ask(&memory, b"one"));
        assert!(memory.entries().is_empty());
    }

    #[test]
    fn computes_rather_than_waits() {
        let memory = Memory::new();
        ask(&memory, b"one");
        let _held: Vec<_> = memory.shards.iter().map(|shard| shard.lock()).collect();
        assert!(!ask(&memory, b"one"));
    }

    #[test]
    fn answers_many_threads_exactly() {
        let memory = Memory::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let memory = &memory;
                scope.spawn(move || {
                    for number in 0..20_000 {
                        ask(memory, &numbered(number * (thread % 2 + 1) % 700, 97));
                    }
                });
            }
        });
    }
}
