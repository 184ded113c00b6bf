//! What a request will need whatever comes of it, told before it is read.
//!
//! To read many signed transactions is to find as many signers, which takes longer than all else until
//! the first wave goes out. Whom they call stands in them as it is, so the accounts of those can be on
//! their way meanwhile. What cannot be read here is passed over: the step that reads the request finds
//! that and says so.

use super::{
    Keys,
    foresight::{addressed_in, usual_slots},
};
use crate::{Simulator, signed};
use alloy_primitives::hex;
use forerun_executor::StateSource;
use serde_json::Value;

/// The signers of fewer are found before a wave would have gone out in two parts.
const FEWEST: usize = 40;

impl Simulator {
    /// What the transactions of a list name, if there are many and nothing is known or predicted of it.
    pub(crate) fn needed_beforehand(&self, list: &Value) -> Option<Keys> {
        let list = list.as_array().filter(|list| list.len() >= FEWEST)?;
        let mut keys = Keys::default();
        let texts = list.iter().map(|entry| entry.get("raw").unwrap_or(entry));
        let mut contracts = Vec::new();
        for bytes in texts.filter_map(|text| hex::decode(text.as_str()?).ok()) {
            let Some((target, data)) = signed::target_of(&bytes) else {
                continue;
            };
            let named = addressed_in(&data);
            for address in target.into_iter().chain(named) {
                let is_known = self.snapshot().account(address).is_ok();
                if is_known || self.predictions().account(address).is_some() {
                    continue;
                }
                if keys.accounts.insert(address) && !data.is_empty() {
                    contracts.push(address);
                }
            }
        }
        for address in &contracts {
            for slot in usual_slots(contracts.len()) {
                keys.add_slot(*address, slot);
            }
        }
        keys.are_first = true;
        (!keys.is_empty()).then_some(keys)
    }
}
