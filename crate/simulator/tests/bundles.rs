//! What bundles do: signed transactions and calls mixed, defaults, overrides, failures, creations.

mod support;

use alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U128, U256, address};
use forerun_simulator::{BundleStatus, Simulator, TransactionStatus};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};
use support::{
    Account, BASE_FEE, CHAIN, ETHER, MINER, SIDECAR_HASH, contract, simulate, simulator,
    simulator_on, snapshot_json, with_sidecar,
};

fn parse(contract: (&str, &str)) -> Address {
    contract.0.parse().expect("contracts have addresses")
}

fn word(number: u64) -> Bytes {
    B256::from(U256::from(number)).into()
}

#[test]
fn signed_transactions_of_all_types_and_calls_run_in_one_chain_of_nonces() {
    let account = Account::new(1);
    let counter = parse(contract::COUNTER);
    let (price, gas) = (2 * u128::from(BASE_FEE), 100_000);
    let delegation = Authorization {
        chain_id: U256::from(CHAIN),
        address: parse(contract::READER),
        nonce: 0,
    };
    let authority = Account::new(2);
    let delegation_signature = authority.sign_hash(delegation.signature_hash());
    let with_chain = TxLegacy {
        chain_id: Some(CHAIN),
        nonce: 0,
        gas_price: price,
        gas_limit: gas,
        to: TxKind::Call(counter),
        ..TxLegacy::default()
    };
    let without_chain = TxLegacy {
        chain_id: None,
        nonce: 1,
        ..with_chain.clone()
    };
    let access_list = AccessList(vec![AccessListItem {
        address: counter,
        storage_keys: vec![B256::ZERO],
    }]);
    let eip2930 = TxEip2930 {
        chain_id: CHAIN,
        nonce: 2,
        gas_price: price,
        gas_limit: gas,
        to: TxKind::Call(counter),
        access_list,
        ..TxEip2930::default()
    };
    let eip1559 = TxEip1559 {
        chain_id: CHAIN,
        nonce: 4,
        max_fee_per_gas: price,
        max_priority_fee_per_gas: 3,
        gas_limit: gas,
        to: TxKind::Call(counter),
        ..TxEip1559::default()
    };
    let mut blob_hash = B256::repeat_byte(9);
    blob_hash[0] = 1;
    let eip4844 = TxEip4844 {
        chain_id: CHAIN,
        nonce: 5,
        max_fee_per_gas: price,
        gas_limit: gas,
        to: counter,
        blob_versioned_hashes: vec![blob_hash],
        max_fee_per_blob_gas: 1,
        ..TxEip4844::default()
    };
    let eip7702 = TxEip7702 {
        chain_id: CHAIN,
        nonce: 6,
        max_fee_per_gas: price,
        gas_limit: gas,
        to: counter,
        authorization_list: vec![delegation.into_signed(delegation_signature)],
        ..TxEip7702::default()
    };
    let unsigned = json!({ "from": account.address, "to": counter });
    let transactions = json!([
        account.sign(with_chain),
        account.sign(without_chain),
        account.sign(eip2930),
        unsigned,
        account.sign(eip1559),
        account.sign(eip4844),
        account.sign(eip7702),
        unsigned,
        // Two's account now reads storage for whoever calls it, and its nonce is 1.
        { "from": authority.address, "to": authority.address, "data": "0x" },
    ]);
    for threads in [1, 2, 3, 8] {
        let simulator = simulator_on(&snapshot_json(), threads);
        let result = simulate(&simulator, json!({ "transactions": transactions })).unwrap();
        assert_eq!(result.status, BundleStatus::Success);
        let outputs: Vec<_> = result
            .transactions
            .iter()
            .map(|tx| tx.output.clone())
            .collect();
        // Each of eight transactions counts on where the one before left off.
        let expected: Vec<_> = (1..=8).chain([0]).map(word).collect();
        assert_eq!(outputs, expected, "{threads} threads");
        let prices: Vec<_> = result
            .transactions
            .iter()
            .map(|tx| tx.effective_gas_price)
            .collect();
        let (base, double) = (U128::from(BASE_FEE), U128::from(price));
        let with_tip = base + U128::from(3);
        assert_eq!(
            prices,
            [
                double, double, double, base, with_tip, base, base, base, base
            ]
        );
        assert!(
            result
                .transactions
                .iter()
                .all(|tx| tx.hash.is_some() != [3, 7, 8].contains(&tx.index))
        );
        assert_eq!(
            result.changes.accounts[&account.address]
                .info
                .as_ref()
                .unwrap()
                .nonce,
            8
        );
        assert_eq!(
            result.changes.accounts[&authority.address]
                .info
                .as_ref()
                .unwrap()
                .nonce,
            2
        );
    }
}

