//! Blocks by other rules than the chain's: without some of the checks, with precompiles in other
//! places, in pieces.

use crate::{
    contracts,
    pitfalls::boundary,
    scenario::{
        COINBASE, COUNTER, PRICE, STRANGER, ask, block, call, executed, gas_used, in_order,
        install, refusal, returned, send, succeeded,
    },
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::{
    BalanceIncrement, Block, Checks, Layer, MAINNET_DEPOSIT_CONTRACT, OnInvalid, Part, StateSource,
    SystemCalls, execute_sequentially, is_precompile,
    revm::{
        context::{TxEnv, result::InvalidTransaction},
        primitives::{Address, B256, U256, address, hardfork::SpecId},
    },
};

const IDENTITY: Address = address!("0x0000000000000000000000000000000000000004");
const RIPEMD: Address = address!("0x0000000000000000000000000000000000000003");

#[test]
fn each_check_lets_pass_what_it_checks() {
    let mut world = World::new();
    install(&mut world, STRANGER, contracts::probe(SpecId::OSAKA));
    let plain = send(0, 0, COINBASE, 1);
    let cases: [(Checks, TxEnv); 6] = [
        (
            Checks {
                nonce: false,
                ..Checks::REAL
            },
            send(0, 7, COINBASE, 1),
        ),
        (
            Checks {
                sender_has_no_code: false,
                balance: false,
                ..Checks::REAL
            },
            TxEnv {
                caller: STRANGER,
                nonce: 1,
                ..plain.clone()
            },
        ),
        (
            Checks {
                gas_cap: false,
                ..Checks::REAL
            },
            TxEnv {
                gas_limit: (1 << 24) + 1,
                ..plain.clone()
            },
        ),
        // More than the block has. Without the cap, which is lower than that from Osaka on.
        (
            Checks {
                block_gas: false,
                gas_cap: false,
                ..Checks::REAL
            },
            TxEnv {
                gas_limit: 30_000_001,
                ..plain.clone()
            },
        ),
        (
            Checks {
                base_fee: false,
                ..Checks::REAL
            },
            TxEnv {
                gas_price: 1,
                ..plain.clone()
            },
        ),
        (
            Checks {
                balance: false,
                ..Checks::REAL
            },
            TxEnv {
                caller: address!("0x00000000000000000000000000000000000000ee"),
                ..plain
            },
        ),
    ];
    for (checks, tx) in cases {
        let mut block = block(SpecId::OSAKA, vec![tx.clone(), send(1, 0, COINBASE, 1), tx]);
        // The second of them has the nonce that is due.
        block.transactions[2].nonce += 1;
        assert!(
            refusal(&judge_all_ways(&block, &world), 0).is_some(),
            "{checks:?}"
        );
        block.rules.checks = checks;
        let outcome = judge_all_ways(&block, &world);
        for index in 0..3 {
            assert!(succeeded(&outcome, index), "{checks:?}, {index}");
        }
    }
}

#[test]
fn without_the_nonce_check_nonces_still_go_on_from_the_state_s() {
    let mut block = block(
        SpecId::OSAKA,
        [5, 5, 0, 9].map(|nonce| send(0, nonce, STRANGER, 1)).into(),
    );
    block.rules.checks.nonce = false;
    let outcome = judge_all_ways(&block, &World::new());
    let sender = &outcome.changes.accounts[&sender(0)];
    assert_eq!(sender.info.as_ref().map(|info| info.nonce), Some(4));
}

#[test]
fn a_moved_precompile_answers_where_it_is_and_nowhere_else() {
    // Before the floor of EIP-7623, which would hide it.
    let fork = SpecId::CANCUN;
    let mut world = World::new();
    install(&mut world, RIPEMD, contracts::probe(fork));
    let word = U256::from(77);
    let transactions = in_order(vec![
        ask(0, 0, STRANGER, word),
        ask(1, 0, IDENTITY, word),
        ask(0, 0, STRANGER, word),
    ]);
    let mut block = block(fork, transactions);
    let moved = &mut block.rules.moved_precompiles;
    moved.set(STRANGER, Some(IDENTITY));
    moved.set(IDENTITY, None);
    let outcome = judge_all_ways(&block, &world);
    assert_eq!(returned(&outcome, 0), [word]);
    assert!(returned(&outcome, 1).is_empty());
    assert_eq!(returned(&outcome, 2), [word]);
    // 18 for the precompile: 15 and 3 for a word.
    assert_eq!(gas_used(&outcome, 0), gas_used(&outcome, 1) + 18);
}

#[test]
fn a_precompile_that_is_gone_makes_room_for_code() {
    let mut world = World::new();
    let five = crate::assembly::Assembly::new()
        .push(U256::from(5))
        .remember(0)
        .give_back(1);
    install(&mut world, IDENTITY, five.code());
    let mut block = block(SpecId::OSAKA, vec![ask(0, 0, IDENTITY, U256::from(77))]);
    block.rules.moved_precompiles.set(IDENTITY, None);
    let outcome = judge_all_ways(&block, &world);
    assert_eq!(returned(&outcome, 0), [U256::from(5)]);
}

// The address of P256VERIFY, by EIP-7951, from Osaka on.
#[test]
fn what_is_a_precompile_is_a_matter_of_the_fork() {
    let p256 = address!("0x0000000000000000000000000000000000000100");
    assert!(is_precompile(SpecId::FRONTIER, IDENTITY));
    assert!(is_precompile(SpecId::OSAKA, p256));
    assert!(!is_precompile(SpecId::PRAGUE, p256));
    assert!(!is_precompile(SpecId::OSAKA, STRANGER));
}

#[test]
fn a_block_in_pieces_comes_to_what_it_comes_to_as_a_whole() {
    let world = boundary::world();
    let counter = contract(COUNTER);
    let mut whole = block(
        SpecId::OSAKA,
        in_order(vec![
            send(0, 0, STRANGER, 5),
            call(1, 0, counter, U256::ZERO, U256::ZERO),
            call(2, 0, counter, U256::ZERO, U256::ZERO),
            send(0, 0, COINBASE, PRICE),
            call(1, 0, counter, U256::ZERO, U256::ZERO),
        ]),
    );
    whole.rules.on_invalid = OnInvalid::Stop;
    whole.rules.system_calls = Some(SystemCalls {
        parent_hash: B256::repeat_byte(1),
        parent_beacon_block_root: Some(B256::repeat_byte(2)),
        deposit_contract: MAINNET_DEPOSIT_CONTRACT,
    });
    whole.rules.balance_increments = vec![BalanceIncrement {
        address: STRANGER,
        amount: U256::from(1_000),
    }];
    let expected = judge_all_ways(&whole, &world);
    let mut layer = Layer::default();
    let mut transactions = Vec::new();
    let parts = [
        (Part::First, 0..1),
        (Part::Middle, 1..3),
        (Part::Middle, 3..3),
        (Part::Last, 3..5),
    ];
    for (part, range) in parts {
        let mut piece = Block {
            transactions: whole.transactions[range].to_vec(),
            ..whole.clone()
        };
        piece.rules.part = part;
        let state = layer.over(&world);
        let outcome = judge_all_ways(&piece, &state);
        layer.advance(&outcome.changes);
        transactions.extend(outcome.transactions);
    }
    assert_eq!(transactions, expected.transactions);
    let mut behind = Layer::default();
    behind.advance(&expected.changes);
    for (address, change) in &expected.changes.accounts {
        let (whole, pieces) = (behind.over(&world), layer.over(&world));
        assert_eq!(whole.account(*address), pieces.account(*address));
        for slot in change.storage.keys() {
            assert_eq!(
                whole.storage(*address, *slot),
                pieces.storage(*address, *slot)
            );
        }
    }
    // The protocol's calls are among what is compared.
    for contract in [boundary::HISTORY, boundary::ROOTS] {
        assert!(!expected.changes.accounts[&contract].storage.is_empty());
    }
    assert!(executed(&expected, 4).is_success());
    // Without the last piece nobody is credited.
    whole.rules.part = Part::First;
    let outcome = execute_sequentially(&whole, &world).unwrap();
    let balance = |outcome: &forerun_executor::BlockOutcome| {
        let change = &outcome.changes.accounts[&STRANGER];
        change.info.as_ref().map(|info| info.balance)
    };
    assert_eq!(balance(&outcome), Some(U256::from(5)));
    assert_eq!(balance(&expected), Some(U256::from(1_005)));
}

#[test]
fn the_check_of_the_sender_s_code_names_its_reason() {
    let mut world = World::new();
    install(&mut world, STRANGER, contracts::probe(SpecId::OSAKA));
    let tx = TxEnv {
        caller: STRANGER,
        nonce: 1,
        ..send(0, 0, COINBASE, 0)
    };
    let outcome = judge_all_ways(&block(SpecId::OSAKA, vec![tx]), &world);
    let expected = InvalidTransaction::RejectCallerWithCode;
    assert_eq!(refusal(&outcome, 0), Some(expected));
}
