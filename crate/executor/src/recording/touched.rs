//! What a transaction touched, with the values before and after.

use super::{Recording, Sorted};
use crate::{
    StateError,
    reads::{Facts, Truth},
    speculation::Settled,
    writes::{Span, fate_of},
};
use revm::{
    context::TxEnv,
    context_interface::{Transaction, transaction::AuthorizationTr},
    primitives::{Address, B256, KECCAK_EMPTY, U256},
    state::{Account, AccountInfo, Bytecode, EvmState},
};

/// An account that a transaction touched: read, wrote, called or paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// As it was before the transaction.
    pub before: AccountFacts,
    /// As it was left.
    pub after: AccountFacts,
    /// The slots of its storage that were touched.
    pub slots: Sorted<U256, SlotValues>,
}

/// What there is to know of an account but for its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFacts {
    /// Whether there is such an account.
    pub exists: bool,
    /// In wei.
    pub balance: U256,
    /// Its nonce.
    pub nonce: u64,
    /// Its code's hash, zero if it has none.
    pub code_hash: B256,
    /// Its code. `None` if it has none.
    pub code: Option<Bytecode>,
}

/// A slot's value before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotValues {
    /// Before the transaction.
    pub before: U256,
    /// As it was left.
    pub after: U256,
}

impl AccountFacts {
    fn of(info: Option<AccountInfo>) -> Self {
        info.map_or_else(Self::default, |info| {
            let code_hash = if info.code_hash == KECCAK_EMPTY {
                B256::ZERO
            } else {
                info.code_hash
            };
            Self {
                exists: true,
                balance: info.balance,
                nonce: info.nonce,
                code_hash,
                code: info.code.filter(|_| !code_hash.is_zero()),
            }
        })
    }
}

/// Reads what was touched out of a journal that holds one transaction.
pub(super) fn touched(state: &EvmState) -> Sorted<Address, Touched> {
    let of_account = |(address, account): (&Address, &Account)| {
        let existed = !account.is_loaded_as_not_existing();
        let before = AccountFacts::of(existed.then(|| account.original_info()));
        let fate = account
            .is_touched()
            .then(|| fate_of(account, Span::OneTransaction))
            .flatten();
        let gone = fate.is_some_and(|fate| fate.gone);
        let after = match fate {
            Some(_) => AccountFacts::of((!gone).then(|| account.info.clone())),
            None => before.clone(),
        };
        let slots = account.storage.iter().map(|(slot, value)| {
            let values = SlotValues {
                before: value.original_value,
                after: if gone {
                    U256::ZERO
                } else {
                    value.present_value
                },
            };
            (*slot, values)
        });
        let touched = Touched {
            before,
            after,
            slots: slots.collect(),
        };
        (*address, touched)
    };
    state.iter().map(of_account).collect()
}

impl Recording {
    /// Brings what was touched up to the state that the transaction settles on, and adds what the
    /// coinbase gets at its end.
    pub(crate) fn settle(
        &mut self,
        truth: &(impl Truth + Settled),
        tx: &TxEnv,
        coinbase: Address,
        fee: Option<U256>,
    ) -> Result<(), StateError> {
        if self.touched.is_empty() {
            return Ok(());
        }
        if let Some(fee) = fee {
            let now = facts(&truth.facts(coinbase)?);
            let mut after = now.clone();
            after.balance = after.balance.saturating_add(fee);
            after.exists |= !fee.is_zero();
            let touched = Touched {
                before: now,
                after,
                slots: Sorted::default(),
            };
            self.touched.set(coinbase, touched);
        }
        // Whoever signed an authorization is named by the transaction, and so touched, be it good or not.
        for authority in tx.authorization_list().filter_map(|one| one.authority()) {
            if self.touched.get(&authority).is_none() {
                let now = facts(&truth.facts(authority)?);
                let touched = Touched {
                    before: now.clone(),
                    after: now,
                    slots: Sorted::default(),
                };
                self.touched.set(authority, touched);
            }
        }
        for (address, touched) in self.touched.iter_mut() {
            touched.settle(&truth.facts(*address)?);
            touched.find_codes(*address, truth)?;
        }
        Ok(())
    }
}

impl Touched {
    /// Whoever only asked for a balance has not loaded the code.
    fn find_codes(&mut self, address: Address, settled: &impl Settled) -> Result<(), StateError> {
        for side in [&mut self.before, &mut self.after] {
            if !side.code_hash.is_zero() && side.code.is_none() {
                let account = settled.account(address)?;
                let known = account.filter(|account| account.code_hash == side.code_hash);
                side.code = match known.and_then(|account| account.code) {
                    Some(code) => Some(code),
                    None => Some(settled.code(side.code_hash)?),
                };
            }
        }
        Ok(())
    }

    /// Where the transaction read another balance or nonce than the one it settles on, it did not look
    /// at it: what it did to it is done to what it is.
    fn settle(&mut self, now: &Facts) {
        let Self { before, after, .. } = self;
        let moved = now.balance.wrapping_sub(before.balance);
        after.balance = after.balance.wrapping_add(moved);
        let moved = now.nonce.wrapping_sub(before.nonce);
        after.nonce = after.nonce.wrapping_add(moved);
        if before.exists == after.exists {
            // What it left is not empty, or is what it found.
            after.exists =
                now.exists || !after.balance.is_zero() || after.nonce != 0 || after.code.is_some();
        }
        before.exists = now.exists;
        (before.balance, before.nonce) = (now.balance, now.nonce);
    }
}

fn facts(facts: &Facts) -> AccountFacts {
    AccountFacts {
        exists: facts.exists,
        balance: facts.balance,
        nonce: facts.nonce,
        code_hash: if facts.code_hash == KECCAK_EMPTY {
            B256::ZERO
        } else {
            facts.code_hash
        },
        code: None,
    }
}
