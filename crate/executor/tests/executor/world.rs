//! The world: a few accounts, a contract of each kind, and steps that become transactions.

use crate::contracts;
use forerun_executor::{
    BalanceIncrement, BlobParams, Block, BlockRules, Guesses, OnInvalid, StateError, StateSource,
    revm::{
        context::{
            BlockEnv, TxEnv,
            transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization},
        },
        context_interface::{block::BlobExcessGasAndPrice, either::Either},
        primitives::{Address, B256, Bytes, TxKind, U256, hardfork::SpecId, keccak256},
        state::{AccountInfo, Bytecode},
    },
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One ether in wei.
const ETHER: u64 = 1_000_000_000_000_000_000;
pub(crate) const CHAIN_ID: u64 = 1;

/// Accounts that sign transactions. The last one is poor.
pub(crate) const SENDERS: usize = 6;
/// Contracts that exist from the start.
pub(crate) const CONTRACTS: usize = 12;
/// Addresses that do not exist at the start, but for the first, which exists and is empty.
const STRANGERS: usize = 3;

pub(crate) const fn sender(index: usize) -> Address {
    Address::with_last_byte(0x20 + index as u8)
}

pub(crate) const fn contract(index: usize) -> Address {
    Address::with_last_byte(0x40 + index as u8)
}

/// Every address that steps can point at: senders, contracts, strangers, a precompile, and what the
/// factory makes under salts 0 and 1.
pub(crate) fn address(index: usize) -> Address {
    let index = index % (SENDERS + CONTRACTS + STRANGERS + 3);
    match index {
        _ if index < SENDERS => sender(index),
        _ if index < SENDERS + CONTRACTS => contract(index - SENDERS),
        _ if index < SENDERS + CONTRACTS + STRANGERS => {
            Address::with_last_byte(0xa0 + (index - SENDERS - CONTRACTS) as u8)
        }
        _ if index == SENDERS + CONTRACTS + STRANGERS => Address::with_last_byte(4),
        _ => {
            let salt = B256::with_last_byte((index - SENDERS - CONTRACTS - STRANGERS - 1) as u8);
            contract(FACTORY).create2(salt, keccak256(contracts::mortal_initcode()))
        }
    }
}

const FACTORY: usize = 7;

fn code(index: usize) -> Bytes {
    match index {
        0 => contracts::counter(),
        1 => contracts::observer(0x31), // BALANCE
        2 => contracts::observer(0x3b), // EXTCODESIZE
        3 => contracts::observer(0x3f), // EXTCODEHASH
        4 => contracts::forwarder(),
        5 | 6 => contracts::mortal(),
        FACTORY => contracts::factory(true),
        8 => contracts::factory(false),
        9 => contracts::reverter(),
        10 => contracts::logger(),
        _ => contracts::self_observer(0x47), // SELFBALANCE
    }
}

/// The state below the block.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<Address, AccountInfo>,
    pub(crate) storage: BTreeMap<(Address, U256), U256>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self::default();
        for index in 0..SENDERS {
            let balance = if index + 1 == SENDERS {
                ETHER / 100
            } else {
                ETHER
            };
            world.accounts.insert(
                sender(index),
                AccountInfo::from_balance(U256::from(balance)),
            );
        }
        world
            .accounts
            .insert(address(SENDERS + CONTRACTS), AccountInfo::default());
        for index in 0..CONTRACTS {
            let code = Bytecode::new_raw(code(index));
            let info = AccountInfo {
                nonce: 1,
                ..AccountInfo::from_bytecode(code)
            }
            .with_balance(U256::from(1000 * index));
            world.accounts.insert(contract(index), info);
            world
                .storage
                .insert((contract(index), U256::ZERO), U256::from(3));
        }
        world
    }
}

/// Nothing of it is guessed.
impl Guesses for World {
    fn guessed(&self) -> u64 {
        0
    }
}

impl StateSource for World {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        Ok(self.accounts.get(&address).cloned())
    }
    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        let found = self
            .accounts
            .values()
            .find(|account| account.code_hash == hash);
        found
            .and_then(|account| account.code.clone())
            .ok_or(StateError::Code(hash))
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(self
            .storage
            .get(&(address, slot))
            .copied()
            .unwrap_or_default())
    }
    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Ok(keccak256(number.to_be_bytes()))
    }
}

