//! The coinbase gets something from every transaction and may be anything: a reader's target, a
//! sender, a contract, an account that destroys itself, an account that does not exist.

use crate::{
    assembly::Assembly,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract, sender},
};
use forerun_executor::{
    BalanceIncrement,
    revm::{
        bytecode::opcode as op,
        context::TxEnv,
        primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, hardfork::SpecId, keccak256},
        state::AccountInfo,
    },
};

const READING: [SpecId; 4] = [
    SpecId::FRONTIER,
    SpecId::SPURIOUS_DRAGON,
    SpecId::LONDON,
    SpecId::OSAKA,
];
const SPECIAL: Address = Address::with_last_byte(0x80);

/// What the coinbase got of the first transactions.
fn tips(fork: SpecId, outcome: &forerun_executor::BlockOutcome, first: usize) -> u64 {
    (0..first)
        .map(|index| gas_used(outcome, index) * tip(fork))
        .sum()
}

/// Returns the balance of the address in its calldata.
fn balance_teller() -> Bytes {
    let code = Assembly::new().argument(0).op(&[op::BALANCE]);
    code.remember(0).give_back(1).code()
}

/// Pays `b` wei to `a` and returns whether that went well.
fn telling_payer() -> Bytes {
    let mut code = Assembly::new();
    for _ in 0..4 {
        code = code.push(U256::ZERO);
    }
    let code = code.argument(1).argument(0).push(U256::from(50_000));
    code.op(&[op::CALL]).remember(0).give_back(1).code()
}

#[test]
fn p01_coinbase_balance_is_read_after_the_tips_before_it() {
    for fork in READING {
        for reader in 0..6 {
            let observe = call(4, 0, contract(BALANCE_OBSERVER), word(COINBASE), U256::ZERO);
            let mut transactions: Vec<_> = (0..6)
                .map(|index| send(index % 4, 0, STRANGER, 1))
                .collect();
            transactions[reader] = observe;
            let block = block(fork, in_order(transactions));
            let outcome = judge_all_ways(&block, &World::new());
            let seen = stored(&outcome, contract(BALANCE_OBSERVER), word(COINBASE));
            assert_eq!(
                seen.unwrap_or_default(),
                U256::from(tips(fork, &outcome, reader)),
                "{fork:?}, reader {reader}"
            );
        }
    }
}

#[test]
fn p01_coinbase_balance_is_read_by_every_transaction() {
    let mut world = World::new();
    install(&mut world, SPECIAL, balance_teller());
    for fork in READING {
        let readers = (0..8).map(|index| ask(index % 4, 0, SPECIAL, word(COINBASE)));
        let block = block(fork, in_order(readers.collect()));
        let outcome = judge_all_ways(&block, &world);
        for index in 0..8 {
            let expected = U256::from(tips(fork, &outcome, index));
            assert_eq!(returned(&outcome, index), [expected], "{fork:?}, {index}");
        }
    }
}

#[test]
fn p01_coinbase_that_sends_pays_from_its_tips() {
    for fork in READING {
        let mut block = block(fork, Vec::new());
        block.env.beneficiary = sender(0);
        block.transactions = in_order(vec![
            send(1, 0, STRANGER, 1),
            send(0, 0, STRANGER, 5),
            send(2, 0, sender(0), 1),
            send(0, 0, sender(0), 6),
            send(0, 0, sender(3), 7),
        ]);
        let outcome = judge_all_ways(&block, &World::new());
        let before = World::new().accounts[&sender(0)].balance;
        let spent = 5 + 7 + 3 * TRANSFER * PRICE;
        let received = 1 + 5 * TRANSFER * tip(fork);
        assert_eq!(
            balance_after(&outcome, &World::new(), sender(0)),
            before - U256::from(spent) + U256::from(received),
            "{fork:?}"
        );
    }
}

