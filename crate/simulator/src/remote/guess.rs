//! The state as one step of a task sees it.

use super::{Keys, Predictions};
use crate::{Snapshot, ground::Ground};
use alloy_primitives::{Address, B256, U256, hex, keccak256, map::AddressMap};
use forerun_executor::{
    Guesses, StateError, StateSource,
    revm::{
        bytecode::opcode,
        context::TxEnv,
        state::{AccountInfo, Bytecode},
    },
};
use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// What is known, and a guess where nothing is. Takes down what was guessed.
///
/// The same question gets the same answer throughout a step, so a step is an ordinary run on a state
/// that could be: the executor does not know that it is guessed.
#[derive(Debug)]
pub(crate) struct Guessing<'a> {
    known: &'a Snapshot,
    predictions: &'a Predictions,
    world: &'a World,
    /// The nonces that senders need to have.
    nonces: OnceLock<AddressMap<u64>>,
    /// How often it was guessed, the same question asked again included.
    guessed: AtomicU64,
    /// How often there was not even a prediction.
    blindly: AtomicU64,
    seen: Mutex<Seen>,
}

/// What a step asked for.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) known: Keys,
    pub(crate) guessed: Keys,
}

/// The most pieces that are taken down of what is not known. What is beyond comes up again.
const MOST_GUESSED: usize = 20_000;

/// What is guessed where nothing was ever known.
#[derive(Debug)]
pub(crate) struct World {
    /// What is in a slot; `None` where each has its own mark.
    slot: Option<U256>,
    /// The code that an account has.
    code: Bytecode,
}

/// What guessed accounts have for the hash of their code, in all worlds: not a hash of anything.
const STAND_IN: B256 = B256::repeat_byte(0x57);

/// What contracts answer whose code is not here yet: words of one, which pass for true, for a number
/// and for most structures of them, so that the caller goes on.
pub(crate) const ONES: [u8; 6] = [1; 6];
/// A list or a text of one item, as the ABI has it: where it begins, how long it is, what is in it.
pub(crate) const LIST: [u8; 6] = [32, 1, 1, 1, 1, 1];

/// What a slot holds in a world of marks: by any few bytes of it, it can be told which slot it was.
pub(crate) fn mark(address: Address, slot: U256) -> U256 {
    let mut place = [0; 52];
    place[..20].copy_from_slice(address.as_slice());
    place[20..].copy_from_slice(&slot.to_be_bytes::<32>());
    keccak256(place).into()
}

impl World {
    /// A world in which all slots hold `slot` and all contracts answer with these words. Without `slot`
    /// each holds its [`mark`].
    pub(crate) fn new(slot: Option<U256>, answer: [u8; 6]) -> Self {
        Self::of(slot, answer, Vec::new())
    }

    /// A world of ones in which contracts, before they answer, do what a pool does with its tokens: look
    /// how much they have of each, and pay some to whom a pool of Uniswap is told to pay.
    pub(crate) fn paying(tokens: &[Address]) -> Self {
        let mut code = Vec::new();
        for token in tokens {
            // `balanceOf(this)`
            code.extend(hex!("6370a08231 6000 52 30 6020 52"));
            call(&mut code, token, 36);
            // `transfer(recipient, 1)`: the first argument is the recipient in version 3, the third one in
            // version 2. What is too small for an address is made zero.
            for argument in [4, 68] {
                code.extend(hex!("63a9059cbb 6000 52 60"));
                code.push(argument);
                code.extend(hex!(
                    "35 6a0100000000000000000000 81 11 02 6020 52 6001 6040 52"
                ));
                call(&mut code, token, 68);
            }
        }
        Self::of(Some(U256::from(1)), ONES, code)
    }

    fn of(slot: Option<U256>, answer: [u8; 6], mut code: Vec<u8>) -> Self {
        for (word, at) in answer.into_iter().zip((0..).step_by(32)) {
            code.extend([opcode::PUSH1, word, opcode::PUSH1, at, opcode::MSTORE]);
        }
        // Longer than what was written: whoever expects less looks at less.
        code.extend(hex!("60ff 6000 f3"));
        Self {
            slot,
            code: Bytecode::new_legacy(code.into()),
        }
    }
}