/// One transaction to be.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) sender: usize,
    pub(crate) action: Action,
    pub(crate) value: u64,
    /// Added to the nonce that is due; nearly always nothing.
    pub(crate) nonce_slip: i8,
    pub(crate) tip: u8,
    pub(crate) gas_limit: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// A plain transfer, or a call without calldata.
    Send { to: usize },
    /// A call of a contract with an address or a small number as first word.
    Call { contract: usize, a: Word, b: Word },
    /// A deployment.
    Deploy,
    /// A call with an EIP-7702 authorization of `authority` to run the code of `delegate`.
    Delegate {
        authority: usize,
        delegate: usize,
        to: usize,
        nonce_slip: i8,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Word {
    Small(u8),
    Address(usize),
}

impl Word {
    fn bytes(self) -> [u8; 32] {
        match self {
            Self::Small(value) => B256::with_last_byte(value).0,
            Self::Address(index) => address(index).into_word().0,
        }
    }
}

/// A block to be.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) fork: SpecId,
    /// An index into [`address`], or a coinbase of its own.
    pub(crate) coinbase: Option<usize>,
    pub(crate) on_invalid: OnInvalid,
    /// A block gas limit that does not hold all transactions, with admission switched on.
    pub(crate) tight: Option<u64>,
    pub(crate) steps: Vec<Step>,
}

pub(crate) const FORKS: [SpecId; 14] = [
    SpecId::FRONTIER,
    SpecId::HOMESTEAD,
    SpecId::TANGERINE,
    SpecId::SPURIOUS_DRAGON,
    SpecId::BYZANTIUM,
    SpecId::PETERSBURG,
    SpecId::ISTANBUL,
    SpecId::BERLIN,
    SpecId::LONDON,
    SpecId::MERGE,
    SpecId::SHANGHAI,
    SpecId::CANCUN,
    SpecId::PRAGUE,
    SpecId::OSAKA,
];

impl Plan {
    /// The block: nonces follow from the steps before, as if all of them were valid.
    pub(crate) fn block(&self) -> Block {
        let mut nonces = BTreeMap::<Address, u64>::new();
        let london = self.fork.is_enabled_in(SpecId::LONDON);
        let transactions = self
            .steps
            .iter()
            .map(|step| step.transaction(self.fork, &mut nonces))
            .collect();
        let cancun = self.fork.is_enabled_in(SpecId::CANCUN);
        let clears_empty = self.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        Block {
            chain_id: CHAIN_ID,
            fork: self.fork,
            env: BlockEnv {
                number: U256::from(100),
                beneficiary: self.coinbase.map_or(Address::with_last_byte(0xcb), address),
                timestamp: U256::from(1_700_000_000),
                gas_limit: self.tight.unwrap_or(30_000_000),
                basefee: if london { 7 } else { 0 },
                prevrandao: Some(B256::with_last_byte(9)),
                blob_excess_gas_and_price: cancun.then_some(BlobExcessGasAndPrice {
                    excess_blob_gas: 0,
                    blob_gasprice: 1,
                }),
                ..BlockEnv::default()
            },
            blob_params: cancun.then_some(BlobParams {
                target: 3,
                max: 6,
                base_fee_update_fraction: 3_338_477,
            }),
            transactions,
            rules: BlockRules {
                on_invalid: self.on_invalid,
                gas_admission: self.tight.is_some(),
                balance_increments: self
                    .steps
                    .iter()
                    .take(2)
                    .map(|step| BalanceIncrement {
                        address: address(step.sender + 3 * step.tip as usize),
                        // revm's helper for credits removes an empty account before EIP-161 too, so
                        // that a credit of nothing cannot be judged there.
                        amount: U256::from(step.value + u64::from(!clears_empty)),
                    })
                    .collect(),
                coinbase_balances: true,
                ..BlockRules::default()
            },
        }
    }
}