#[test]
fn p01_coinbase_that_is_a_contract_spends_its_tips_to_the_last_wei() {
    let mut world = World::new();
    install(&mut world, SPECIAL, telling_payer());
    for fork in READING {
        let pay = |from, amount| call(from, 0, SPECIAL, word(sender(4)), U256::from(amount));
        let mut block = block(fork, vec![send(0, 0, STRANGER, 1)]);
        block.env.beneficiary = SPECIAL;
        block.transactions.push(pay(1, TRANSFER * tip(fork)));
        let outcome = judge_all_ways(&block, &world);
        assert_eq!(
            returned(&outcome, 1),
            [U256::ONE],
            "{fork:?}: the first tip"
        );
        let second = gas_used(&outcome, 1) * tip(fork);

        block.transactions.push(pay(2, second + 1));
        let outcome = judge_all_ways(&block, &world);
        assert_eq!(
            returned(&outcome, 2),
            [U256::ZERO],
            "{fork:?}: a wei too much"
        );

        block.transactions[2] = pay(2, second);
        let outcome = judge_all_ways(&block, &world);
        assert_eq!(returned(&outcome, 2), [U256::ONE], "{fork:?}: all there is");
        let third = gas_used(&outcome, 2) * tip(fork);
        assert_eq!(balance_after(&outcome, &world, SPECIAL), U256::from(third));
    }
}

#[test]
fn p02_tip_to_a_coinbase_that_destroyed_itself_is_burnt() {
    for fork in ERAS {
        let mut block = block(fork, Vec::new());
        block.env.beneficiary = contract(MORTAL);
        block.transactions = vec![
            send(2, 0, STRANGER, 1),
            call(0, 0, contract(MORTAL), word(sender(4)), U256::ZERO),
            send(1, 0, STRANGER, 1),
        ];
        let world = World::new();
        let outcome = judge_all_ways(&block, &world);
        let info = account_after(&outcome, &world, contract(MORTAL)).expect("tipped again");
        let last = TRANSFER * tip(fork);
        if spares_the_old(fork) {
            let own = gas_used(&outcome, 1) * tip(fork);
            assert_eq!(info.balance, U256::from(own + last), "{fork:?}");
            assert_eq!(info.nonce, 1, "{fork:?}");
        } else {
            // The tip of the last transaction makes the account anew; that of the second is gone.
            assert_eq!(info.balance, U256::from(last), "{fork:?}");
            assert_eq!((info.nonce, info.code_hash), (0, KECCAK_EMPTY), "{fork:?}");
        }
    }
}

#[test]
fn p02_tip_to_a_coinbase_made_and_destroyed_in_one_transaction_is_burnt() {
    let code = Assembly::new().with_data(&contracts::mortal_initcode(), |code, size| {
        let code = code.create2(size, 0).remember(12);
        let code = code.push_address(sender(4)).remember(0);
        let code = code.push(U256::ZERO).remember(1).recall(12).call(2, 0);
        code.op(&[op::POP]).recall(12).remember(0).give_back(1)
    });
    let mut world = World::new();
    install(&mut world, SPECIAL, code);
    let child = SPECIAL.create2(B256::ZERO, keccak256(contracts::mortal_initcode()));
    for fork in CREATE2_ERAS {
        let mut block = block(
            fork,
            vec![
                send(0, 0, STRANGER, 1),
                call(1, 0, SPECIAL, U256::ZERO, U256::ZERO),
                send(2, 0, STRANGER, 1),
            ],
        );
        block.env.beneficiary = child;
        let outcome = judge_all_ways(&block, &world);
        assert_eq!(returned(&outcome, 1), [word(child)], "{fork:?}");
        let info = account_after(&outcome, &world, child).expect("tipped again");
        let (one, heir) = (U256::from(TRANSFER * tip(fork)), sender(4));
        assert_eq!((info.balance, info.nonce), (one, 0), "{fork:?}");
        let inherited = balance_after(&outcome, &world, heir) - world.accounts[&heir].balance;
        assert_eq!(inherited, one, "{fork:?}: the tip before it");
    }
}

/// A payment that leaves the coinbase nothing.
fn tipless(fork: SpecId, from: usize, nonce: u64) -> TxEnv {
    TxEnv {
        gas_price: u128::from(PRICE - tip(fork)),
        ..send(from, nonce, sender((from + 1) % 4), 1)
    }
}

#[test]
fn p03_fees_of_nothing_delete_no_coinbase_that_has_a_balance() {
    for fork in ERAS {
        let mut world = World::new();
        let info = AccountInfo::from_balance(U256::from(5));
        world.accounts.insert(COINBASE, info);
        let transactions = (0..3).map(|from| tipless(fork, from, 0)).collect();
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert!(
            !outcome.changes.accounts.contains_key(&COINBASE),
            "{fork:?}"
        );
    }
}

