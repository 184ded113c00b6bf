//! Which uncles a block may name, as it was until the merge.

use crate::chain::{Chain, ImportedBlock};
use alloy_consensus::Header;
use alloy_primitives::B256;

const MOST_UNCLES: usize = 2;
/// How many generations above the block an uncle's parent may be at most.
const GENERATIONS: usize = 7;

/// Refuses uncles that are none: no child of a recent ancestor, an ancestor themselves, named
/// before, or with a header that is not valid.
pub(crate) fn check(
    chain: &Chain,
    parent: &ImportedBlock,
    uncles: &[Header],
) -> Result<(), String> {
    if uncles.is_empty() {
        return Ok(());
    }
    if uncles.len() > MOST_UNCLES {
        return Err(format!("{} uncles", uncles.len()));
    }
    let ancestors: Vec<&ImportedBlock> = chain.lineage(parent).take(GENERATIONS).collect();
    let mut named: Vec<B256> = ancestors
        .iter()
        .flat_map(|ancestor| &ancestor.uncles)
        .copied()
        .collect();
    for uncle in uncles {
        let hash = uncle.hash_slow();
        if named.contains(&hash) {
            return Err(format!("uncle {hash} was named before"));
        }
        if ancestors.iter().any(|ancestor| ancestor.hash == hash) {
            return Err(format!("uncle {hash} is an ancestor"));
        }
        // A child of the block's own parent is a sibling.
        let above = ancestors.iter().skip(1);
        let uncles_parent = above
            .copied()
            .find(|ancestor| ancestor.hash == uncle.parent_hash)
            .ok_or_else(|| format!("uncle {hash} is no child of a recent ancestor"))?;
        chain
            .check_header(uncle, uncles_parent)
            .map_err(|reason| format!("uncle {hash}: {reason}"))?;
        named.push(hash);
    }
    Ok(())
}
