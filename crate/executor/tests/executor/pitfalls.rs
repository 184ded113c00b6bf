//! Blocks that broke other parallel executors. Each runs in many orders and must come to what the
//! sequential loop and revm alone come to; beyond that, each states what the rules say it does.

use crate::{
    contracts,
    oracle::judge,
    properties::Orders,
    world::{CHAIN_ID, World, contract, sender},
};
use forerun_executor::{
    BalanceIncrement, Block, BlockOutcome, BlockRules, OnInvalid, Options, Rejection, SystemCalls,
    TransactionOutcome, execute_interleaved, execute_sequentially,
    revm::{
        context::{
            BlockEnv, TxEnv,
            result::InvalidTransaction,
            transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization},
        },
        context_interface::{block::BlobExcessGasAndPrice, either::Either},
        primitives::{
            Address, B256, Bytes, KECCAK_EMPTY, TxKind, U256, address, hardfork::SpecId, keccak256,
        },
        state::{AccountInfo, Bytecode},
    },
};
use std::num::NonZeroUsize;

const ORDERS: u64 = 60;
pub(crate) const COINBASE: Address = address!("0x00000000000000000000000000000000000000cb");
const BASE_FEE: u64 = 7;
const TIP: u64 = 2;
pub(crate) const STRANGER: Address = address!("0x00000000000000000000000000000000000000a7");

const COUNTER: usize = 0;
pub(crate) const BALANCE_OBSERVER: usize = 1;
const SIZE_OBSERVER: usize = 2;
const HASH_OBSERVER: usize = 3;
pub(crate) const FORWARDER: usize = 4;
const MORTAL: usize = 5;
const FACTORY: usize = 7;
pub(crate) const LOGGER: usize = 10;

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
            ..BlockRules::default()
        },
    }
}

