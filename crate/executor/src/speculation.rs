//! The state as one transaction sees it that runs ahead of its turn: a prediction, with a log.

use crate::{
    Prediction, StateError, StateSource,
    place::Place,
    reads::{AccountRead, Facts, Looks, Need, Notes, SlotRead},
    recording::{Destroyed, Recorder},
    visible::{Version, Visible},
};
use revm::{
    context::TxEnv,
    primitives::{Address, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// Where values come from.
enum Sight<'a, S> {
    /// From what workers show one another, over the base.
    Shown {
        base: &'a S,
        visible: &'a Visible,
        prediction: Prediction,
    },
    /// From what is settled, when all below is.
    Settled(&'a (dyn Settled + 'a)),
}

/// The settled state.
pub(crate) trait Settled {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError>;
    fn code(&self, hash: B256) -> Result<Bytecode, StateError>;
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError>;
    fn block_hash(&self, number: u64) -> Result<B256, StateError>;
}

/// The state as one version sees it now.
pub(crate) struct View<'a, S> {
    sight: Sight<'a, S>,
    version: Version,
    /// Whose nonce is taken to be what the transaction says, if it is not there yet.
    sender: Address,
    nonce: u64,
    /// What was read so far. Whoever runs the transaction takes it.
    pub(crate) notes: Notes,
    /// Takes down what the transaction does, if anybody wants to know.
    pub(crate) recorder: Option<Box<Recorder>>,
    /// The self-destruction that was last, until the recorder takes it.
    pub(crate) destroyed: Option<Destroyed>,
}

impl<'a, S: StateSource> View<'a, S> {
    pub(crate) fn new(base: &'a S, visible: &'a Visible, prediction: Prediction) -> Self {
        Self::with(Sight::Shown {
            base,
            visible,
            prediction,
        })
    }