#[test]
fn a_blob_transaction_may_carry_its_sidecar() {
    let tx = TxEip4844 {
        chain_id: CHAIN,
        max_fee_per_gas: 2 * u128::from(BASE_FEE),
        gas_limit: 100_000,
        to: parse(contract::COUNTER),
        blob_versioned_hashes: vec![SIDECAR_HASH],
        max_fee_per_blob_gas: 1,
        ..TxEip4844::default()
    };
    let account = Account::new(1);
    let results = [account.sign(with_sidecar(tx.clone())), account.sign(tx)].map(|raw| {
        simulate(&simulator(), json!({ "transactions": [raw] }))
            .unwrap()
            .transactions
    });
    assert_eq!(results[0][0].output, word(1));
    assert_eq!(results[0], results[1], "hash and all");
}

#[test]
fn a_plain_transfer_costs_what_the_protocol_says() {
    let (from, to) = (
        Account::new(1).address,
        address!("0x00000000000000000000000000000000000000ee"),
    );
    let call = json!({ "from": from, "to": to, "value": "0x5", "maxPriorityFeePerGas": "0x7" });
    let result = simulate(&simulator(), json!({ "transactions": [call] })).unwrap();
    let price = u128::from(BASE_FEE) + 7;
    let tx = &result.transactions[0];
    assert_eq!(tx.gas_used, U64::from(21_000));
    assert_eq!(tx.effective_gas_price, U128::from(price));
    assert_eq!(
        (tx.from, tx.to, tx.status),
        (from, Some(to), TransactionStatus::Success)
    );
    let balance = |of: Address| result.changes.accounts[&of].info.as_ref().unwrap().balance;
    assert_eq!(balance(to), U256::from(5));
    assert_eq!(balance(from), U256::from(100 * ETHER - 5 - 21_000 * price));
    assert_eq!(balance(MINER.parse().unwrap()), U256::from(21_000 * 7));
}

#[test]
fn the_block_is_the_next_one_unless_told_otherwise() {
    let call = json!({ "from": Account::new(1).address, "to": contract::BLOCK.0 });
    let read = |block: Value| {
        let request = json!({ "transactions": [call], "block": block });
        let output = simulate(&simulator(), request).unwrap().transactions[0]
            .output
            .clone();
        output
            .chunks(32)
            .map(U256::from_be_slice)
            .collect::<Vec<_>>()
    };
    let randao = U256::from_be_bytes([0x77; 32]);
    let numbers = |list: [u64; 3]| list.map(U256::from);
    // Number and time of the next slot; the parent's coinbase, randomness and gas limit.
    let [number, timestamp, coinbase] = numbers([101, 1012, 0xcb]);
    let gas_limit = U256::from(36_000_000);
    assert_eq!(
        read(json!({})),
        [number, timestamp, coinbase, randao, gas_limit]
    );
    let given = json!({
        "number": 7, "timestamp": 8, "coinbase": contract::READER.0, "gasLimit": 30_000_000,
        "prevRandao": B256::with_last_byte(9), "baseFeePerGas": 5, "difficulty": 0, "excessBlobGas": 0
    });
    let [number, timestamp, coinbase] = numbers([7, 8, 0xc2]);
    let (randao, gas_limit) = (U256::from(9), U256::from(30_000_000));
    assert_eq!(
        read(given),
        [number, timestamp, coinbase, randao, gas_limit]
    );
}

#[test]
fn a_parents_hash_is_known() {
    let read = |number: u64| {
        let from = Account::new(1).address;
        let call = json!({ "from": from, "to": contract::HASHES.0, "data": word(number) });
        simulate(&simulator(), json!({ "transactions": [call] }))
            .unwrap()
            .transactions[0]
            .output
            .clone()
    };
    assert_eq!(read(100), Bytes::from([0x64; 32]));
    assert_eq!(read(99), word(0), "not listed in the snapshot");
}

#[test]
fn overrides_lie_over_the_snapshot_for_one_request() {
    let mut snapshot = snapshot_json();
    snapshot["accounts"][contract::READER.0]["storage"] = json!({ "0x1": "0x11", "0x2": "0x22" });
    let simulator = simulator_on(&snapshot, 2);
    let from = Account::new(1).address;
    let reads = json!([
        { "from": from, "to": contract::READER.0, "data": word(1) },
        { "from": from, "to": contract::READER.0, "data": word(2) },
    ]);
    let read = |overrides: Value| {
        let request = json!({ "transactions": reads, "stateOverrides": overrides });
        let result = simulate(&simulator, request).unwrap();
        result
            .transactions
            .iter()
            .map(|tx| tx.output.clone())
            .collect::<Vec<_>>()
    };
    let address = contract::READER.0;
    assert_eq!(read(json!([])), [word(0x11), word(0x22)]);
    let patch = json!([{ "address": address, "stateDiff": { "0x1": "0x33" } }]);
    assert_eq!(read(patch), [word(0x33), word(0x22)]);
    let whole = json!([{ "address": address, "state": { "0x1": "0x33" } }]);
    assert_eq!(read(whole), [word(0x33), word(0)]);
    let code = json!([{ "address": address, "code": contract::COUNTER.1 }]);
    assert_eq!(read(code), [word(1), word(2)]);
    assert_eq!(
        read(json!([])),
        [word(0x11), word(0x22)],
        "nothing of it stays"
    );
}