/// Calls a contract with so many bytes of memory from byte 28 on, where a selector stands, and with gas
/// for a transfer: more would be lost where a contract fails.
fn call(code: &mut Vec<u8>, contract: &Address, length: u8) {
    code.extend(hex!("6000 6000 60"));
    code.push(length);
    code.extend(hex!("601c 6000 73"));
    code.extend(contract);
    code.extend(hex!("61c350 f1 50"));
}

impl<'a> Guessing<'a> {
    pub(crate) fn new(known: &'a Snapshot, predictions: &'a Predictions, world: &'a World) -> Self {
        Self {
            known,
            predictions,
            world,
            nonces: OnceLock::new(),
            guessed: AtomicU64::new(0),
            blindly: AtomicU64::new(0),
            seen: Mutex::default(),
        }
    }

    /// Lets it know who will send what.
    pub(crate) fn expect(&self, transactions: &[TxEnv]) {
        self.nonces.get_or_init(|| {
            let mut nonces = AddressMap::default();
            for tx in transactions {
                nonces.entry(tx.caller).or_insert(tx.nonce);
            }
            nonces
        });
    }

    /// What was asked for.
    pub(crate) fn into_seen(self) -> Seen {
        self.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything was guessed of which there was no prediction.
    pub(crate) fn was_blind(&self) -> bool {
        self.blindly.load(Relaxed) > 0
    }

    /// What is known, or else predicted, or else true in this world.
    fn answer<T>(
        &self,
        question: StateError,
        known: Result<T, StateError>,
        predicted: impl FnOnce() -> Option<T>,
        in_world: impl FnOnce() -> T,
    ) -> T {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(known) = known {
            seen.known.add(&question);
            return known;
        }
        self.guessed.fetch_add(1, Relaxed);
        if seen.guessed.len() < MOST_GUESSED {
            seen.guessed.add(&question);
        }
        drop(seen);
        predicted().unwrap_or_else(|| {
            self.blindly.fetch_add(1, Relaxed);
            in_world()
        })
    }

    fn account_in_world(&self, address: Address) -> AccountInfo {
        let nonce = self.nonces.get().and_then(|nonces| nonces.get(&address));
        // Rich enough for any payment, and far from overflow.
        let info = AccountInfo {
            balance: U256::from(1) << 100,
            nonce: nonce.copied().unwrap_or(1),
            ..AccountInfo::default()
        };
        match nonce {
            Some(_) => info,
            None => self.standing_in(info),
        }
    }

    /// The account with a code of this world.
    fn standing_in(&self, info: AccountInfo) -> AccountInfo {
        AccountInfo {
            code_hash: STAND_IN,
            code: Some(self.world.code.clone()),
            ..info
        }
    }
}

impl StateSource for Guessing<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let account = self.answer(
            StateError::Account(address),
            self.known.account(address),
            || self.predictions.account(address),
            || Some(self.account_in_world(address)),
        );
        let Some(info) = account else {
            return Ok(None);
        };
        if info.code.is_some() || info.code_hash == STAND_IN {
            return Ok(Some(info));
        }
        Ok(Some(match self.known.code(info.code_hash) {
            Ok(code) => AccountInfo {
                code: Some(code),
                ..info
            },
            Err(missing) => {
                // Whoever runs a guessed code reads another account than the one it will be.
                self.answer(missing.clone(), Err(missing), || None, || ());
                self.standing_in(info)
            }
        }))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        // All accounts come with their code.
        if hash == STAND_IN {
            return Ok(self.world.code.clone());
        }
        self.known.code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(self.answer(
            StateError::Storage { address, slot },
            self.known.storage(address, slot),
            || self.predictions.slot(address, slot),
            || self.world.slot.unwrap_or_else(|| mark(address, slot)),
        ))
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Ok(self.answer(
            StateError::BlockHash(number),
            self.known.block_hash(number),
            || self.predictions.block_hash(number),
            || B256::ZERO,
        ))
    }
}

impl Ground for Guessing<'_> {
    fn goes_on(&self) -> bool {
        true
    }
}

impl Guesses for Guessing<'_> {
    fn guessed(&self) -> u64 {
        self.guessed.load(Relaxed)
    }
}
