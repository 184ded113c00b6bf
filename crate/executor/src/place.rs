//! Where a location is looked for in the tables that are indexed by hash.

use revm::primitives::{Address, U256};

/// Where a location is looked for. Two locations may share one; they are told apart by their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) u64);

impl Place {
    pub(crate) fn of_account(address: Address) -> Self {
        Self(mix(address_word(address)))
    }

    pub(crate) fn of_slot(address: Address, slot: U256) -> Self {
        let [a, b, c, d] = *slot.as_limbs();
        let slot = a ^ b.rotate_left(17) ^ c.rotate_left(31) ^ d.rotate_left(47);
        Self(mix(address_word(address).wrapping_add(mix(slot ^ 0x5107))))
    }

    /// A number that looks random and depends on the place and a seed.
    pub(crate) const fn scrambled(self, seed: u64) -> u64 {
        mix(self.0 ^ mix(seed))
    }
}

fn address_word(address: Address) -> u64 {
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&address.0.0[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    // Overlapping, since an address has 20 bytes.
    word(0) ^ word(6).rotate_left(21) ^ word(12).rotate_left(43)
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood, 2014).
const fn mix(word: u64) -> u64 {
    let z = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