    /// A view of the settled state. What is read there is looked up again when it is used later.
    pub(crate) fn of_settled(settled: &'a (dyn Settled + 'a)) -> Self {
        Self::with(Sight::Settled(settled))
    }

    fn with(sight: Sight<'a, S>) -> Self {
        Self {
            sight,
            version: 0,
            sender: Address::ZERO,
            nonce: 0,
            notes: Notes::default(),
            recorder: None,
            destroyed: None,
        }
    }

    /// Turns the view to a transaction.
    pub(crate) const fn turn_to(&mut self, version: Version, tx: &TxEnv) {
        self.version = version;
        self.sender = tx.caller;
        self.nonce = tx.nonce;
    }

    /// Notes that the transaction looked at how much an account has.
    pub(crate) fn observe_balance(&mut self, address: Address) {
        self.looks_at(address).balance = true;
    }

    /// Notes that the transaction looked at whether an account is empty.
    pub(crate) fn observe_emptiness(&mut self, address: Address) {
        self.looks_at(address).emptiness = true;
    }

    /// Notes that the transaction looked at an account's nonce.
    pub(crate) fn observe_nonce(&mut self, address: Address) {
        self.looks_at(address).nonce = true;
    }

    /// Notes that an account paid something and had this much left.
    pub(crate) fn observe_payment(&mut self, address: Address, rest: U256) {
        let looks = self.looks_at(address);
        looks.spare = looks.spare.min(rest);
    }

    fn looks_at(&mut self, address: Address) -> &mut Looks {
        self.notes.looks.entry(address).or_default()
    }

    /// Takes a sender's nonce for what the transaction says when transactions of the same sender
    /// before it have not run yet. The log holds what was taken, so the check finds out.
    fn expect_nonce(&self, address: Address, info: &mut Option<AccountInfo>) -> bool {
        let behind =
            address == self.sender && info.as_ref().map_or(0, |info| info.nonce) < self.nonce;
        if behind {
            info.get_or_insert_default().nonce = self.nonce;
        }
        behind
    }

    /// Something made up, one time in four, where garbage is asked for.
    fn made_up(&self, place: Place) -> Option<u64> {
        let Sight::Shown {
            prediction: Prediction::Garbage(seed),
            ..
        } = self.sight
        else {
            return None;
        };
        let word = place.scrambled(seed ^ u64::from(self.version).rotate_left(32));
        (word & 3 == 0).then_some(word >> 2)
    }

    /// The account as the transaction sees it.
    pub(crate) fn account(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let place = Place::of_account(address);
        let (mut info, mut from_base) = match self.sight {
            Sight::Settled(settled) => (settled.account(address)?, false),
            Sight::Shown {
                base,
                visible,
                prediction,
            } => {
                let written = match prediction {
                    Prediction::Stale => None,
                    _ => visible.account(address, place, self.version),
                };
                self.notes.saw_writes |= written.as_ref().is_some_and(|w| w.version > 0);
                let from_base = written.is_none();
                let mut info = match written {
                    Some(written) => written.value,
                    None => base.account(address)?,
                };
                let expected = self.expect_nonce(address, &mut info);
                (info, from_base && !expected)
            }
        };
        if let Some(word) = self.made_up(place) {
            from_base = false;
            make_up_account(&mut info, word);
        }
        self.notes.accounts.push(AccountRead {
            address,
            place,
            from_base,
            facts: Facts::of(info.as_ref()),
            need: Need::Exact,
        });
        Ok(info)
    }

    /// The code with this hash.
    pub(crate) fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.sight {
            Sight::Settled(settled) => settled.code(hash),
            Sight::Shown { base, visible, .. } => match visible.code(hash) {
                Some(code) => Ok(code),
                None => base.code(hash),
            },
        }
    }

    /// The slot as the transaction sees it.
    pub(crate) fn slot(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        let place = Place::of_slot(address, slot);
        let (mut value, mut from_base) = match self.sight {
            Sight::Settled(settled) => (settled.storage(address, slot)?, false),
            Sight::Shown {
                base,
                visible,
                prediction,
            } => {
                let written = match prediction {
                    Prediction::Stale => None,
                    _ => visible.storage(address, slot, place, self.version),
                };
                self.notes.saw_writes |= written.is_some_and(|w| w.version > 0);
                match written {
                    Some(written) => (written.value, false),
                    None => (base.storage(address, slot)?, true),
                }
            }
        };
        if let Some(word) = self.made_up(place) {
            from_base = false;
            value = make_up_value(value, word);
        }
        self.notes.slots.push(SlotRead {
            address,
            slot,
            place,
            from_base,
            value,
        });
        Ok(value)
    }

    /// The hash of an ancestor block.
    pub(crate) fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        match self.sight {
            Sight::Settled(settled) => {
                let hash = settled.block_hash(number)?;
                self.notes.block_hashes.push((number, hash));
                Ok(hash)
            }
            Sight::Shown { base, .. } => base.block_hash(number),
        }
    }
}

impl<S> std::fmt::Debug for View<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("version", &self.version)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// Wrong in a way that a program could trip over: gone, poor, rich, or with another nonce.
fn make_up_account(info: &mut Option<AccountInfo>, word: u64) {
    match word % 5 {
        0 => *info = None,
        1 => info.get_or_insert_default().balance = U256::ZERO,
        2 => info.get_or_insert_default().balance = U256::MAX - U256::from(word),
        3 => info.get_or_insert_default().balance = U256::from(word),
        _ => {
            let info = info.get_or_insert_default();
            info.nonce = info.nonce.wrapping_add(word & 7);
        }
    }
}

fn make_up_value(value: U256, word: u64) -> U256 {
    match word % 5 {
        0 => U256::ZERO,
        1 => U256::MAX,
        2 => U256::from(word),
        3 => value.wrapping_add(U256::from(1)),
        _ => U256::from_limbs([word, word.rotate_left(7), !word, word >> 3]),
    }
}
