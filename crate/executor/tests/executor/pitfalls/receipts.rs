//! What goes into receipts and what is forgotten from one transaction to the next.

use crate::{
    assembly::Assembly,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract},
};
use forerun_executor::revm::{
    bytecode::opcode as op,
    primitives::{Address, U256, hardfork::SpecId},
};

const WITNESS: Address = Address::with_last_byte(0x80);
const SETTER: Address = Address::with_last_byte(0x81);

/// Logs the counter in slot 0, counts, and logs it again; between the two it calls one that logs
/// and fails, whose log is to vanish.
fn logging_counter(failing: Address) -> Assembly {
    let code = Assembly::new().load(0).op(&[op::DUP1]).remember(0).log(1);
    let code = code.push_address(failing).call(1, 0).op(&[op::POP]);
    let code = code.push(U256::ONE).op(&[op::ADD, op::DUP1]).remember(0);
    code.store(0).log(1)
}

#[test]
fn p29_logs_show_the_state_of_their_place_in_the_order() {
    let failing = Address::with_last_byte(0x83);
    for fork in ERAS {
        let mut world = World::new();
        install(&mut world, WITNESS, logging_counter(failing).code());
        let fails = Assembly::new().log(1).op(&[op::INVALID]);
        install(&mut world, failing, fails.code());
        let logging = (0..10).map(|index| send(index % 5, 0, WITNESS, 0));
        let block = block(fork, in_order(logging.collect()));
        let outcome = judge_all_ways(&block, &world);
        for index in 0..10 {
            let logs = executed(&outcome, index).logs();
            let seen = logs.iter().map(|log| {
                assert_eq!(log.address, WITNESS, "{fork:?}");
                U256::from_be_slice(&log.data.data)
            });
            let expected = [U256::from(index), U256::from(index + 1)];
            assert_eq!(seen.collect::<Vec<_>>(), expected, "{fork:?}, {index}");
        }
    }
}

#[test]
fn p29_logs_of_one_contract_follow_the_writes_of_others() {
    for fork in ERAS {
        let mut world = World::new();
        // LOG(storage[a]), then storage[a] = b
        let code = Assembly::new()
            .argument(0)
            .op(&[op::SLOAD])
            .remember(0)
            .log(1);
        let code = code.argument(1).argument(0).op(&[op::SSTORE]);
        install(&mut world, WITNESS, code.code());
        let write = |from, value| call(from, 0, WITNESS, U256::from(6), U256::from(value));
        let values = [4, 4, 0, 9, 9, 1];
        let writes = values.into_iter().enumerate();
        let writes = writes.map(|(index, value)| write(index % 5, value));
        let outcome = judge_all_ways(&block(fork, in_order(writes.collect())), &world);
        let mut before = 0;
        for (index, value) in values.into_iter().enumerate() {
            let logs = executed(&outcome, index).logs();
            let seen = U256::from_be_slice(&logs[0].data.data);
            assert_eq!((logs.len(), seen), (1, U256::from(before)), "{fork:?}");
            before = value;
        }
    }
}

#[test]
fn p29_transient_storage_ends_with_the_transaction() {
    let code = Assembly::new()
        .push(U256::ZERO)
        .op(&[op::TLOAD])
        .remember(0);
    let code = code.push(U256::ONE).push(U256::ZERO).op(&[op::TSTORE]);
    let code = code.push(U256::ZERO).op(&[op::TLOAD]).remember(1);
    let code = code.load(5).remember(2).give_back(3).code();
    let mut world = World::new();
    install(&mut world, WITNESS, code);
    for fork in [SpecId::CANCUN, SpecId::PRAGUE, SpecId::OSAKA] {
        let transactions = (0..6).map(|index| send(index % 3, 0, WITNESS, 0));
        let block = block(fork, in_order(transactions.collect()));
        let outcome = judge_all_ways(&block, &world);
        for index in 0..6 {
            let expected = [U256::ZERO, U256::ONE, U256::ZERO];
            assert_eq!(returned(&outcome, index), expected, "{fork:?}");
            assert_eq!(gas_used(&outcome, index), gas_used(&outcome, 0), "{fork:?}");
        }
    }
}

#[test]
fn p29_accounts_and_slots_are_cold_again_in_the_next_transaction() {
    // Reads a slot, a balance and a code, each twice, all by the same transaction.
    let mut code = Assembly::new();
    for _ in 0..2 {
        code = code.load(5).op(&[op::POP]).push_address(contract(MORTAL));
        code = code.op(&[op::DUP1, op::BALANCE, op::POP, op::EXTCODESIZE, op::POP]);
    }
    let mut world = World::new();
    install(&mut world, WITNESS, code.op(&[op::STOP]).code());
    for fork in ERAS {
        let transactions = (0..6).map(|index| send(index % 3, 0, WITNESS, 0));
        let block = block(fork, in_order(transactions.collect()));
        let outcome = judge_all_ways(&block, &world);
        for index in 1..6 {
            assert_eq!(gas_used(&outcome, index), gas_used(&outcome, 0), "{fork:?}");
        }
        if fork.is_enabled_in(SpecId::LONDON) {
            // EIP-2929: the first time 2,100 for the slot and 2,600 for the account, then 100 for
            // each of the four that are warm; 2 for each POP, 3 for each PUSH and DUP.
            let reads = 2_100 + 2_600 + 4 * 100;
            let rest = 2 * (3 * 2 + 2 * 3 + 3);
            assert_eq!(gas_used(&outcome, 0), TRANSFER + reads + rest, "{fork:?}");
        }
    }
}

#[test]
fn p29_refunds_and_failures_of_one_transaction_do_not_reach_the_next() {
    for fork in ERAS {
        let mut world = World::new();
        install(&mut world, SETTER, contracts::setter());
        for slot in 1..4 {
            let key = (SETTER, U256::from(slot));
            world.storage.insert(key, U256::from(9));
        }
        let set = |from, slot, value| call(from, 0, SETTER, U256::from(slot), U256::from(value));
        let broke = |from| {
            let mut tx = set(from, 3, 0);
            tx.gas_limit = 24_500;
            tx
        };
        let transactions = in_order(vec![
            set(0, 1, 0),
            set(1, 7, 9),
            broke(2),
            set(3, 8, 9),
            set(4, 2, 0),
            set(0, 11, 9),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert!(!succeeded(&outcome, 2), "{fork:?}: too little gas");
        assert_eq!(gas_used(&outcome, 2), 24_500, "{fork:?}");
        for index in [3, 5] {
            assert_eq!(gas_used(&outcome, index), gas_used(&outcome, 1), "{fork:?}");
        }
        assert_eq!(gas_used(&outcome, 4), gas_used(&outcome, 0), "{fork:?}");
    }
}