pub(crate) fn send(from: usize, nonce: u64, to: Address, value: u64) -> TxEnv {
    TxEnv {
        caller: sender(from),
        nonce,
        gas_limit: 400_000,
        gas_price: u128::from(BASE_FEE + TIP),
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

pub(crate) fn word(address: Address) -> U256 {
    address.into_word().into()
}

/// Runs a block every way there is and returns what all of them agreed on.
pub(crate) fn settle(block: &Block, world: &World) -> BlockOutcome {
    let sequential = execute_sequentially(block, world).expect("the world is complete");
    if block.rules.system_calls.is_none() && !block.rules.gas_admission {
        let mut verdict = judge(block, world);
        assert_eq!(verdict.transactions, sequential.transactions, "revm alone");
        assert_eq!(
            verdict.difference(&sequential.changes, world),
            None,
            "revm alone"
        );
    }
    for workers in [2, 3, 4, 8] {
        for order in 0..ORDERS {
            let mut orders = Orders(order);
            let workers = NonZeroUsize::new(workers).expect("not zero");
            let played =
                execute_interleaved(block, world, Options::new(workers), |n| orders.choose(n));
            let played = played.expect("the world is complete");
            assert!(
                played.same_result(&sequential),
                "{workers} workers, order {order}: {played:#?}, sequentially {sequential:#?}"
            );
        }
    }
    sequential
}

fn stored(outcome: &BlockOutcome, address: Address, slot: U256) -> Option<U256> {
    outcome
        .changes
        .accounts
        .get(&address)?
        .storage
        .get(&slot)
        .copied()
}

fn gas_used(outcome: &BlockOutcome, index: usize) -> u64 {
    match &outcome.transactions[index] {
        TransactionOutcome::Executed(result) => result.tx_gas_used(),
        TransactionOutcome::Rejected(rejection) => panic!("{index} was rejected: {rejection}"),
    }
}

#[test]
fn p1_the_coinbase_s_balance_is_read_after_the_tips_before_it() {
    for reader in 0..6 {
        let transactions = (0..6)
            .map(|index| {
                if index == reader {
                    call(4, 0, contract(BALANCE_OBSERVER), word(COINBASE), U256::ZERO)
                } else {
                    send(
                        index % 4,
                        (index / 4) as u64 - u64::from(index == 4 && reader == 0),
                        STRANGER,
                        1,
                    )
                }
            })
            .collect();
        let block = block(SpecId::OSAKA, transactions);
        let outcome = settle(&block, &World::new());
        let tips: u64 = (0..reader)
            .filter(|index| {
                matches!(
                    outcome.transactions[*index],
                    TransactionOutcome::Executed(_)
                )
            })
            .map(|index| gas_used(&outcome, index) * TIP)
            .sum();
        let seen = stored(&outcome, contract(BALANCE_OBSERVER), word(COINBASE));
        assert_eq!(
            seen.unwrap_or_default(),
            U256::from(tips),
            "reader {reader}"
        );
    }
}

#[test]
fn p1_a_coinbase_that_pays_out_pays_from_its_tips() {
    let mut block = block(SpecId::OSAKA, Vec::new());
    block.env.beneficiary = sender(0);
    block.transactions = vec![
        send(1, 0, STRANGER, 1),
        send(0, 0, STRANGER, 5),
        send(2, 0, STRANGER, 1),
        send(0, 1, STRANGER, 6),
    ];
    let outcome = settle(&block, &World::new());
    let spent = 5 + 6 + 2 * 21_000 * (BASE_FEE + TIP);
    let before = World::new().accounts[&sender(0)].balance;
    let after = outcome.changes.accounts[&sender(0)]
        .info
        .clone()
        .expect("it lives")
        .balance;
    assert_eq!(
        after,
        before - U256::from(spent) + U256::from(4 * 21_000 * TIP)
    );
}

#[test]
fn p2_a_tip_to_a_coinbase_that_destroyed_itself_is_burnt() {
    let mut block = block(SpecId::SHANGHAI, Vec::new());
    block.env.beneficiary = contract(MORTAL);
    block.transactions = vec![
        call(0, 0, contract(MORTAL), word(STRANGER), U256::ZERO),
        send(1, 0, STRANGER, 1),
    ];
    let outcome = settle(&block, &World::new());
    // The tip of the second transaction makes the account anew; the first one's is gone.
    let info = outcome.changes.accounts[&contract(MORTAL)]
        .info
        .clone()
        .expect("tipped again");
    assert_eq!(info.balance, U256::from(21_000 * TIP));
    assert_eq!((info.nonce, info.code_hash), (0, KECCAK_EMPTY));
}

#[test]
fn p4_a_tip_of_nothing_touches_the_coinbase() {
    for (fork, exists) in [(SpecId::TANGERINE, true), (SpecId::SPURIOUS_DRAGON, false)] {
        let mut world = World::new();
        let transactions = vec![
            TxEnv {
                gas_price: 0,
                ..send(0, 0, sender(1), 1)
            },
            TxEnv {
                gas_price: 0,
                ..send(1, 0, sender(0), 1)
            },
        ];
        let absent = settle(&block(fork, transactions.clone()), &world);
        let made = absent
            .changes
            .accounts
            .get(&COINBASE)
            .map(|change| change.info.is_some());
        assert_eq!(made, exists.then_some(true), "{fork:?}: an absent coinbase");

        world.accounts.insert(COINBASE, AccountInfo::default());
        let empty = settle(&block(fork, transactions), &world);
        let removed = empty
            .changes
            .accounts
            .get(&COINBASE)
            .map(|change| change.info.is_none());
        assert_eq!(
            removed,
            (!exists).then_some(true),
            "{fork:?}: an empty coinbase"
        );
    }
}

/// The address under which the factory makes its contract for salt 0.
fn made() -> Address {
    contract(FACTORY).create2(B256::ZERO, keccak256(contracts::mortal_initcode()))
}

#[test]
fn p5_p6_a_contract_is_made_used_destroyed_and_made_again() {
    let make = |from, nonce| call(from, nonce, contract(FACTORY), U256::from(9), U256::ZERO);
    let count = |from, nonce| call(from, nonce, made(), U256::ZERO, U256::from(1));
    let destroy = |from, nonce| call(from, nonce, made(), word(STRANGER), U256::ZERO);
    let transactions = vec![
        make(0, 0),
        count(1, 0),
        call(2, 0, contract(HASH_OBSERVER), word(made()), U256::ZERO),
        destroy(3, 0),
        call(4, 0, contract(SIZE_OBSERVER), word(made()), U256::ZERO),
        make(0, 1),
        count(1, 1),
        count(2, 1),
    ];
    // Until Cancun the second contract starts from the 5 of its initcode and counts to 7.
    let outcome = settle(
        &block(SpecId::SHANGHAI, transactions.clone()),
        &World::new(),
    );
    assert_eq!(stored(&outcome, made(), U256::ZERO), Some(U256::from(7)));
    assert_eq!(
        stored(&outcome, contract(SIZE_OBSERVER), word(made())),
        None,
        "it was gone"
    );
    let code_hash: U256 = keccak256(contracts::mortal()).into();
    assert_eq!(
        stored(&outcome, contract(HASH_OBSERVER), word(made())),
        Some(code_hash)
    );
    // Since EIP-6780 it is not destroyed, making it again fails, and all three counts add up.
    let outcome = settle(&block(SpecId::CANCUN, transactions), &World::new());
    assert_eq!(stored(&outcome, made(), U256::ZERO), Some(U256::from(8)));
    let size = U256::from(contracts::mortal().len());
    assert_eq!(
        stored(&outcome, contract(SIZE_OBSERVER), word(made())),
        Some(size)
    );
}

#[test]
fn p5_slots_from_before_the_destruction_read_as_zero_after_it() {
    let mut world = World::new();
    let mortal = contracts::mortal();
    let info = AccountInfo {
        nonce: 1,
        ..AccountInfo::from_bytecode(Bytecode::new_raw(mortal))
    };
    world.accounts.insert(made(), info);
    world
        .storage
        .insert((made(), U256::from(77)), U256::from(1000));
    let transactions = vec![
        call(0, 0, made(), U256::from(77), U256::from(1)),
        call(1, 0, made(), word(STRANGER), U256::ZERO),
        call(2, 0, contract(FACTORY), U256::from(9), U256::ZERO),
        call(3, 0, made(), U256::from(77), U256::from(1)),
    ];
    let outcome = settle(&block(SpecId::ISTANBUL, transactions), &world);
    let change = &outcome.changes.accounts[&made()];
    assert!(change.storage_cleared);
    assert_eq!(change.storage.get(&U256::from(77)), Some(&U256::from(1)));
}

#[test]
fn p12_a_call_that_makes_an_account_pays_for_it_once() {
    let forward = |from, nonce| TxEnv {
        value: U256::from(1),
        ..call(from, nonce, contract(FORWARDER), word(STRANGER), U256::ZERO)
    };
    let outcome = settle(
        &block(SpecId::OSAKA, vec![forward(0, 0), forward(1, 0)]),
        &World::new(),
    );
    // EIP-161: 25,000 for the account. The slot for the answer is new the first time only:
    // EIP-2200 takes 20,000 then, and 100 for a store that changes nothing.
    assert_eq!(
        gas_used(&outcome, 0) - gas_used(&outcome, 1),
        25_000 + 20_000 - 100
    );
}

#[test]
fn p13_gaps_and_repeats_of_nonces_end_as_sequentially() {
    let transactions = vec![
        send(0, 1, STRANGER, 1),
        send(0, 0, STRANGER, 1),
        send(0, 1, STRANGER, 1),
        send(0, 1, STRANGER, 1),
        send(0, 2, STRANGER, 1),
        send(5, 0, STRANGER, u64::MAX),
    ];
    let outcome = settle(&block(SpecId::OSAKA, transactions), &World::new());
    let refused = |index: usize| match &outcome.transactions[index] {
        TransactionOutcome::Rejected(Rejection::Invalid(invalid)) => Some(invalid.clone()),
        _ => None,
    };
    assert_eq!(
        refused(0),
        Some(InvalidTransaction::NonceTooHigh { tx: 1, state: 0 })
    );
    assert_eq!(
        refused(3),
        Some(InvalidTransaction::NonceTooLow { tx: 1, state: 2 })
    );
    assert!(matches!(
        refused(5),
        Some(InvalidTransaction::LackOfFundForMaxFee { .. })
    ));
    assert_eq!(outcome.gas_used, 3 * 21_000);
}

fn delegate(from: usize, nonce: u64, authority: usize, authority_nonce: u64, to: usize) -> TxEnv {
    let authorization = Authorization {
        chain_id: U256::from(CHAIN_ID),
        address: contract(to),
        nonce: authority_nonce,
    };
    TxEnv {
        tx_type: 4,
        gas_priority_fee: Some(u128::from(TIP)),
        authorization_list: vec![Either::Right(RecoveredAuthorization::new_unchecked(
            authorization,
            RecoveredAuthority::Valid(sender(authority)),
        ))],
        ..send(from, nonce, STRANGER, 0)
    }
}

#[test]
fn p14_an_authorization_takes_a_nonce_of_a_later_sender() {
    let transactions = vec![
        delegate(0, 0, 1, 0, COUNTER),
        send(1, 0, STRANGER, 1),
        send(1, 1, STRANGER, 1),
        delegate(1, 2, 1, 3, LOGGER),
        send(1, 4, STRANGER, 1),
    ];
    let outcome = settle(&block(SpecId::PRAGUE, transactions), &World::new());
    let too_low = InvalidTransaction::NonceTooLow { tx: 0, state: 1 };
    assert_eq!(
        outcome.transactions[1],
        TransactionOutcome::Rejected(Rejection::Invalid(too_low))
    );
    assert_eq!(
        outcome.changes.accounts[&sender(1)]
            .info
            .as_ref()
            .map(|info| info.nonce),
        Some(5)
    );
}

#[test]
fn p15_a_delegation_is_changed_and_the_storage_stays() {
    let transactions = vec![
        delegate(0, 0, 1, 0, COUNTER),
        call(2, 0, sender(1), U256::from(3), U256::ZERO),
        delegate(3, 0, 1, 1, LOGGER),
        call(4, 0, sender(1), U256::from(3), U256::ZERO),
        delegate(0, 1, 1, 2, COUNTER),
        call(2, 1, sender(1), U256::from(3), U256::ZERO),
    ];
    let outcome = settle(&block(SpecId::PRAGUE, transactions), &World::new());
    assert_eq!(
        stored(&outcome, sender(1), U256::from(3)),
        Some(U256::from(2))
    );
    let TransactionOutcome::Executed(result) = &outcome.transactions[3] else {
        panic!("the call of the logger was refused")
    };
    assert_eq!(
        result.logs()[0].data.data,
        Bytes::from(B256::with_last_byte(1)),
        "one count so far"
    );
}

#[test]
fn p17_admission_goes_by_the_gas_that_is_left_after_refunds() {
    // A counter that goes to zero would refund; here gas limits are larger than what is used.
    let mut block = block(SpecId::OSAKA, Vec::new());
    block.env.gas_limit = 450_000;
    block.rules.gas_admission = true;
    block.transactions = vec![
        send(0, 0, STRANGER, 1),
        send(1, 0, STRANGER, 1),
        send(2, 0, STRANGER, 1),
        TxEnv {
            gas_limit: 387_000,
            ..send(3, 0, STRANGER, 1)
        },
    ];
    let outcome = settle(&block, &World::new());
    // After two transfers 408,000 are left, after three 387,000: just enough for the last one.
    assert_eq!(outcome.gas_used, 4 * 21_000);

    block.transactions[3].gas_limit += 1;
    let outcome = settle(&block, &World::new());
    let refusal = Rejection::BlockGas {
        limit: 387_001,
        remaining: 387_000,
    };
    assert_eq!(
        outcome.transactions[3],
        TransactionOutcome::Rejected(refusal)
    );
}

#[test]
fn p18_funds_that_arrive_in_the_block_can_be_spent_to_the_last_wei() {
    let cost = 21_000 * (BASE_FEE + TIP);
    for (extra, ok) in [(0, true), (1, false)] {
        let mut world = World::new();
        world.accounts.insert(sender(5), AccountInfo::default());
        let transactions = vec![
            send(0, 0, sender(5), cost + 500),
            TxEnv {
                gas_limit: 21_000,
                ..send(5, 0, STRANGER, 500 + extra)
            },
        ];
        let outcome = settle(&block(SpecId::OSAKA, transactions), &world);
        let executed = matches!(outcome.transactions[1], TransactionOutcome::Executed(_));
        assert_eq!(executed, ok, "{extra} wei too much");
    }
}

#[test]
fn p18_an_account_that_has_all_there_is_receives_once_it_has_paid() {
    // Overrides give such balances. Receiving fails as long as nothing was paid out, so adding to
    // the balance is looking at it. The payer is a contract: its nonce gives no hint that it paid.
    let payer = address!("0x00000000000000000000000000000000000000ee");
    let mut world = World::new();
    let info = AccountInfo::from_bytecode(Bytecode::new_raw(contracts::payer()));
    world.accounts.insert(payer, info.with_balance(U256::MAX));
    let transactions = vec![
        send(0, 0, payer, 1),
        call(1, 0, payer, word(STRANGER), U256::from(1000)),
        send(2, 0, payer, 2),
        send(4, 0, payer, 3),
    ];
    let outcome = settle(&block(SpecId::OSAKA, transactions), &world);
    let succeeded = |index: usize| match &outcome.transactions[index] {
        TransactionOutcome::Executed(result) => result.is_success(),
        TransactionOutcome::Rejected(rejection) => panic!("{index} was rejected: {rejection}"),
    };
    assert!(!succeeded(0), "there is no room for one more wei");
    assert!(succeeded(1) && succeeded(2) && succeeded(3));
}

#[test]
fn p24_the_first_transaction_sees_what_the_protocol_s_calls_wrote() {
    // The history contract as EIP-2935 gives it: a call by anybody else answers with a stored hash.
    let history = address!("0x0000F90827F1C53a10cb7A02335B175320002935");
    let code = "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    let mut world = World::new();
    let code = Bytecode::new_raw(code.parse::<Bytes>().expect("hex"));
    let info = AccountInfo {
        nonce: 1,
        ..AccountInfo::from_bytecode(code)
    };
    world.accounts.insert(history, info);
    let parent_hash = B256::repeat_byte(0x2a);
    let mut block = block(
        SpecId::PRAGUE,
        vec![
            TxEnv {
                data: B256::with_last_byte(99).into(),
                ..send(0, 0, history, 0)
            },
            TxEnv {
                data: B256::with_last_byte(99).into(),
                ..send(1, 0, history, 0)
            },
        ],
    );
    block.rules.system_calls = Some(SystemCalls {
        parent_hash,
        parent_beacon_block_root: None,
        deposit_contract: Address::ZERO,
    });
    let outcome = settle(&block, &world);
    for transaction in &outcome.transactions {
        let TransactionOutcome::Executed(result) = transaction else {
            panic!("refused")
        };
        assert_eq!(result.output(), Some(&Bytes::from(parent_hash)));
    }
}

#[test]
fn p25_a_precompile_keeps_what_it_is_sent() {
    let identity = Address::with_last_byte(4);
    let transactions = vec![
        send(0, 0, identity, 3),
        call(1, 0, contract(BALANCE_OBSERVER), word(identity), U256::ZERO),
        send(2, 0, identity, 4),
    ];
    let outcome = settle(&block(SpecId::OSAKA, transactions), &World::new());
    assert_eq!(
        stored(&outcome, contract(BALANCE_OBSERVER), word(identity)),
        Some(U256::from(3))
    );
    let info = outcome.changes.accounts[&identity]
        .info
        .clone()
        .expect("it has a balance");
    assert_eq!(info.balance, U256::from(7));
}

#[test]
fn p29_logs_show_the_state_of_their_place_in_the_order() {
    let mut world = World::new();
    world.accounts.insert(
        contract(LOGGER),
        AccountInfo {
            nonce: 1,
            ..AccountInfo::from_bytecode(Bytecode::new_raw(contracts::logger()))
        },
    );
    let transactions = vec![
        delegate(0, 0, 1, 0, COUNTER),
        call(2, 0, sender(1), U256::ZERO, U256::ZERO),
        call(3, 0, sender(1), U256::ZERO, U256::ZERO),
        delegate(4, 0, 1, 1, LOGGER),
        call(2, 1, sender(1), U256::ZERO, U256::ZERO),
        call(3, 1, sender(1), U256::ZERO, U256::ZERO),
    ];
    let outcome = settle(&block(SpecId::OSAKA, transactions), &world);
    for index in [4, 5] {
        let TransactionOutcome::Executed(result) = &outcome.transactions[index] else {
            panic!("refused")
        };
        assert_eq!(result.logs().len(), 1);
        assert_eq!(
            result.logs()[0].data.data,
            Bytes::from(B256::with_last_byte(2))
        );
    }
}

#[test]
fn credits_behind_the_last_transaction_touch_accounts() {
    let mut world = World::new();
    world.accounts.insert(STRANGER, AccountInfo::default());
    let mut block = block(
        SpecId::SHANGHAI,
        vec![send(0, 0, sender(1), 1), send(1, 0, sender(0), 1)],
    );
    block.rules.balance_increments = vec![
        BalanceIncrement {
            address: STRANGER,
            amount: U256::ZERO,
        },
        BalanceIncrement {
            address: COINBASE,
            amount: U256::from(5),
        },
        BalanceIncrement {
            address: COINBASE,
            amount: U256::from(6),
        },
    ];
    let outcome = settle(&block, &world);
    assert_eq!(
        outcome.changes.accounts[&STRANGER].info, None,
        "empty and touched"
    );
    let coinbase = outcome.changes.accounts[&COINBASE]
        .info
        .clone()
        .expect("credited");
    assert_eq!(coinbase.balance, U256::from(11 + 2 * 21_000 * TIP));
}
