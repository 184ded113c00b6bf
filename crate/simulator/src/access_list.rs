//! Access lists ([EIP-2930](https://eips.ethereum.org/EIPS/eip-2930)) out of what a run read.

use crate::{
    json,
    remote::{Keys, lower},
};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256};
use std::collections::{BTreeMap, BTreeSet};

/// A list with what a run read added, in the order of addresses and slots. Addresses that are `warm`
/// anyway are listed only for the sake of their slots.
pub(crate) fn extended(
    list: &AccessList,
    read: &Keys,
    warm: &dyn Fn(Address) -> bool,
) -> AccessList {
    let mut all = BTreeMap::<Address, BTreeSet<B256>>::new();
    let mut add = |address: Address| {
        if !warm(address) {
            all.entry(address).or_default();
        }
    };
    list.0.iter().for_each(|item| add(item.address));
    read.accounts.iter().for_each(|address| add(*address));
    for item in &list.0 {
        if !item.storage_keys.is_empty() {
            let slots = all.entry(item.address).or_default();
            slots.extend(item.storage_keys.iter().copied());
        }
    }
    for (address, slots) in &read.storage {
        all.entry(*address)
            .or_default()
            .extend(slots.iter().copied());
    }
    let items = all.into_iter().map(|(address, slots)| AccessListItem {
        address,
        storage_keys: slots.into_iter().collect(),
    });
    AccessList(items.collect())
}

/// Writes `[{ address, storageKeys }]`.
pub(crate) fn write(out: &mut String, list: &AccessList) {
    out.push('[');
    for (index, item) in list.0.iter().enumerate() {
        json::separate(out, index);
        out.push_str("{\"address\":");
        json::text(out, &lower(&item.address));
        out.push_str(",\"storageKeys\":");
        json::list(out, item.storage_keys.iter());
        out.push('}');
    }
    out.push(']');
}
