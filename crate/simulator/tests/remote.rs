//! State that comes in piece by piece: the result is that of the complete state, whatever is guessed and
//! predicted meanwhile, and few waves of questions lead to it. That bundles come out the same is part
//! of their own tests (`support::simulate`).

mod support;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, TxKind, U256, map::AddressSet};
use forerun_simulator::{
    Answer, BundleRequest, Error, Keys, ReplayRequest, Simulator, Snapshot, Step, Task,
};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, CHAIN, ETHER, codes, contract, member, pack, recorded,
    remote::{answers, plain, run},
    snapshot_json,
};

fn complete() -> Snapshot {
    Snapshot::from_json(snapshot_json().to_string().as_bytes()).expect("a good snapshot")
}

fn simulator_without_state(complete: &Snapshot, threads: usize) -> Simulator {
    Simulator::new(complete.without_state(), threads).expect("a good thread count")
}

fn bundle(answer: Result<Answer, Error>) -> Value {
    let Ok(Answer::Bundle(result)) = answer else {
        panic!("{answer:?}")
    };
    plain(&result)
}

/// Calls that need accounts, slots and the hash of a block.
fn calls() -> BundleRequest {
    let from = Account::new(1).address;
    let call = |(to, _): (&str, &str), data: U256| json!({ "from": from, "to": to, "data": B256::from(data) });
    BundleRequest::from(json!({ "transactions": [
        call(contract::COUNTER, U256::ZERO),
        call(contract::READER, U256::from(7)),
        call(contract::HASHES, U256::from(99)),
        { "from": Account::new(2).address, "to": Account::new(3).address, "value": 5 },
    ] }))
}

/// Recorded blocks by number, each with its state.
fn blocks() -> Vec<(u64, Snapshot, ReplayRequest)> {
    let Some(pack) = pack("blocks.tar.gz") else {
        return Vec::new();
    };
    let codes = codes(&pack);
    let numbers = pack
        .iter()
        .filter_map(|(name, _)| name.strip_suffix(".json")?.parse().ok());
    numbers
        .map(|number: u64| {
            let file = member(&pack, &format!("{number}.json"));
            let (snapshot, request) = recorded(&file, &codes);
            (number, snapshot, ReplayRequest::from(request))
        })
        .collect()
}

#[test]
fn blocks_come_out_the_same() {
    for (number, complete, request) in blocks() {
        let expected = Simulator::new(complete.clone(), 1)
            .and_then(|simulator| simulator.replay_block(&request))
            .expect("the block runs");
        for threads in [1, 2] {
            let mut simulator = simulator_without_state(&complete, threads);
            let (answer, waves) = run(&mut simulator, Task::from(request.clone()), &complete);
            let Ok(Answer::Replay(result)) = answer else {
                panic!("{number}: {answer:?}")
            };
            assert_eq!(plain(&result), plain(&expected), "{number}");
            assert_eq!(result.changes, expected.changes, "{number}");
            assert!(result.passed(), "{number}: {:?}", result.checks);
            println!(
                "{number} on {threads}: {} transactions, {} executions, waves {:?}",
                result.transactions,
                result.report.executions,
                waves.iter().map(Keys::len).collect::<Vec<_>>()
            );
        }
    }
}

/// Blocks that read so little that it can be asked for piece by piece.
const SMALL: [u64; 6] = [46_147, 930_196, 1_796_867, 2_674_998, 2_688_148, 19_910_734];

#[test]
fn small_blocks_come_out_the_same_piece_by_piece() {
    for (number, complete, request) in blocks() {
        if !SMALL.contains(&number) {
            continue;
        }
        let expected = Simulator::new(complete.clone(), 1)
            .and_then(|simulator| simulator.replay_block(&request))
            .expect("the block runs");
        for threads in [1, 2] {
            let mut simulator = simulator_without_state(&complete, threads);
            let task = Task::from(request.clone()).without_run_ahead();
            let (answer, waves) = run(&mut simulator, task, &complete);
            let Ok(Answer::Replay(result)) = answer else {
                panic!("{number}: {answer:?}")
            };
            assert_eq!(plain(&result), plain(&expected), "{number}");
            assert_eq!(result.changes, expected.changes, "{number}");
            assert!(waves.iter().all(|keys| keys.len() == 1), "{number}");
        }
    }
}

#[test]
fn one_piece_at_a_time_comes_to_the_same_and_takes_longer() {
    let complete = complete();
    let mut ahead = simulator_without_state(&complete, 2);
    let (quick, few) = run(&mut ahead, Task::from(calls()), &complete);
    let mut serial = simulator_without_state(&complete, 2);
    let task = Task::from(calls()).without_run_ahead();
    let (slow, many) = run(&mut serial, task, &complete);
    assert_eq!(bundle(quick), bundle(slow));
    assert!(few.len() <= 2, "{few:?}");
    assert!(many.iter().all(|keys| keys.len() == 1), "{many:?}");
    assert!(many.len() >= 8, "{many:?}");
}

