//! Merkle Patricia tries that are known as a whole: their roots, and proofs of what is in them and of
//! what is not.
//!
//! A trie is built anew from its leaves each time, and what is not on the way to the root or to the
//! leaf in question is forgotten as soon as it is hashed. That takes as long as hashing all of it,
//! which is what a snapshot is small enough for.

use alloy_primitives::{B256, keccak256};
use alloy_rlp::{Encodable, Header};
use std::collections::BTreeMap;

/// A trie whose keys are hashes: what is in it, by its hashed key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trie {
    /// Kept in order by inserting one by one: a sort of its own would be more code.
    leaves: BTreeMap<B256, Vec<u8>>,
}

/// What a trie without leaves is made of.
const EMPTY: u8 = 0x80;

impl Trie {
    /// Puts a value in, in RLP.
    pub(crate) fn insert(&mut self, key: &[u8], value: &dyn Encodable) {
        let mut encoded = Vec::with_capacity(value.length());
        value.encode(&mut encoded);
        self.leaves.insert(keccak256(key), encoded);
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        self.leaves.remove(&keccak256(key));
    }

    /// The hash of the root.
    pub(crate) fn root(&self) -> B256 {
        self.prove(None).0
    }

    /// The hash of the root, and the nodes on the way from there to a key, as far as it goes.
    pub(crate) fn root_and_proof(&self, key: &[u8]) -> (B256, Vec<Vec<u8>>) {
        self.prove(Some(keccak256(key)))
    }

    fn prove(&self, target: Option<B256>) -> (B256, Vec<Vec<u8>>) {
        let leaves: Vec<_> = self.leaves.iter().collect();
        let mut proof = Vec::new();
        if leaves.is_empty() {
            return (keccak256([EMPTY]), proof);
        }
        let root = node(&leaves, 0, target.as_ref(), &mut proof);
        let hash = keccak256(&root);
        // A root stands in a proof even if it is short, as other nodes do not.
        if target.is_some() && root.len() < HASH {
            proof.push(root);
        }
        proof.reverse();
        (hash, proof)
    }
}

/// Bytes of a hash. A node that is shorter stands in its parent as it is.
const HASH: usize = 32;

/// Encodes the node of all leaves that share the first `depth` nibbles. With `target`, a key that has
/// them as well, the nodes on the way to it are added to `proof`, children first.
fn node(
    leaves: &[(&B256, &Vec<u8>)],
    depth: usize,
    target: Option<&B256>,
    proof: &mut Vec<Vec<u8>>,
) -> Vec<u8> {
    let (first, last) = match leaves {
        [(key, value)] => return leaf(key, depth, value, target, proof),
        [(first, _), .., (last, _)] => (*first, *last),
        [] => return vec![EMPTY],
    };
    // They are in order, so what the first and the last one share, all share.
    let shared = (depth..64)
        .take_while(|place| nibble(first, *place) == nibble(last, *place))
        .count();
    let fork = depth + shared;
    if shared > 0 {
        let is_on_the_way =
            |target: &&B256| (depth..fork).all(|at| nibble(target, at) == nibble(first, at));
        let child = node(leaves, fork, target.filter(is_on_the_way), proof);
        let path = path(first, depth, fork, false);
        return finished(&[text(&path), reference(child)], target, proof);
    }
    let mut items = Vec::with_capacity(17);
    let mut rest = leaves;
    for branch in 0..16 {
        let count = rest
            .iter()
            .take_while(|(key, _)| nibble(key, depth) == branch)
            .count();
        let (below, others) = rest.split_at(count);
        rest = others;
        let target = target.filter(|target| nibble(target, depth) == branch);
        items.push(match below {
            [] => vec![EMPTY],
            below => reference(node(below, depth + 1, target, proof)),
        });
    }
    // No key ends at a branch: all are of one length.
    items.push(vec![EMPTY]);
    finished(&items, target, proof)
}

fn leaf(
    key: &B256,
    depth: usize,
    value: &[u8],
    target: Option<&B256>,
    proof: &mut Vec<Vec<u8>>,
) -> Vec<u8> {
    let path = path(key, depth, 64, true);
    finished(&[text(&path), text(value)], target, proof)
}

/// Puts a node together, and takes it down if it is on the way to somewhere.
fn finished(items: &[Vec<u8>], target: Option<&B256>, proof: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let payload_length = items.iter().map(Vec::len).sum();
    let mut out = Vec::with_capacity(payload_length + 3);
    let header = Header {
        list: true,
        payload_length,
    };
    header.encode(&mut out);
    for item in items {
        out.extend_from_slice(item);
    }
    if target.is_some() && out.len() >= HASH {
        proof.push(out.clone());
    }
    out
}

/// How a node stands in its parent.
fn reference(node: Vec<u8>) -> Vec<u8> {
    if node.len() < HASH {
        node
    } else {
        text(keccak256(node).as_slice())
    }
}

/// Bytes in RLP.
fn text(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 3);
    bytes.encode(&mut out);
    out
}

fn nibble(key: &B256, place: usize) -> u8 {
    let byte = key[place / 2];
    if place.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0xf
    }
}

/// Some nibbles of a key in the form in which they stand in a node, with a flag in front
/// (appendix C of the Yellow Paper).
fn path(key: &B256, from: usize, to: usize, is_leaf: bool) -> Vec<u8> {
    let is_odd = (to - from) % 2 == 1;
    let flag = u8::from(is_leaf) << 5 | u8::from(is_odd) << 4;
    let mut from = from;
    let mut out = Vec::with_capacity((to - from) / 2 + 1);
    if is_odd {
        out.push(flag | nibble(key, from));
        from += 1;
    } else {
        out.push(flag);
    }
    out.extend(
        (from..to)
            .step_by(2)
            .map(|at| nibble(key, at) << 4 | nibble(key, at + 1)),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{U256, b256, hex};

    #[test]
    fn a_trie_without_leaves_has_the_root_of_the_yellow_paper() {
        let root = b256!("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
        assert_eq!(Trie::default().root(), root);
        assert_eq!(Trie::default().root_and_proof(&[1]), (root, Vec::new()));
    }

    /// The storage of the deployed contract of the published vectors of `eth_getProof`, as far as one
    /// leaf makes a trie: worked out by hand from the Yellow Paper's rules.
    #[test]
    fn one_leaf_is_its_own_root() {
        let mut trie = Trie::default();
        trie.insert(&[0; 32], &U256::from(0x38));
        let leaf = hex!("e3a120290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e56338");
        let (root, proof) = trie.root_and_proof(&[0; 32]);
        assert_eq!((root, proof), (keccak256(leaf), vec![leaf.to_vec()]));
        // The same leaf proves that there is nothing else.
        assert_eq!(trie.root_and_proof(&[1; 32]).1, vec![leaf.to_vec()]);
    }
}