#[test]
fn an_overridden_account_can_pay_and_goes_on_from_its_nonce() {
    let from = address!("0x00000000000000000000000000000000000000aa");
    let call = json!({ "from": from, "to": contract::COUNTER.0 });
    let request = json!({
        "transactions": [call],
        "stateOverrides": [{ "address": from, "balance": ETHER.to_string(), "nonce": 41 }],
    });
    let result = simulate(&simulator(), request).unwrap();
    assert_eq!(result.status, BundleStatus::Success);
    assert_eq!(
        result.changes.accounts[&from].info.as_ref().unwrap().nonce,
        42
    );
}

#[test]
fn failures_are_results_with_a_kind_and_words() {
    let from = Account::new(1).address;
    let cases = [
        (contract::REVERTER, "reverted", "revert", "not enough"),
        (contract::INVALID, "halted", "invalidOpcode", "0xFE"),
        (contract::UNDERFLOW, "halted", "stackUnderflow", "stack"),
        (contract::LOOP, "halted", "outOfGas", "gas"),
        (contract::JUMP, "halted", "invalidJump", "jump"),
    ];
    let mut calls: Vec<_> = cases
        .iter()
        .map(|(c, ..)| json!({ "from": from, "to": c.0, "gas": 50_000 }))
        .collect();
    calls.push(json!({ "from": from, "to": contract::COUNTER.0 }));
    let result = simulate(&simulator(), json!({ "transactions": calls })).unwrap();
    assert_eq!(result.status, BundleStatus::Failed);
    let json = serde_json::to_value(&result).unwrap();
    for (index, (_, status, kind, words)) in cases.iter().enumerate() {
        let tx = &json["transactions"][index];
        assert_eq!(tx["status"], *status, "{kind}");
        assert_eq!(tx["error"]["kind"], *kind);
        let message = tx["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{kind}: {message}");
        if *status == "halted" {
            assert_eq!(tx["gasUsed"], "0xc350", "a halt uses all gas: {kind}");
        }
    }
    let data = json["transactions"][0]["error"]["data"].as_str().unwrap();
    assert!(
        data.starts_with("0x08c379a0") && data.len() == 2 + 2 * 100,
        "{data}"
    );
    // A bundle goes on after a failure, and the nonces count on.
    assert_eq!(json["transactions"][5]["status"], "success");
    assert_eq!(json["transactions"][5].get("error"), None);
}

#[test]
fn logs_are_counted_through_the_bundle() {
    let from = Account::new(1).address;
    let call = json!({ "from": from, "to": contract::LOGGER.0 });
    let result = simulate(&simulator(), json!({ "transactions": [call, call, call] })).unwrap();
    for tx in &result.transactions {
        assert_eq!(tx.logs.len(), 1);
        assert_eq!(tx.logs[0].log_index, tx.index);
        assert_eq!(tx.logs[0].address, parse(contract::LOGGER));
        assert_eq!(tx.logs[0].topics, [B256::with_last_byte(42)]);
    }
}

#[test]
fn a_creation_says_where_it_put_its_code() {
    let from = Account::new(1).address;
    // Returns two zero bytes as the code.
    let create = json!({ "from": from, "data": "0x60025ff3" });
    let result = simulate(&simulator(), json!({ "transactions": [create, create] })).unwrap();
    for tx in &result.transactions {
        assert_eq!(tx.contract_address, Some(from.create(tx.index as u64)));
        assert_eq!(tx.output, Bytes::from([0, 0]));
        assert_eq!(tx.to, None);
    }
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json["transactions"][0]["to"], Value::Null);
}

#[test]
fn relaxed_fee_checks_let_the_poor_run_on_real_prices() {
    let poor = address!("0x00000000000000000000000000000000000000ab");
    let call = json!({ "from": poor, "to": contract::FEES.0, "gasPrice": 3 });
    let request = json!({ "transactions": [call], "feeChecks": "relaxed" });
    let result = simulate(&simulator(), request).unwrap();
    let output = &result.transactions[0].output;
    assert_eq!(output[..32], word(BASE_FEE)[..], "BASEFEE");
    assert_eq!(output[32..], word(3)[..], "GASPRICE");
}

