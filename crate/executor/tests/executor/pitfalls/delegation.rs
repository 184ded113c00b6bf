//! EIP-7702: an authorization writes nonce and code of an account that need not be the sender's.

use crate::{
    assembly::Assembly,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{CHAIN_ID, World, contract, sender},
};
use forerun_executor::revm::{
    bytecode::opcode as op,
    context::{
        TxEnv,
        result::InvalidTransaction,
        transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization},
    },
    context_interface::either::Either,
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, hardfork::SpecId, keccak256},
};

const DELEGATING: [SpecId; 2] = [SpecId::PRAGUE, SpecId::OSAKA];

/// An address that the world knows nothing of.
const NOBODY: Address = Address::with_last_byte(0xb0);

/// Adds an authorization to a transaction: `authority` is to run the code of `target`.
fn authorizing(mut tx: TxEnv, authority: Address, nonce: u64, target: Address) -> TxEnv {
    tx.tx_type = 4;
    tx.gas_priority_fee = Some(u128::from(TIP));
    let authorization = Authorization {
        chain_id: U256::from(CHAIN_ID),
        address: target,
        nonce,
    };
    let recovered =
        RecoveredAuthorization::new_unchecked(authorization, RecoveredAuthority::Valid(authority));
    tx.authorization_list.push(Either::Right(recovered));
    tx
}

/// A transaction that does nothing but bring an authorization of `authority`.
fn delegate(from: usize, authority: usize, nonce: u64, target: Address) -> TxEnv {
    authorizing(send(from, 0, STRANGER, 0), sender(authority), nonce, target)
}

fn count(from: usize, at: usize) -> TxEnv {
    call(from, 0, sender(at), U256::from(3), U256::ZERO)
}

/// What EXTCODEHASH says of an account that is delegated to `target`.
fn designator_hash(target: Address) -> U256 {
    keccak256([&[0xef, 0x01, 0x00], target.as_slice()].concat()).into()
}

fn nonce_after(outcome: &forerun_executor::BlockOutcome, index: usize) -> Option<u64> {
    account_after(outcome, &World::new(), sender(index)).map(|info| info.nonce)
}

#[test]
fn p14_authorization_takes_a_nonce_of_a_later_sender() {
    // Sender 1 sends five times; an authorization at each place takes the nonce of the next one.
    for fork in DELEGATING {
        for place in 0..5 {
            let mut transactions: Vec<_> =
                (0..5).map(|nonce| send(1, nonce, STRANGER, 1)).collect();
            let taken = place as u64;
            transactions.insert(place, delegate(0, 1, taken, contract(COUNTER)));
            let outcome = judge_all_ways(&block(fork, transactions), &World::new());
            for index in (0..6).filter(|index| *index != place) {
                let expected = (index == place + 1).then_some(InvalidTransaction::NonceTooLow {
                    tx: taken,
                    state: taken + 1,
                });
                assert_eq!(refusal(&outcome, index), expected, "{fork:?}, {place}");
            }
            assert_eq!(nonce_after(&outcome, 1), Some(5), "{fork:?}, {place}");
        }
    }
}

/// Gas of a transaction with an authorization of somebody who does not exist at the start, behind a
/// payment.
fn gas_of_authorization(fork: SpecId, paid: Address, value: u64) -> u64 {
    let tx = send(1, 0, STRANGER, 0);
    let transactions = vec![
        send(0, 0, paid, value),
        authorizing(tx, NOBODY, 0, contract(COUNTER)),
    ];
    let outcome = judge_all_ways(&block(fork, transactions), &World::new());
    gas_used(&outcome, 1)
}