#[test]
fn p03_coinbase_without_an_account_keeps_the_one_tip_among_many_of_nothing() {
    for fork in ERAS {
        for tipped in 0..4 {
            let mut transactions: Vec<_> = (0..4).map(|from| tipless(fork, from, 0)).collect();
            transactions[tipped] = send(tipped, 0, sender(4), 1);
            let outcome = judge_all_ways(&block(fork, transactions), &World::new());
            let info = account_after(&outcome, &World::new(), COINBASE).expect("tipped");
            let expected = U256::from(TRANSFER * tip(fork));
            assert_eq!(info.balance, expected, "{fork:?}, {tipped}");
        }
    }
}

#[test]
fn p03_credits_behind_the_last_transaction_add_to_the_tips() {
    for fork in ERAS {
        let mut world = World::new();
        world.accounts.insert(STRANGER, AccountInfo::default());
        let mut block = block(
            fork,
            vec![send(0, 0, sender(1), 1), send(1, 0, sender(0), 1)],
        );
        let credit = |address, amount| BalanceIncrement {
            address,
            amount: U256::from(amount),
        };
        block.rules.balance_increments = vec![credit(COINBASE, 5), credit(COINBASE, 6)];
        // revm's helper for credits removes an empty account before EIP-161 too.
        let clears_empty = fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        if clears_empty {
            block.rules.balance_increments.push(credit(STRANGER, 0));
        }
        let outcome = judge_all_ways(&block, &world);
        let stranger = account_after(&outcome, &world, STRANGER);
        assert_eq!(stranger.is_none(), clears_empty, "{fork:?}: empty, touched");
        let expected = U256::from(11 + 2 * TRANSFER * tip(fork));
        let coinbase = balance_after(&outcome, &world, COINBASE);
        assert_eq!(coinbase, expected, "{fork:?}");
    }
}

#[test]
fn p04_tip_of_nothing_touches_the_coinbase() {
    for fork in ERAS {
        // Before EIP-161 a touch makes an account; since then it removes an empty one.
        let makes = !fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        let mut world = World::new();
        let transactions = vec![tipless(fork, 0, 0), tipless(fork, 1, 0)];
        let absent = judge_all_ways(&block(fork, transactions.clone()), &world);
        let change = absent.changes.accounts.get(&COINBASE);
        let made = change.map(|change| change.info.is_some());
        assert_eq!(made, makes.then_some(true), "{fork:?}: an absent coinbase");

        world.accounts.insert(COINBASE, AccountInfo::default());
        let empty = judge_all_ways(&block(fork, transactions), &world);
        let change = empty.changes.accounts.get(&COINBASE);
        let removed = change.map(|change| change.info.is_none());
        let expected = (!makes).then_some(true);
        assert_eq!(removed, expected, "{fork:?}: an empty coinbase");
    }
}

/// A transaction that pays the coinbase or is paid by it writes the coinbase's balance twice at its
/// place in the order: once itself, once for its fee.
#[test]
fn p20_fee_that_joins_a_write_of_the_same_transaction_is_seen_behind_it() {
    let mut world = World::new();
    install(&mut world, SPECIAL, balance_teller());
    for fork in READING {
        let mut block = block(fork, Vec::new());
        let coinbase = sender(3);
        block.env.beneficiary = coinbase;
        block.transactions = in_order(vec![
            send(0, 0, coinbase, 50),
            ask(1, 0, SPECIAL, word(coinbase)),
            send(3, 0, STRANGER, 70),
            ask(1, 0, SPECIAL, word(coinbase)),
            send(3, 0, coinbase, 90),
            ask(2, 0, SPECIAL, word(coinbase)),
        ]);
        let outcome = judge_all_ways(&block, &world);
        let tip = U256::from(tip(fork));
        let fee = |index| U256::from(gas_used(&outcome, index)) * tip;
        let own = U256::from(TRANSFER * PRICE);
        let first = world.accounts[&coinbase].balance + U256::from(50) + fee(0);
        assert_eq!(returned(&outcome, 1), [first], "{fork:?}");
        let second = first + fee(1) - own - U256::from(70) + fee(2);
        assert_eq!(returned(&outcome, 3), [second], "{fork:?}");
        let third = second + fee(3) - own + fee(4);
        assert_eq!(returned(&outcome, 5), [third], "{fork:?}");
    }
}