#[test]
fn what_was_known_once_is_not_asked_for_again() {
    let complete = complete();
    let mut simulator = simulator_without_state(&complete, 1);
    let (first, waves) = run(&mut simulator, Task::from(calls()), &complete);
    assert!(!waves.is_empty());
    let (second, waves) = run(&mut simulator, Task::from(calls()), &complete);
    assert_eq!(bundle(first), bundle(second));
    assert_eq!(waves, []);
}

#[test]
fn at_the_next_block_one_wave_asks_for_what_was_read() {
    let complete = complete();
    let mut simulator = simulator_without_state(&complete, 1);
    let mut task = Task::from(calls());
    while let Ok(forerun_simulator::Step::Need(keys)) = simulator.step(&mut task, None) {
        let values = answers(&complete, &keys).to_string();
        simulator.provide(values.as_bytes()).expect("good answers");
    }
    let read = task.reads().clone();
    let mut json = snapshot_json();
    json["block"]["number"] = json!("0x65");
    json["block"]["timestamp"] = json!("0x3f4");
    json["accounts"][contract::READER.0]["storage"] = json!({ "0x7": "0x8" });
    let next = Snapshot::from_json(json.to_string().as_bytes()).expect("a good snapshot");
    simulator.move_to(next.without_state());
    let (answer, waves) = run(&mut simulator, Task::from(calls()), &next);
    let expected = Simulator::new(next, 1)
        .and_then(|simulator| simulator.simulate_bundle(&calls()))
        .expect("the bundle runs");
    assert_eq!(bundle(answer), plain(&expected));
    assert_eq!(waves.len(), 1, "{waves:?}");
    assert_eq!(waves[0].storage, read.storage);
    assert_eq!(waves[0].accounts, read.accounts);
}

#[test]
fn a_prediction_that_comes_true_is_not_executed_again_and_a_wrong_one_is() {
    let complete = complete();
    let mut simulator = simulator_without_state(&complete, 1);
    let (_, waves) = run(&mut simulator, Task::from(calls()), &complete);
    for wrong in [false, true] {
        let mut simulator = simulator_without_state(&complete, 1);
        for keys in &waves {
            let mut values = answers(&complete, keys);
            if wrong {
                let slots = values["storage"].as_object_mut().expect("an object");
                for value in slots.values_mut().flat_map(|slots| slots.as_object_mut()) {
                    value
                        .values_mut()
                        .for_each(|value| *value = json!("0x1234"));
                }
            }
            simulator
                .predict(values.to_string().as_bytes())
                .expect("good values");
        }
        let (answer, waves) = run(&mut simulator, Task::from(calls()), &complete);
        let Ok(Answer::Bundle(result)) = answer else {
            panic!("{answer:?}")
        };
        let expected = Simulator::new(complete.clone(), 1)
            .and_then(|simulator| simulator.simulate_bundle(&calls()))
            .expect("the bundle runs");
        assert_eq!(plain(&result), plain(&expected), "wrong: {wrong}");
        assert_eq!(waves.len(), 1, "wrong: {wrong}");
        // Two of the four read a slot.
        let executions = if wrong { 6 } else { 4 };
        assert_eq!(result.report.executions, executions, "wrong: {wrong}");
    }
}

#[test]
fn whom_many_signed_transactions_call_is_told_before_their_signers_are_found() {
    let complete = complete();
    let signed = |nonce: u64| {
        let to = [contract::COUNTER, contract::READER][nonce as usize % 2].0;
        Value::String(Account::new(1).sign(TxEip1559 {
            chain_id: CHAIN,
            nonce,
            gas_limit: 100_000,
            max_fee_per_gas: u128::from(2 * BASE_FEE),
            to: TxKind::Call(to.parse().expect("an address")),
            ..TxEip1559::default()
        }))
    };
    let mut transactions: Vec<_> = (0..40).map(signed).collect();
    let request =
        |transactions: &[Value]| BundleRequest::from(json!({ "transactions": transactions }));
    let first_of = |simulator: &Simulator, task: &mut Task| match simulator.step(task, None) {
        Ok(Step::Need(keys)) => keys,
        other => panic!("{other:?}"),
    };
    let called =
        [contract::COUNTER, contract::READER].map(|(to, _)| to.parse().expect("an address"));

    let mut simulator = simulator_without_state(&complete, 1);
    let mut task = Task::from(request(&transactions));
    let first = first_of(&simulator, &mut task);
    assert!(first.are_first);
    assert_eq!(first.accounts, AddressSet::from_iter(called));
    // The next step names them again, whether they have come or not.
    let all = first_of(&simulator, &mut task);
    assert!(!all.are_first);
    assert!(all.accounts.is_superset(&first.accounts));
    assert!(all.accounts.contains(&Account::new(1).address));
    let (answer, waves) = run(
        &mut simulator,
        Task::from(request(&transactions)),
        &complete,
    );
    let expected = Simulator::new(complete.clone(), 1)
        .and_then(|simulator| simulator.simulate_bundle(&request(&transactions)))
        .expect("the bundle runs");
    assert_eq!(bundle(answer), plain(&expected));
    assert!(waves[1..].iter().all(|keys| !keys.are_first));

    // One less are few, and what is no transaction at all is said where all are read.
    let simulator = simulator_without_state(&complete, 1);
    let few = first_of(&simulator, &mut Task::from(request(&transactions[..39])));
    assert!(!few.are_first);
    transactions[7] = json!("0x02c0");
    let mut task = Task::from(request(&transactions));
    assert!(first_of(&simulator, &mut task).are_first);
    let Err(Error::InvalidTransaction { index: 7, .. }) = simulator.step(&mut task, None) else {
        panic!("the eighth is none")
    };
}

