//! Slots whose place depends on what another slot holds.
//!
//! A mapping's slot is where the hash of its key and of the mapping's own slot says, and often the key
//! comes out of storage itself: the pool of a position, the owner of a token. Asked one after the other
//! they take a wave each. A server could go from one to the other by itself, if it knew the way, and the
//! way can be told without knowing any value: a scout walks in a world where each slot holds a mark of
//! its own, so that a key out of storage is a piece of some mark, and takes down what it hashes.

use super::{Keys, guess::mark};
use alloy_primitives::{Address, U256, hex, map::U256Map};
use forerun_executor::Hashed;
use std::fmt::{self, Display, Formatter};

/// The way from one slot to another: at `address`, the slot `hash(key, base) + offset`, or
/// `hash(base, key) + offset` if not `key_first`, where the key is `length` bytes of what `slot` of
/// `owner` holds, from its byte `from` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Whose slot holds the key.
    pub owner: Address,
    /// The slot that holds the key.
    pub slot: U256,
    /// The key's first byte there, counted from the left.
    pub from: usize,
    /// How many bytes the key has.
    pub length: usize,
    /// Whether the key is hashed before `base`, as Solidity does, or behind it, as Vyper does.
    pub key_first: bool,
    /// The word that is hashed with the key.
    pub base: U256,
    /// Whose slot it is.
    pub address: Address,
    /// How far behind the hash it is.
    pub offset: usize,
}

/// How many are told at most.
const MOST: usize = 200;
/// How far behind its hash a slot is looked for: fields of a structure.
const FIELDS: usize = 32;
/// Pieces of a mark that are shorter might as well be something else.
const SHORTEST: usize = 4;

impl Display for Derived {
    /// As bytes in hex, as a server's follower of ways takes them (`program.ts`): `1`, owner, slot, how
    /// many bytes there are behind the key, how many it has, where it is hashed, 0 or 32, base, `1`,
    /// address, offset.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let behind = 32 - self.from - self.length;
        let place = if self.key_first { 0 } else { 32 };
        let mut bytes = Vec::with_capacity(110);
        bytes.push(1);
        bytes.extend_from_slice(self.owner.as_slice());
        bytes.extend_from_slice(&self.slot.to_be_bytes::<32>());
        bytes.extend_from_slice(&[behind, self.length, place].map(|number| number as u8));
        bytes.extend_from_slice(&self.base.to_be_bytes::<32>());
        bytes.push(1);
        bytes.extend_from_slice(self.address.as_slice());
        bytes.push(self.offset as u8);
        out.write_str(&hex::encode_prefixed(&bytes))
    }
}

/// Adds the ways that a scout went in a world of marks, from slots that are asked for. `may_tell` says
/// which words may be told to a server.
pub(crate) fn derive(
    seen: &Keys,
    hashed: &[Hashed],
    keys: &mut Keys,
    may_tell: &dyn Fn(U256) -> bool,
) {
    let ways = ways(seen, hashed, keys, may_tell);
    if ways.is_empty() {
        return;
    }
    let mut by_hash = U256Map::default();
    for (index, (hash, _)) in ways.iter().enumerate() {
        by_hash.insert(*hash, U256::from(index));
    }
    for (address, slots) in &seen.storage {
        for slot in slots {
            for offset in 0..FIELDS {
                let hash = U256::from_be_bytes(slot.0).wrapping_sub(U256::from(offset));
                if let Some(index) = by_hash.get(&hash)
                    && keys.derived.len() < MOST
                {
                    let mut way = ways[index.as_limbs()[0] as usize].1.clone();
                    way.address = *address;
                    way.offset = offset;
                    keys.derived.push(way);
                    break;
                }
            }
        }
    }
}

