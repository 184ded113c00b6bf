//! A whole state in memory: read by the executor, changed by what it says, hashed into a root.

use crate::format::Accounts;
use alloy_consensus::{TrieAccount, proofs};
use alloy_primitives::{Address, B256, U256, map::B256Map};
use forerun_executor::{
    StateChanges, StateError, StateSource,
    revm::{
        primitives::KECCAK_EMPTY,
        state::{AccountInfo, Bytecode},
    },
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// All accounts that exist, and their codes.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    accounts: BTreeMap<Address, Account>,
    codes: B256Map<Bytecode>,
}

/// An account; it may be empty, as accounts could be before EIP-161. Slots with zero are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    balance: U256,
    nonce: u64,
    code_hash: B256,
    storage: BTreeMap<U256, U256>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            balance: U256::ZERO,
            nonce: 0,
            code_hash: KECCAK_EMPTY,
            storage: BTreeMap::new(),
        }
    }
}

impl World {
    /// Reads a state as tests write it.
    pub(crate) fn read(fields: &Accounts) -> Result<Self, String> {
        let mut world = Self::default();
        for (address, fields) in fields {
            let mut code_hash = KECCAK_EMPTY;
            if !fields.code.is_empty() {
                let code = Bytecode::new_raw_checked(fields.code.clone())
                    .map_err(|error| format!("the code of {address}: {error}"))?;
                code_hash = code.hash_slow();
                world.codes.insert(code_hash, code);
            }
            let slots = fields.storage.iter().map(|(slot, value)| (slot.0, value.0));
            let account = Account {
                balance: fields.balance.0,
                nonce: fields.nonce.to()?,
                code_hash,
                storage: slots.filter(|(_, value)| !value.is_zero()).collect(),
            };
            world.accounts.insert(*address, account);
        }
        Ok(world)
    }

    /// Makes changes that the executor reports.
    pub(crate) fn apply(&mut self, changes: StateChanges) {
        self.codes.extend(changes.codes);
        for (address, change) in changes.accounts {
            let Some(info) = change.info else {
                self.accounts.remove(&address);
                continue;
            };
            let account = self.accounts.entry(address).or_default();
            account.balance = info.balance;
            account.nonce = info.nonce;
            account.code_hash = info.code_hash;
            if change.storage_cleared {
                account.storage.clear();
            }
            for (slot, value) in change.storage {
                if value.is_zero() {
                    account.storage.remove(&slot);
                } else {
                    account.storage.insert(slot, value);
                }
            }
        }
    }

    /// Moves the whole balance of some accounts that exist to another one.
    pub(crate) fn collect_balances(&mut self, from: &[Address], to: Address) {
        let mut sum = U256::ZERO;
        for address in from {
            if let Some(account) = self.accounts.get_mut(address) {
                sum += std::mem::take(&mut account.balance);
            }
        }
        self.accounts.entry(to).or_default().balance += sum;
    }

    /// The root of the state's trie.
    pub(crate) fn root(&self) -> B256 {
        proofs::state_root_unhashed(self.accounts.iter().map(|(address, account)| {
            let slots = account.storage.iter();
            let leaf = TrieAccount {
                nonce: account.nonce,
                balance: account.balance,
                storage_root: proofs::storage_root_unhashed(
                    slots.map(|(slot, value)| (B256::from(*slot), *value)),
                ),
                code_hash: account.code_hash,
            };
            (*address, leaf)
        }))
    }

    /// All accounts as a snapshot has them.
    pub(crate) fn to_json(&self) -> Value {
        let accounts = self.accounts.iter().map(|(address, account)| {
            let slots = account.storage.iter();
            let slots = slots.map(|(slot, value)| (format!("{slot:#x}"), json!(value)));
            let code = self
                .codes
                .get(&account.code_hash)
                .map(Bytecode::original_bytes);
            let fields = json!({
                "balance": account.balance,
                "nonce": account.nonce,
                "code": code.unwrap_or_default(),
                "storage": slots.collect::<Map<_, _>>(),
            });
            (format!("{address:#x}"), fields)
        });
        Value::Object(accounts.collect())
    }

    /// Where this state is not the expected one: the first account and what it is instead.
    pub(crate) fn first_difference(&self, expected: &Self) -> Option<String> {
        let all = self.accounts.keys().chain(expected.accounts.keys());
        all.into_iter().find_map(|address| {
            let (found, expected) = (self.accounts.get(address), expected.accounts.get(address));
            match (found, expected) {
                _ if found == expected => None,
                (Some(found), Some(expected)) => Some(difference(address, found, expected)),
                (None, _) => Some(format!("{address} does not exist")),
                (_, None) => Some(format!("{address} exists and should not")),
            }
        })
    }

    /// This state for the executor, with what it answers to BLOCKHASH.
    pub(crate) const fn with_hashes<H: Fn(u64) -> B256 + Sync>(
        &self,
        hashes: H,
    ) -> WorldWithHashes<'_, H> {
        WorldWithHashes {
            world: self,
            hashes,
        }
    }
}

fn difference(address: &Address, found: &Account, expected: &Account) -> String {
    let of = |what: &str, found: String, expected: String| {
        format!("{what} of {address} is {found}, not {expected}")
    };
    if found.balance != expected.balance {
        return of(
            "the balance",
            found.balance.to_string(),
            expected.balance.to_string(),
        );
    }
    if found.nonce != expected.nonce {
        return of(
            "the nonce",
            found.nonce.to_string(),
            expected.nonce.to_string(),
        );
    }
    if found.code_hash != expected.code_hash {
        return of(
            "the code hash",
            found.code_hash.to_string(),
            expected.code_hash.to_string(),
        );
    }
    let value = |account: &Account, slot| account.storage.get(slot).copied().unwrap_or_default();
    let mut slots = found.storage.keys().chain(expected.storage.keys());
    let slot = slots.find(|slot| value(found, slot) != value(expected, slot));
    slot.map_or_else(
        || format!("{address} differs"),
        |slot| {
            of(
                &format!("slot {slot:#x}"),
                format!("{:#x}", value(found, slot)),
                format!("{:#x}", value(expected, slot)),
            )
        },
    )
}

/// A state with the hashes of the blocks before it.
#[derive(Debug)]
pub(crate) struct WorldWithHashes<'a, H> {
    world: &'a World,
    hashes: H,
}

impl<H: Fn(u64) -> B256 + Sync> StateSource for WorldWithHashes<'_, H> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        Ok(self
            .world
            .accounts
            .get(&address)
            .map(|account| AccountInfo {
                balance: account.balance,
                nonce: account.nonce,
                code_hash: account.code_hash,
                code: None,
                ..AccountInfo::default()
            }))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        if hash == KECCAK_EMPTY {
            return Ok(Bytecode::default());
        }
        let code = self.world.codes.get(&hash);
        code.cloned().ok_or(StateError::Code(hash))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let account = self.world.accounts.get(&address);
        let value = account.and_then(|account| account.storage.get(&slot));
        Ok(value.copied().unwrap_or_default())
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Ok((self.hashes)(number))
    }
}
