//! What the scenarios of this folder are written with: one plain block, transactions that differ in
//! what matters, and questions to an outcome.

use crate::world::{CHAIN_ID, World, sender};
use forerun_executor::{
    Block, BlockOutcome, BlockRules, OnInvalid, Rejection, TransactionOutcome,
    revm::{
        context::{
            BlockEnv, TxEnv,
            result::{ExecutionResult, InvalidTransaction},
        },
        context_interface::block::BlobExcessGasAndPrice,
        primitives::{Address, B256, Bytes, TxKind, U256, address, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};

pub(crate) const COINBASE: Address = address!("0x00000000000000000000000000000000000000cb");
pub(crate) const STRANGER: Address = address!("0x00000000000000000000000000000000000000a7");
pub(crate) const BASE_FEE: u64 = 7;
pub(crate) const TIP: u64 = 2;
pub(crate) const PRICE: u64 = BASE_FEE + TIP;
/// Where scenarios put [`probe`](crate::contracts::probe).
pub(crate) const PROBE: Address = address!("0x0000000000000000000000000000000000000082");
/// What a plain payment takes.
pub(crate) const TRANSFER: u64 = 21_000;

// Which of the world's contracts is what.
pub(crate) const COUNTER: usize = 0;
pub(crate) const BALANCE_OBSERVER: usize = 1;
pub(crate) const SIZE_OBSERVER: usize = 2;
pub(crate) const HASH_OBSERVER: usize = 3;
pub(crate) const FORWARDER: usize = 4;
pub(crate) const MORTAL: usize = 5;
pub(crate) const FACTORY: usize = 7;
pub(crate) const NONCE_FACTORY: usize = 8;
pub(crate) const LOGGER: usize = 10;
pub(crate) const SELF_OBSERVER: usize = 11;

/// One fork of each kind of rules that the scenarios meet: emptiness before and after EIP-161, with
/// and without CREATE2, with a base fee, before and after EIP-6780, with and without EIP-7702.
pub(crate) const ERAS: [SpecId; 9] = [
    SpecId::FRONTIER,
    SpecId::TANGERINE,
    SpecId::SPURIOUS_DRAGON,
    SpecId::PETERSBURG,
    SpecId::LONDON,
    SpecId::SHANGHAI,
    SpecId::CANCUN,
    SpecId::PRAGUE,
    SpecId::OSAKA,
];

/// The eras that have CREATE2.
pub(crate) const CREATE2_ERAS: [SpecId; 4] = [
    SpecId::PETERSBURG,
    SpecId::SHANGHAI,
    SpecId::CANCUN,
    SpecId::OSAKA,
];

/// Whether SELFDESTRUCT removes only what was made in the same transaction.
pub(crate) const fn spares_the_old(fork: SpecId) -> bool {
    fork.is_enabled_in(SpecId::CANCUN)
}

/// What the coinbase gets for a gas.
pub(crate) const fn tip(fork: SpecId) -> u64 {
    if fork.is_enabled_in(SpecId::LONDON) {
        TIP
    } else {
        PRICE
    }
}

pub(crate) fn block(fork: SpecId, transactions: Vec<TxEnv>) -> Block {
    Block {
        chain_id: CHAIN_ID,
        fork,
        env: BlockEnv {
            number: U256::from(100),
            beneficiary: COINBASE,
            timestamp: U256::from(1_700_000_000),
            gas_limit: 30_000_000,
            basefee: if fork.is_enabled_in(SpecId::LONDON) {
                BASE_FEE
            } else {
                0
            },
            prevrandao: Some(B256::ZERO),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
                excess_blob_gas: 0,
                blob_gasprice: 1,
            }),
            ..BlockEnv::default()
        },
        blob_params: None,
        transactions,
        rules: BlockRules {
            on_invalid: OnInvalid::Skip,
            coinbase_balances: true,
            ..BlockRules::default()
        },
    }
}

pub(crate) fn send(from: usize, nonce: u64, to: Address, value: u64) -> TxEnv {
    TxEnv {
        caller: sender(from),
        nonce,
        gas_limit: 400_000,
        gas_price: u128::from(PRICE),
        kind: TxKind::Call(to),
        value: U256::from(value),
        chain_id: Some(CHAIN_ID),
        ..TxEnv::default()
    }
}