/// The hashes of a piece of a mark and another word, and how they are made; of whose slots they are, they
/// do not say.
fn ways(
    seen: &Keys,
    hashed: &[Hashed],
    asked: &Keys,
    may_tell: &dyn Fn(U256) -> bool,
) -> Vec<(U256, Derived)> {
    // By each few bytes of a mark: which it is, and where in it they are.
    let mut marked = Vec::new();
    let mut pieces = U256Map::default();
    for (owner, slots) in &seen.storage {
        for slot in slots {
            let slot = U256::from_be_bytes(slot.0);
            if !asked.has_slot(*owner, slot) {
                continue;
            }
            let bytes = mark(*owner, slot).to_be_bytes::<32>();
            for (from, piece) in bytes.windows(SHORTEST).enumerate() {
                let place = U256::from(marked.len() * 32 + from);
                pieces.insert(U256::from_be_slice(piece), place);
            }
            marked.push((*owner, slot));
        }
    }
    let mut ways = Vec::new();
    for Hashed { words, hash } in hashed {
        for (key, base) in [(0, 32), (32, 0)] {
            let base = U256::from_be_slice(&words[base..base + 32]);
            let word = &words[key..key + 32];
            let empty = word.iter().take_while(|byte| **byte == 0).count();
            let piece = word.get(empty..empty + SHORTEST);
            let Some(place) = piece.and_then(|piece| pieces.get(&U256::from_be_slice(piece)))
            else {
                continue;
            };
            let place = place.as_limbs()[0] as usize;
            let (owner, slot) = marked[place / 32];
            let (from, length) = (place % 32, 32 - empty);
            if from + length > 32 || !may_tell(base) {
                continue;
            }
            let way = Derived {
                owner,
                slot,
                from,
                length,
                key_first: key == 0,
                base,
                address: owner,
                offset: 0,
            };
            ways.push((*hash, way));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::super::lower;
    use super::*;
    use alloy_primitives::{B256, keccak256};

    const POSITIONS: Address = Address::repeat_byte(0x11);
    const OTHER: Address = Address::repeat_byte(0x22);

    fn hashed(words: [U256; 2]) -> Hashed {
        let bytes = words.map(|word| word.to_be_bytes::<32>()).concat();
        Hashed {
            words: bytes[..].try_into().expect("two words"),
            hash: keccak256(bytes).into(),
        }
    }

    #[test]
    fn a_slot_is_told_by_the_slot_that_holds_its_key() {
        let (slot, base) = (U256::from(7), U256::from(3));
        let whole = mark(POSITIONS, slot);
        // Ten bytes from the right, as of a `uint80`, and an address in the middle.
        let number = whole & U256::from(u128::MAX >> 48);
        let address = (whole >> 32) & ((U256::from(1) << 160) - U256::from(1));
        let hashes = [
            hashed([number, base]),
            hashed([base, address]),
            hashed([U256::from(5), base]),
        ];
        let mut asked = Keys::default();
        asked.add_slot(POSITIONS, slot);
        let mut seen = Keys::default();
        seen.add_slot(POSITIONS, slot);
        seen.add_slot(POSITIONS, hashes[0].hash + U256::from(2));
        seen.add_slot(OTHER, hashes[1].hash);
        seen.add_slot(OTHER, hashes[2].hash);
        let found = |mut keys: Keys, may_tell: &dyn Fn(U256) -> bool| {
            derive(&seen, &hashes, &mut keys, may_tell);
            keys.derived.sort_by_key(|way| way.from);
            keys.derived
        };
        let way = |from, length, key_first, address, offset| Derived {
            owner: POSITIONS,
            slot,
            from,
            length,
            key_first,
            base,
            address,
            offset,
        };
        let expected = [way(8, 20, false, OTHER, 0), way(22, 10, true, POSITIONS, 2)];
        let told = found(asked.clone(), &|_| true);
        assert_eq!(told, expected);
        let words = [slot, base].map(|word| B256::from(word).to_string().split_off(2));
        let [owner, address] =
            [lower(&POSITIONS), lower(&POSITIONS)].map(|text| text[2..].to_owned());
        assert_eq!(
            told[1].to_string(),
            format!("0x01{owner}{}000a00{}01{address}02", words[0], words[1])
        );
        // From a slot that nobody asks for there is no way, and none over a word that has to stay here.
        assert_eq!(found(Keys::default(), &|_| true), []);
        assert_eq!(found(asked, &|word| word != base), []);
    }
}