impl Step {
    fn transaction(&self, fork: SpecId, nonces: &mut BTreeMap<Address, u64>) -> TxEnv {
        let caller = sender(self.sender);
        let due = nonces.entry(caller).or_default();
        let nonce = due.saturating_add_signed(self.nonce_slip.into());
        if self.nonce_slip == 0 {
            *due += 1;
        }
        let london = fork.is_enabled_in(SpecId::LONDON);
        let tip = u128::from(self.tip);
        let mut tx = TxEnv {
            caller,
            nonce,
            gas_limit: self.gas_limit,
            gas_price: if london { 7 + tip } else { tip },
            value: U256::from(self.value),
            chain_id: Some(CHAIN_ID),
            ..TxEnv::default()
        };
        match &self.action {
            Action::Send { to } => tx.kind = TxKind::Call(address(*to)),
            Action::Call {
                contract: index,
                a,
                b,
            } => {
                tx.kind = TxKind::Call(contract(*index % CONTRACTS));
                tx.data = [a.bytes(), b.bytes()].concat().into();
            }
            Action::Deploy => {
                tx.kind = TxKind::Create;
                tx.data = contracts::mortal_initcode();
            }
            Action::Delegate {
                authority,
                delegate,
                to,
                nonce_slip,
            } => {
                tx.kind = TxKind::Call(address(*to));
                if fork.is_enabled_in(SpecId::PRAGUE) {
                    let authority = sender(*authority);
                    let due = nonces.entry(authority).or_default();
                    let nonce = due.saturating_add_signed((*nonce_slip).into());
                    if *nonce_slip == 0 {
                        *due += 1;
                    }
                    let authorization = Authorization {
                        chain_id: U256::from(CHAIN_ID),
                        address: contract(*delegate % CONTRACTS),
                        nonce,
                    };
                    tx.tx_type = 4;
                    tx.gas_priority_fee = Some(tip);
                    tx.authorization_list =
                        vec![Either::Right(RecoveredAuthorization::new_unchecked(
                            authorization,
                            RecoveredAuthority::Valid(authority),
                        ))];
                }
            }
        }
        tx
    }
}

/// Any block of up to `most` transactions that get in each other's way.
pub(crate) fn any_plan(most: usize) -> impl Strategy<Value = Plan> {
    let coinbase = prop_oneof![2 => Just(None), 3 => (0usize..32).prop_map(Some)];
    let steps = proptest::collection::vec(any_step(), 1..=most);
    let on_invalid = prop_oneof![4 => Just(OnInvalid::Skip), 1 => Just(OnInvalid::Stop)];
    let tight = prop_oneof![3 => Just(None), 1 => (500_000u64..4_000_000).prop_map(Some)];
    let fork = proptest::sample::select(FORKS.to_vec());
    (fork, coinbase, on_invalid, tight, steps).prop_map(
        |(fork, coinbase, on_invalid, tight, steps)| Plan {
            fork,
            coinbase,
            on_invalid,
            tight,
            steps,
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let value = prop_oneof![
        3 => Just(0u64),
        4 => 1u64..1000,
        1 => (ETHER / 100 - 1_000_000)..(ETHER / 100 + 1000),
        1 => (ETHER / 2)..ETHER,
    ];
    let nonce_slip = prop_oneof![30 => Just(0i8), 1 => Just(1i8), 1 => Just(-1i8)];
    let gas_limit = prop_oneof![10 => Just(400_000u64), 1 => 21_000u64..80_000];
    (
        0..SENDERS,
        any_action(),
        value,
        nonce_slip,
        0u8..4,
        gas_limit,
    )
        .prop_map(|(sender, action, value, nonce_slip, tip, gas_limit)| Step {
            sender,
            action,
            value,
            nonce_slip,
            tip,
            gas_limit,
        })
}

fn any_action() -> impl Strategy<Value = Action> {
    let delegation = (
        0..SENDERS,
        0..CONTRACTS,
        0usize..32,
        prop_oneof![8 => Just(0i8), 1 => Just(1i8)],
    );
    prop_oneof![
        4 => (0usize..32).prop_map(|to| Action::Send { to }),
        10 => (0..CONTRACTS, any_word(), any_word())
            .prop_map(|(contract, a, b)| Action::Call { contract, a, b }),
        1 => Just(Action::Deploy),
        2 => delegation.prop_map(|(authority, delegate, to, nonce_slip)| Action::Delegate {
            authority, delegate, to, nonce_slip,
        }),
    ]
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        (0u8..3).prop_map(Word::Small),
        (0usize..32).prop_map(Word::Address)
    ]
}