#[test]
fn default_gas_is_what_a_poor_sender_can_pay_for() {
    let from = address!("0x00000000000000000000000000000000000000ac");
    let balance = 60_000 * BASE_FEE;
    let call = json!({ "from": from, "to": contract::LOOP.0 });
    let request = json!({
        "transactions": [call], "stateOverrides": [{ "address": from, "balance": balance }],
    });
    let result = simulate(&simulator(), request).unwrap();
    assert_eq!(result.transactions[0].gas_used, U64::from(60_000));
}

#[test]
fn default_gas_is_no_more_than_the_fork_allows() {
    let call = json!({ "from": Account::new(1).address, "to": contract::LOOP.0 });
    for (fork, gas) in [("OSAKA", 16_777_216), ("PRAGUE", 30_000_000)] {
        let mut snapshot = snapshot_json();
        snapshot["fork"] = json!(fork);
        let result = simulate(
            &simulator_on(&snapshot, 1),
            json!({ "transactions": [call] }),
        )
        .unwrap();
        assert_eq!(result.transactions[0].gas_used, U64::from(gas), "{fork}");
    }
}

#[test]
fn many_calls_without_gas_fit_into_one_block() {
    let call = json!({ "from": Account::new(1).address, "to": contract::COUNTER.0 });
    let result = simulate(&simulator(), json!({ "transactions": vec![call; 100] })).unwrap();
    assert_eq!(result.status, BundleStatus::Success);
    assert_eq!(result.transactions[99].output, word(100));
}

#[test]
fn money_may_come_from_earlier_in_the_bundle() {
    let poor = address!("0x00000000000000000000000000000000000000ad");
    let request = json!({ "transactions": [
        { "from": Account::new(1).address, "to": poor, "value": ETHER.to_string() },
        { "from": poor, "to": contract::COUNTER.0 },
    ] });
    assert_eq!(
        simulate(&simulator(), request).unwrap().status,
        BundleStatus::Success
    );
}

#[test]
fn old_forks_take_calls_without_a_price() {
    let mut snapshot = snapshot_json();
    snapshot["fork"] = json!("BYZANTIUM");
    // PUSH0 came with Shanghai; this counter does without.
    let code = "0x600054600101806000556000526020".to_owned() + "6000f3";
    snapshot["accounts"][contract::COUNTER.0]["code"] = json!(code);
    let call = json!({ "from": Account::new(1).address, "to": contract::COUNTER.0 });
    let result = simulate(
        &simulator_on(&snapshot, 1),
        json!({ "transactions": [call] }),
    )
    .unwrap();
    assert_eq!(result.transactions[0].output, word(1));
    assert_eq!(result.transactions[0].effective_gas_price, U128::ZERO);
    let block = serde_json::to_value(&result.block).unwrap();
    assert_eq!(block.get("baseFeePerGas"), None);
    assert_eq!(block.get("prevRandao"), None);
}

#[test]
fn who_asks_for_a_timeline_and_has_handed_in_a_clock_gets_one() {
    static TICKS: AtomicU32 = AtomicU32::new(0);
    fn tick() -> f64 {
        TICKS.fetch_add(1, Ordering::SeqCst).into()
    }
    let calls: Vec<_> = (0..12)
        .map(|index| json!({ "from": Account::new(1 + index % 3).address, "to": contract::COUNTER.0 }))
        .collect();
    let timeline = |simulator: &Simulator, asked| {
        let request = json!({ "transactions": calls, "timeline": asked });
        simulate(simulator, request).expect("good").report.timeline
    };
    let clockless = simulator();
    assert_eq!(timeline(&clockless, true), []);
    let simulator = simulator().with_clock(tick);
    assert_eq!(timeline(&simulator, false), []);
    let timeline = timeline(&simulator, true);
    assert!(timeline.iter().all(|done| done.start < done.end));
    let settled = timeline.iter().filter(|done| done.work != "ahead");
    let settled: BTreeSet<_> = settled.map(|done| done.transaction).collect();
    assert_eq!(
        settled,
        (0..12).collect(),
        "each transaction is settled by somebody"
    );
}

#[test]
fn requests_can_be_answered_at_once_from_many_threads() {
    let simulator = simulator();
    let call = json!({ "from": Account::new(1).address, "to": contract::COUNTER.0 });
    std::thread::scope(|scope| {
        for count in 1..=6_u64 {
            let (simulator, call) = (&simulator, &call);
            scope.spawn(move || {
                let transactions = vec![call.clone(); count as usize];
                let result = simulate(simulator, json!({ "transactions": transactions })).unwrap();
                assert_eq!(result.transactions.last().unwrap().output, word(count));
            });
        }
    });
}