/// EIP-7702: an authorization takes 25,000 gas, of which 12,500 are refunded where the authority
/// exists, and no more than a fifth of all gas is (EIP-3529).
#[test]
fn p14_authority_that_a_predecessor_made_costs_less() {
    let most = TRANSFER + 25_000;
    for fork in DELEGATING {
        assert_eq!(gas_of_authorization(fork, STRANGER, 1), most, "{fork:?}");
        let less = most - 12_500.min(most / 5);
        assert_eq!(gas_of_authorization(fork, NOBODY, 1), less, "{fork:?}");
    }
}

/// A payment of nothing makes no account since EIP-161, so that nothing is refunded.
#[test]
fn p14_authority_that_a_predecessor_touched_does_not_exist() {
    for fork in DELEGATING {
        let gas = gas_of_authorization(fork, NOBODY, 0);
        assert_eq!(gas, TRANSFER + 25_000, "{fork:?}");
    }
}

#[test]
fn p14_sender_authorizes_itself() {
    for fork in DELEGATING {
        let transactions = vec![
            // The nonce of the transaction is counted first.
            authorizing(send(1, 0, STRANGER, 1), sender(1), 1, contract(COUNTER)),
            count(2, 1),
            send(1, 2, STRANGER, 1),
            authorizing(send(1, 3, STRANGER, 1), sender(1), 3, contract(LOGGER)),
            TxEnv {
                nonce: 1,
                ..count(2, 1)
            },
            send(1, 4, STRANGER, 1),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        // The second authorization has a nonce that is used up already: it takes no effect.
        assert_eq!(
            stored(&outcome, sender(1), U256::from(3)),
            Some(U256::from(2))
        );
        assert_eq!(nonce_after(&outcome, 1), Some(5), "{fork:?}");
    }
}

#[test]
fn p14_authority_is_the_sender_and_the_coinbase() {
    for fork in DELEGATING {
        let world = world_with_probe(fork);
        let mut block = block(fork, Vec::new());
        block.env.beneficiary = sender(1);
        block.transactions = vec![
            authorizing(send(1, 0, STRANGER, 1), sender(1), 1, contract(COUNTER)),
            count(2, 1),
            send(1, 2, STRANGER, 1),
            delegate(0, 1, 3, contract(LOGGER)),
            send(1, 3, STRANGER, 1),
            ask(3, 0, PROBE, word(sender(1))),
            send(1, 4, STRANGER, 1),
        ];
        let outcome = judge_all_ways(&block, &world);
        let too_low = InvalidTransaction::NonceTooLow { tx: 3, state: 4 };
        assert_eq!(refusal(&outcome, 4), Some(too_low), "{fork:?}");
        let fee = |index, price| U256::from(gas_used(&outcome, index) * price);
        let mut balance = world.accounts[&sender(1)].balance;
        for index in [0, 1, 2, 3] {
            balance += fee(index, TIP);
        }
        balance -= fee(0, PRICE) + fee(2, PRICE) + U256::from(2);
        let probed = [balance, U256::from(23), designator_hash(contract(LOGGER))];
        assert_eq!(returned(&outcome, 5), probed, "{fork:?}");
        assert_eq!(nonce_after(&outcome, 1), Some(5), "{fork:?}");
        balance += fee(5, TIP) + fee(6, TIP) - fee(6, PRICE) - U256::ONE;
        let after = balance_after(&outcome, &world, sender(1));
        assert_eq!(after, balance, "{fork:?}");
    }
}

#[test]
fn p14_delegated_account_that_creates_takes_its_own_nonce() {
    for fork in DELEGATING {
        let make = |from, slot| call(from, 0, sender(1), U256::from(slot), U256::ZERO);
        let transactions = vec![
            delegate(0, 1, 0, contract(NONCE_FACTORY)),
            make(2, 9),
            send(1, 1, STRANGER, 1),
            send(1, 2, STRANGER, 1),
            make(3, 10),
            send(1, 3, STRANGER, 1),
            send(1, 4, STRANGER, 1),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        for (slot, nonce) in [(9, 1), (10, 3)] {
            let made = word(sender(1).create(nonce));
            assert_eq!(stored(&outcome, sender(1), U256::from(slot)), Some(made));
        }
        for (index, nonce) in [(2, 1), (5, 3)] {
            let too_low = InvalidTransaction::NonceTooLow {
                tx: nonce,
                state: nonce + 1,
            };
            assert_eq!(refusal(&outcome, index), Some(too_low), "{fork:?}");
        }
        assert_eq!(nonce_after(&outcome, 1), Some(5), "{fork:?}");
    }
}

#[test]
fn p14_authorizations_of_one_transaction_build_on_each_other() {
    for fork in DELEGATING {
        let world = world_with_probe(fork);
        let mut tx = delegate(0, 1, 0, contract(COUNTER));
        tx = authorizing(tx, sender(1), 1, contract(LOGGER));
        // Neither of these is valid: a nonce too low, an account with a code of its own.
        tx = authorizing(tx, sender(1), 1, contract(MORTAL));
        tx = authorizing(tx, contract(COUNTER), 1, contract(MORTAL));
        let transactions = vec![
            tx,
            ask(2, 0, PROBE, word(sender(1))),
            ask(3, 0, PROBE, word(contract(COUNTER))),
            send(1, 2, STRANGER, 1),
        ];
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let expected = designator_hash(contract(LOGGER));
        assert_eq!(returned(&outcome, 1)[2], expected, "{fork:?}");
        let own: U256 = keccak256(contracts::counter()).into();
        assert_eq!(returned(&outcome, 2)[2], own, "{fork:?}");
        assert!(succeeded(&outcome, 3), "{fork:?}");
    }
}

#[test]
fn p15_delegation_is_changed_and_the_storage_stays() {
    for fork in DELEGATING {
        let transactions = in_order(vec![
            delegate(0, 1, 0, contract(COUNTER)),
            count(2, 1),
            delegate(3, 1, 1, contract(LOGGER)),
            count(4, 1),
            delegate(0, 1, 2, contract(COUNTER)),
            count(2, 1),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        let count = stored(&outcome, sender(1), U256::from(3));
        assert_eq!(count, Some(U256::from(2)), "{fork:?}");
        let log = &executed(&outcome, 3).logs()[0].data.data;
        assert_eq!(
            *log,
            Bytes::from(B256::with_last_byte(1)),
            "one count so far"
        );
    }
}

#[test]
fn p15_delegation_is_taken_back_and_given_again() {
    for fork in DELEGATING {
        let world = world_with_probe(fork);
        let transactions = in_order(vec![
            delegate(0, 1, 0, contract(COUNTER)),
            count(2, 1),
            ask(3, 0, PROBE, word(sender(1))),
            delegate(0, 1, 1, Address::ZERO),
            ask(3, 0, PROBE, word(sender(1))),
            count(4, 1),
            delegate(0, 1, 2, contract(COUNTER)),
            count(2, 1),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let delegated = [U256::from(23), designator_hash(contract(COUNTER))];
        assert_eq!(returned(&outcome, 2)[1..], delegated, "{fork:?}");
        let bare = [U256::ZERO, KECCAK_EMPTY.into()];
        assert_eq!(returned(&outcome, 4)[1..], bare, "{fork:?}");
        let count = stored(&outcome, sender(1), U256::from(3));
        assert_eq!(count, Some(U256::from(2)), "{fork:?}");
    }
}

#[test]
fn p15_delegation_to_a_precompile_and_to_a_delegated_account() {
    for fork in DELEGATING {
        let identity = Address::with_last_byte(4);
        let transactions = in_order(vec![
            delegate(0, 1, 0, identity),
            count(2, 1),
            delegate(0, 3, 0, sender(1)),
            count(4, 3),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        // The code of a precompile's address is empty. A designator is not followed twice: it runs
        // as code, and its first byte is no instruction.
        assert!(returned(&outcome, 1).is_empty(), "{fork:?}");
        assert!(!succeeded(&outcome, 3), "{fork:?}");
    }
}

#[test]
fn p15_delegation_to_code_that_comes_later() {
    for fork in DELEGATING {
        let factory = contract(FACTORY);
        let made = factory.create2(B256::ZERO, keccak256(contracts::mortal_initcode()));
        let use_it = |from| call(from, 0, sender(1), U256::from(3), U256::ONE);
        let transactions = in_order(vec![
            delegate(0, 1, 0, made),
            use_it(2),
            call(3, 0, factory, U256::from(9), U256::ZERO),
            use_it(4),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        assert!(succeeded(&outcome, 1) && succeeded(&outcome, 3), "{fork:?}");
        let count = stored(&outcome, sender(1), U256::from(3));
        assert_eq!(
            count,
            Some(U256::ONE),
            "{fork:?}: only the second one counts"
        );
    }
}

#[test]
fn p18_delegated_account_that_others_have_pay_out_is_refused_for_want_of_a_wei() {
    let payer = Address::with_last_byte(0x80);
    let mut world = World::new();
    install(&mut world, payer, contracts::payer());
    let most = U256::from(400_000 * PRICE + 1);
    let funds = world.accounts[&sender(1)].balance;
    for fork in DELEGATING {
        for (missing, ok) in [(U256::ZERO, true), (U256::ONE, false)] {
            let transactions = vec![
                delegate(0, 1, 0, payer),
                call(2, 0, sender(1), word(STRANGER), funds - most + missing),
                send(1, 1, STRANGER, 1),
                send(3, 0, sender(1), 1),
                send(1, 1 + u64::from(ok), STRANGER, 1),
            ];
            let outcome = judge_all_ways(&block(fork, transactions), &world);
            let refused = matches!(
                refusal(&outcome, 2),
                Some(InvalidTransaction::LackOfFundForMaxFee { .. })
            );
            assert_eq!(refused, !ok, "{fork:?}, {missing} missing");
            // The wei that comes in between is what was missing, and no more than that.
            assert_eq!(refusal(&outcome, 4).is_none(), !ok, "{fork:?}");
        }
    }
}

/// Where a code may be jumped into depends on its bytes. Two codes at one address must not be run
/// with each other's table.
#[test]
fn p16_jump_targets_belong_to_the_code_that_runs() {
    // Both jump; 4 is a target in the first one and the data of a PUSH in the second one.
    let first = Assembly::new().op(&[op::PUSH1, 4, op::JUMP, op::INVALID, op::JUMPDEST]);
    let second = Assembly::new()
        .op(&[op::PUSH1, 6, op::JUMP, op::PUSH1, op::JUMPDEST, op::STOP])
        .op(&[op::JUMPDEST]);
    let broken = Assembly::new()
        .op(&[op::PUSH1, 4, op::JUMP, op::PUSH1, op::JUMPDEST, op::STOP])
        .op(&[op::JUMPDEST]);
    let places = [0x80, 0x81, 0x83].map(Address::with_last_byte);
    let mut world = World::new();
    for (mark, code) in [first, second, broken].into_iter().enumerate() {
        let code = code.push(U256::from(mark + 1)).remember(0).give_back(1);
        install(&mut world, places[mark], code.code());
    }
    for fork in DELEGATING {
        let mut transactions = Vec::new();
        for nonce in 0..9 {
            transactions.push(delegate(0, 1, nonce, places[nonce as usize % 3]));
            transactions.push(ask(2, 0, sender(1), U256::ZERO));
        }
        let outcome = judge_all_ways(&block(fork, in_order(transactions)), &world);
        for turn in 0..9 {
            let index = 2 * turn + 1;
            if turn % 3 == 2 {
                assert!(!succeeded(&outcome, index), "{fork:?}, {turn}");
            } else {
                let mark = U256::from(turn % 3 + 1);
                assert_eq!(returned(&outcome, index), [mark], "{fork:?}, {turn}");
            }
        }
    }
}