#[test]
fn what_is_provided_is_checked_and_taken_in_whole_or_not_at_all() {
    let complete = complete();
    let mut simulator = simulator_without_state(&complete, 1);
    let account = Account::new(1).address.to_string();
    let bad = [
        (json!({ "account": {} }), "account"),
        (json!({ "accounts": { "0x1": {} } }), "accounts.0x1"),
        (
            json!({ "storage": { &account: { "0x1": "x" } } }),
            "storage",
        ),
        (
            json!({ "codes": { B256::ZERO.to_string(): "0x00" } }),
            "codes",
        ),
        (json!({ "blockHashes": { "1": "0x" } }), "blockHashes.1"),
    ];
    for (mut values, place) in bad {
        values["accounts"][&account] = json!({ "balance": ETHER.to_string() });
        let error = simulator.provide(values.to_string().as_bytes());
        let Err(Error::InvalidRequest { field, .. }) = error else {
            panic!("{values}: {error:?}")
        };
        assert!(field.starts_with(place), "{field} for {values}");
    }
    let mut task = Task::from(calls());
    let Ok(forerun_simulator::Step::Need(keys)) = simulator.step(&mut task, None) else {
        panic!("all is unknown")
    };
    let account: Address = account.parse().expect("an address");
    assert!(keys.accounts.contains(&account), "nothing was taken in");
}

#[test]
fn a_loop_over_what_is_guessed_ends() {
    // Jumps back as long as slot 0 is zero, which it is not.
    let endless = "0x5b5f54155f57005b";
    let address = "0x00000000000000000000000000000000000000e1";
    let mut json = snapshot_json();
    json["accounts"][address] = json!({ "code": endless, "storage": { "0x0": "0x1" } });
    let complete = Snapshot::from_json(json.to_string().as_bytes()).expect("a good snapshot");
    let request = BundleRequest::from(json!({ "transactions": [
        { "from": Account::new(1).address, "to": address },
    ] }));
    let mut simulator = simulator_without_state(&complete, 1);
    let (answer, waves) = run(&mut simulator, Task::from(request), &complete);
    assert_eq!(bundle(answer)["status"], json!("success"));
    assert!(waves.len() <= 2, "{waves:?}");
}

#[test]
fn what_a_pool_pays_with_is_asked_for_with_the_pool() {
    let [router, pool, token] = ["a1", "a2", "a3"].map(|byte| byte.repeat(20));
    // The router calls the pool and the pool calls the token, which looks up what its caller has.
    let calls = |address: &str| format!("0x5f5f5f5f5f73{address}5af100");
    let mut json = snapshot_json();
    let codes = [
        (&router, calls(&pool)),
        (&pool, calls(&token)),
        (&token, String::from("0x33545f5260205ff3")),
    ];
    for (address, code) in codes {
        json["accounts"][format!("0x{address}")] = json!({ "code": code });
    }
    let complete = Snapshot::from_json(json.to_string().as_bytes()).expect("a good snapshot");
    let waves = |data: String| {
        let request = BundleRequest::from(json!({ "transactions": [
            { "from": Account::new(1).address, "to": format!("0x{router}"), "data": data },
        ] }));
        let mut simulator = simulator_without_state(&complete, 1);
        let (answer, waves) = run(&mut simulator, Task::from(request), &complete);
        assert_eq!(bundle(answer)["status"], json!("success"));
        waves.len()
    };
    assert_eq!(waves(format!("0x12345678{token:0>64}")), 2);
    // If the call does not name the token, only the pool itself tells of it.
    assert_eq!(waves(String::from("0x12345678")), 4);
}
