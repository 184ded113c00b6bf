//! State overrides as nodes read them: `{ "<address>": { nonce?, code?, balance?, state? | stateDiff?,
//! movePrecompileToAddress? } }`.

use super::{Failure, RpcError};
use crate::{
    fields::{Field, Refusal, address_in},
    snapshot::{read_code, read_storage},
};
use alloy_primitives::{Address, B256, U256, map::U256Map};
use forerun_executor::{
    AccountChange, Layer, MovedPrecompiles, StateChanges, StateSource, is_precompile,
    revm::{primitives::hardfork::SpecId, state::Bytecode},
};

/// What is different about one account.
#[derive(Clone, Debug, Default)]
struct AccountOverride {
    nonce: Option<u64>,
    code: Option<(B256, Bytecode)>,
    balance: Option<U256>,
    state: Option<U256Map<U256>>,
    state_diff: Option<U256Map<U256>>,
    moved_to: Option<Address>,
}

/// A request's overrides, in the order of the addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateOverrides(Vec<(Address, AccountOverride)>);

impl StateOverrides {
    /// Reads overrides.
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut list: Vec<(Address, AccountOverride)> = Vec::new();
        for (key, entry) in field.entries()? {
            let address =
                address_in(key).map_err(|reason| Refusal::new(entry.path(), key, reason))?;
            let mut fields = entry.object()?;
            let account = AccountOverride {
                nonce: fields.read("nonce", Field::quantity_u64)?,
                code: fields.read("code", read_code)?,
                balance: fields.read("balance", Field::quantity)?,
                state: fields.read("state", read_storage)?,
                state_diff: fields.read("stateDiff", read_storage)?,
                moved_to: fields.read("movePrecompileToAddress", Field::address)?,
            };
            // Two spellings of one address: the last counts.
            match list.binary_search_by(|(known, _)| known.cmp(&address)) {
                Ok(at) => list[at].1 = account,
                Err(at) => list.insert(at, (address, account)),
            }
        }
        Ok(Self(list))
    }

    /// Puts the overrides on top of a layer over `base`, and says which precompiles they move.
    ///
    /// Whoever overrides anything of a precompile's account takes the precompile away, so that code
    /// can be put there.
    pub(crate) fn apply(
        &self,
        base: &impl StateSource,
        layer: &mut Layer,
        fork: SpecId,
    ) -> Result<MovedPrecompiles, Failure> {
        let refuse = |message: String| Err(RpcError::new(RpcError::SERVER, message).into());
        let mut moved = MovedPrecompiles::default();
        for (address, account) in &self.0 {
            let is_native = is_precompile(fork, *address);
            if let Some(target) = account.moved_to {
                if !is_native {
                    return refuse(format!("account {address} is not a precompile"));
                }
                // So no precompile is moved twice.
                if self.0.iter().any(|(other, _)| *other == target) {
                    return refuse(format!("account {target} is already overridden"));
                }
                moved.set(target, Some(*address));
            }
            if is_native {
                moved.set(*address, None);
            }
            if account.state.is_some() && account.state_diff.is_some() {
                return refuse(format!(
                    "account {address} has both 'state' and 'stateDiff'"
                ));
            }
            let state = layer.over(base);
            let changes = account.changes(*address, &state)?;
            layer.advance(&changes);
        }
        Ok(moved)
    }
}

impl AccountOverride {
    /// What is different on top of this state. An account that did not exist does now, if anything of
    /// it is given.
    fn changes(&self, address: Address, state: &impl StateSource) -> Result<StateChanges, Failure> {
        let mut changes = StateChanges::default();
        let slots = self.state.as_ref().or(self.state_diff.as_ref());
        let gives_slots = self.state.is_some() || slots.is_some_and(|slots| !slots.is_empty());
        if self.nonce.is_none() && self.code.is_none() && self.balance.is_none() && !gives_slots {
            return Ok(changes);
        }
        let mut info = state.account(address)?.unwrap_or_default();
        info.code = None;
        if let Some(nonce) = self.nonce {
            info.nonce = nonce;
        }
        if let Some(balance) = self.balance {
            info.balance = balance;
        }
        if let Some((hash, code)) = &self.code {
            info.code_hash = *hash;
            changes.codes.insert(*hash, code.clone());
        }
        let change = AccountChange {
            info: Some(info),
            storage_cleared: self.state.is_some(),
            storage: slots
                .into_iter()
                .flatten()
                .map(|(slot, value)| (*slot, *value))
                .collect(),
        };
        changes.accounts.insert(address, change);
        Ok(changes)
    }
}