pub(crate) fn call(from: usize, nonce: u64, to: Address, a: U256, b: U256) -> TxEnv {
    let data = [a.to_be_bytes::<32>(), b.to_be_bytes::<32>()].concat();
    TxEnv {
        data: data.into(),
        ..send(from, nonce, to, 0)
    }
}

/// A call with one word.
pub(crate) fn ask(from: usize, nonce: u64, to: Address, a: U256) -> TxEnv {
    TxEnv {
        data: a.to_be_bytes::<32>().into(),
        ..send(from, nonce, to, 0)
    }
}

pub(crate) fn deploy(from: usize, nonce: u64, initcode: Bytes) -> TxEnv {
    TxEnv {
        kind: TxKind::Create,
        data: initcode,
        ..send(from, nonce, Address::ZERO, 0)
    }
}

/// Gives each transaction the nonce that is due, as if all before it were executed.
pub(crate) fn in_order(mut transactions: Vec<TxEnv>) -> Vec<TxEnv> {
    let mut due = std::collections::BTreeMap::<Address, u64>::new();
    for tx in &mut transactions {
        let nonce = due.entry(tx.caller).or_default();
        tx.nonce = *nonce;
        *nonce += 1;
    }
    transactions
}

pub(crate) fn word(address: Address) -> U256 {
    address.into_word().into()
}

/// Puts a contract without balance into a world.
pub(crate) fn install(world: &mut World, address: Address, code: Bytes) {
    endow(world, address, code, 0);
}

/// Puts a contract with a balance into a world.
pub(crate) fn endow(world: &mut World, address: Address, code: Bytes, balance: u64) {
    let info = AccountInfo {
        nonce: 1,
        ..AccountInfo::from_bytecode(Bytecode::new_raw(code))
    };
    let info = info.with_balance(U256::from(balance));
    world.accounts.insert(address, info);
}

/// The world with a probe in it.
pub(crate) fn world_with_probe(fork: SpecId) -> World {
    let mut world = World::new();
    install(&mut world, PROBE, crate::contracts::probe(fork));
    world
}

/// What a slot changed to; nothing if it ended as it began.
pub(crate) fn stored(outcome: &BlockOutcome, address: Address, slot: U256) -> Option<U256> {
    let change = outcome.changes.accounts.get(&address)?;
    change.storage.get(&slot).copied()
}

/// How an account ended; nothing if it does not exist.
pub(crate) fn account_after(
    outcome: &BlockOutcome,
    world: &World,
    address: Address,
) -> Option<AccountInfo> {
    match outcome.changes.accounts.get(&address) {
        Some(change) => change.info.clone(),
        None => world.accounts.get(&address).cloned(),
    }
}

pub(crate) fn balance_after(outcome: &BlockOutcome, world: &World, address: Address) -> U256 {
    account_after(outcome, world, address).map_or(U256::ZERO, |info| info.balance)
}

pub(crate) fn executed(outcome: &BlockOutcome, index: usize) -> &ExecutionResult {
    match &outcome.transactions[index] {
        TransactionOutcome::Executed(result) => result,
        TransactionOutcome::Rejected(rejection) => panic!("{index} was rejected: {rejection}"),
    }
}

pub(crate) fn succeeded(outcome: &BlockOutcome, index: usize) -> bool {
    executed(outcome, index).is_success()
}

pub(crate) fn gas_used(outcome: &BlockOutcome, index: usize) -> u64 {
    executed(outcome, index).tx_gas_used()
}

/// The words that a transaction returned.
pub(crate) fn returned(outcome: &BlockOutcome, index: usize) -> Vec<U256> {
    let result = executed(outcome, index);
    assert!(result.is_success(), "{index}: {result:?}");
    let output = result.output().cloned().unwrap_or_default();
    output.chunks(32).map(U256::from_be_slice).collect()
}

/// Why the EVM refused a transaction, if it did.
pub(crate) fn refusal(outcome: &BlockOutcome, index: usize) -> Option<InvalidTransaction> {
    match &outcome.transactions[index] {
        TransactionOutcome::Rejected(Rejection::Invalid(invalid)) => Some(invalid.clone()),
        _ => None,
    }
}
