//! Nonces of senders and of contracts that create: in order, with gaps, repeated, foretold.

use crate::{
    assembly::{Assembly, installer},
    contracts,
    played::{count, play},
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::{
    OnInvalid, Options,
    revm::{
        bytecode::opcode as op,
        context::{TxEnv, result::InvalidTransaction},
        primitives::{Address, Bytes, U256, hardfork::SpecId},
    },
};

const WALLET: Address = Address::with_last_byte(0x80);

#[test]
fn p13_gaps_and_repeats_end_as_sequentially() {
    let transactions = vec![
        send(0, 1, STRANGER, 1),
        send(0, 0, STRANGER, 1),
        send(0, 1, STRANGER, 1),
        send(0, 1, STRANGER, 1),
        send(0, 2, STRANGER, 1),
        send(5, 0, STRANGER, u64::MAX),
    ];
    for fork in ERAS {
        let mut block = block(fork, transactions.clone());
        let outcome = judge_all_ways(&block, &World::new());
        let too_high = InvalidTransaction::NonceTooHigh { tx: 1, state: 0 };
        assert_eq!(refusal(&outcome, 0), Some(too_high.clone()), "{fork:?}");
        let too_low = InvalidTransaction::NonceTooLow { tx: 1, state: 2 };
        assert_eq!(refusal(&outcome, 3), Some(too_low), "{fork:?}");
        assert!(matches!(
            refusal(&outcome, 5),
            Some(InvalidTransaction::LackOfFundForMaxFee { .. })
        ));
        assert_eq!(outcome.gas_used, 3 * TRANSFER, "{fork:?}");

        block.rules.on_invalid = OnInvalid::Stop;
        let outcome = judge_all_ways(&block, &World::new());
        assert_eq!(outcome.transactions.len(), 1, "{fork:?}");
        assert_eq!(refusal(&outcome, 0), Some(too_high), "{fork:?}");
        assert!(outcome.changes.accounts.is_empty(), "{fork:?}");
    }
}

#[test]
fn p13_nothing_but_invalid_transactions_deadlocks_nobody() {
    for on_invalid in [OnInvalid::Skip, OnInvalid::Stop] {
        let transactions = (0..12)
            .map(|index| send(index % 3, 5, STRANGER, 1))
            .collect();
        let mut block = block(SpecId::OSAKA, transactions);
        block.rules.on_invalid = on_invalid;
        let outcome = judge_all_ways(&block, &World::new());
        let expected = InvalidTransaction::NonceTooHigh { tx: 5, state: 0 };
        for index in 0..outcome.transactions.len() {
            assert_eq!(refusal(&outcome, index), Some(expected.clone()));
        }
        let stops = on_invalid == OnInvalid::Stop;
        assert_eq!(outcome.transactions.len(), if stops { 1 } else { 12 });
    }
}

#[test]
fn p13_chain_of_one_sender_pays_calls_and_deploys() {
    for fork in ERAS {
        let transactions = (0..12).map(|index| match index % 3 {
            0 => send(0, 0, STRANGER, 1),
            1 => call(0, 0, contract(COUNTER), U256::from(8), U256::ZERO),
            _ => deploy(0, 0, installer(&contracts::counter())),
        });
        let block = block(fork, in_order(transactions.collect()));
        let outcome = judge_all_ways(&block, &World::new());
        let nonce = account_after(&outcome, &World::new(), sender(0)).map(|info| info.nonce);
        assert_eq!(nonce, Some(12), "{fork:?}");
        let count = stored(&outcome, contract(COUNTER), U256::from(8));
        assert_eq!(count, Some(U256::from(4)), "{fork:?}");
        for nonce in [2, 5, 8, 11] {
            let made = account_after(&outcome, &World::new(), sender(0).create(nonce));
            assert!(
                made.is_some_and(|info| !info.is_empty_code_hash()),
                "{fork:?}"
            );
        }
    }
}

#[test]
fn p13_contract_s_nonce_counts_what_it_created() {
    let factory = contract(NONCE_FACTORY);
    for fork in ERAS {
        let transactions = (0..5).map(|from| {
            let slot = U256::from(10 + from);
            call(from, 0, factory, slot, U256::ZERO)
        });
        let block = block(fork, transactions.collect());
        let outcome = judge_all_ways(&block, &World::new());
        for made in 0..5 {
            let address = factory.create(1 + made);
            let slot = U256::from(10 + made);
            assert_eq!(
                stored(&outcome, factory, slot),
                Some(word(address)),
                "{fork:?}"
            );
            let five = stored(&outcome, address, U256::ZERO);
            assert_eq!(five, Some(U256::from(5)), "{fork:?}: of its initcode");
        }
    }
}

#[test]
fn p13_last_nonce_there_is_cannot_be_used() {
    let mut world = World::new();
    let info = world.accounts.get_mut(&sender(0)).expect("it has funds");
    info.nonce = u64::MAX - 1;
    for fork in [SpecId::FRONTIER, SpecId::OSAKA] {
        let transactions = vec![
            send(0, u64::MAX - 1, STRANGER, 1),
            send(1, 0, STRANGER, 1),
            send(0, u64::MAX, STRANGER, 1),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert!(succeeded(&outcome, 0) && succeeded(&outcome, 1), "{fork:?}");
        assert!(refusal(&outcome, 2).is_some(), "{fork:?}");
    }
}

/// Goes on only if `a` is the number of calls that this caller made so far.
fn wallet() -> Bytes {
    let code = Assembly::new().op(&[op::CALLER, op::SLOAD]).argument(0);
    let code = code
        .op(&[op::EQ])
        .skip_if(|code| code.push(U256::ZERO).push(U256::ZERO).op(&[op::REVERT]));
    let code = code.push(U256::ONE).op(&[op::CALLER, op::SLOAD, op::ADD]);
    code.op(&[op::CALLER, op::SSTORE, op::STOP]).code()
}

#[test]
fn p28_calls_that_ask_for_their_place_in_the_sender_s_order_take_the_right_branch() {
    let mut world = World::new();
    install(&mut world, WALLET, wallet());
    for fork in ERAS.into_iter().skip(3) {
        let mut transactions = Vec::new();
        for turn in 0..4 {
            for from in 0..3 {
                // The third turn of sender 1 asks for a turn too many.
                let asked = turn + u64::from(from == 1 && turn == 2);
                transactions.push(ask(from, 0, WALLET, U256::from(asked)));
                transactions.push(send(from, 0, STRANGER, 1));
            }
        }
        let outcome = judge_all_ways(&block(fork, in_order(transactions)), &world);
        for turn in 0..4 {
            for from in 0..3 {
                // Having failed once, sender 1 is behind for good.
                let ok = from != 1 || turn < 2;
                let index = 6 * turn + 2 * from;
                assert_eq!(succeeded(&outcome, index), ok, "{fork:?}, {index}");
            }
        }
    }
}

#[test]
fn p28_foretold_nonce_gives_a_deployment_its_address_and_stands() {
    let code = installer(&contracts::counter());
    let transactions = in_order(vec![
        send(0, 0, STRANGER, 1),
        send(1, 0, STRANGER, 1),
        deploy(0, 0, code.clone()),
        send(0, 0, STRANGER, 1),
        deploy(1, 0, code.clone()),
        deploy(0, 0, code),
    ]);
    let block = block(SpecId::OSAKA, transactions);
    let outcome = judge_all_ways(&block, &World::new());
    let made = [
        sender(0).create(1),
        sender(1).create(1),
        sender(0).create(3),
    ];
    for address in made {
        assert!(outcome.changes.accounts.contains_key(&address), "{address}");
    }
    // Nothing here reads what another one writes, but for the nonce.
    for threads in [2, 4, 8] {
        for hints in [false, true] {
            let mut options = Options::new(count(threads));
            options.hints = hints;
            for order in 0..50 {
                let played = play(&block, &World::new(), options, order);
                let report = played.expect("the world is complete").report;
                assert_eq!(report.reexecutions, [], "{options:?}, order {order}");
            }
        }
    }
}

#[test]
fn p28_wrong_nonces_end_in_the_same_refusals() {
    let code = installer(&contracts::counter());
    for fork in ERAS {
        let ahead = |nonce| TxEnv {
            nonce,
            ..deploy(0, 0, code.clone())
        };
        let transactions = vec![ahead(0), ahead(2), ahead(1), ahead(1), ahead(2), ahead(4)];
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        let expected = [
            None,
            Some(InvalidTransaction::NonceTooHigh { tx: 2, state: 1 }),
            None,
            Some(InvalidTransaction::NonceTooLow { tx: 1, state: 2 }),
            None,
            Some(InvalidTransaction::NonceTooHigh { tx: 4, state: 3 }),
        ];
        for (index, expected) in expected.into_iter().enumerate() {
            assert_eq!(refusal(&outcome, index), expected, "{fork:?}, {index}");
        }
        let made = account_after(&outcome, &World::new(), sender(0).create(2));
        assert!(made.is_some(), "{fork:?}");
        assert!(!outcome.changes.accounts.contains_key(&sender(0).create(4)));
    }
}
