//! `eth_getProof` on states drawn at random, held against the tries of alloy: its roots, and its check
//! of proofs. Prints its seed; `FORERUN_SEED` repeats it.

mod support;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_trie::{
    Nibbles, TrieAccount,
    proof::verify_proof,
    root::{state_root_unhashed, storage_root_unhashed},
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};
use support::{
    rpc::{call_on_complete, error},
    snapshot_json,
};

/// Numbers that follow from a seed.
struct Numbers(u64);

impl Numbers {
    fn word(&mut self) -> B256 {
        self.0 += 1;
        keccak256(self.0.to_be_bytes())
    }

    fn below(&mut self, bound: u64) -> u64 {
        (U256::from_be_bytes(self.word().0) % U256::from(bound)).to()
    }
}

type Accounts = BTreeMap<Address, (TrieAccount, BTreeMap<B256, U256>)>;

fn draw(numbers: &mut Numbers) -> Accounts {
    let count = [0, 1, 2, 3, 20, 300][numbers.below(6) as usize];
    let account = |numbers: &mut Numbers| {
        let slots = [0, 1, 2, 40][numbers.below(4) as usize];
        let storage: BTreeMap<_, _> = (0..slots)
            .map(|slot| (B256::from(U256::from(slot)), numbers.word().into()))
            .collect();
        let account = TrieAccount {
            nonce: 1 + numbers.below(1000),
            balance: U256::from(numbers.below(1 << 60)),
            storage_root: storage_root_unhashed(storage.clone()),
            code_hash: KECCAK256_EMPTY,
        };
        (account, storage)
    };
    (0..count)
        .map(|_| (Address::from_word(numbers.word()), account(numbers)))
        .collect()
}

/// The snapshot of exactly these accounts.
fn snapshot(accounts: &Accounts) -> Value {
    let mut snapshot = snapshot_json();
    let all = accounts.iter().map(|(address, (account, storage))| {
        let mut storage: Map<_, _> = storage
            .iter()
            .map(|(slot, value)| (slot.to_string(), json!(value)))
            .collect();
        // Says nothing.
        storage.insert(B256::repeat_byte(0xee).to_string(), json!("0x0"));
        let facts =
            json!({ "nonce": account.nonce, "balance": account.balance, "storage": storage });
        (address.to_string(), facts)
    });
    snapshot["accounts"] = Value::Object(all.collect());
    let states = accounts
        .iter()
        .map(|(address, (account, _))| (*address, *account));
    snapshot["block"]["stateRoot"] = json!(state_root_unhashed(states));
    snapshot
}

fn nodes(list: &Value) -> Vec<Bytes> {
    serde_json::from_value(list.clone()).expect("a list of nodes")
}

/// Holds an answer against the state.
fn check(accounts: &Accounts, address: Address, slots: &[B256], answer: &Value) {
    let account = accounts.get(&address);
    let root: B256 =
        serde_json::from_value(snapshot(accounts)["block"]["stateRoot"].clone()).unwrap();
    let expected = account.map(|(account, _)| alloy_rlp::encode(account));
    let proof = nodes(&answer["accountProof"]);
    let key = Nibbles::unpack(keccak256(address));
    verify_proof(root, key, expected, &proof).expect("the account is proved");
    let known = account.map(|(account, _)| *account);
    let known = known.unwrap_or(TrieAccount {
        storage_root: B256::ZERO,
        code_hash: B256::ZERO,
        ..TrieAccount::default()
    });
    assert_eq!(answer["balance"], format!("{:#x}", known.balance));
    assert_eq!(answer["nonce"], format!("{:#x}", known.nonce));
    assert_eq!(answer["codeHash"], json!(known.code_hash));
    assert_eq!(answer["storageHash"], json!(known.storage_root));
    assert_eq!(answer["address"], json!(address));
    let proofs = answer["storageProof"].as_array().unwrap();
    assert_eq!(proofs.len(), slots.len());
    for (slot, proved) in slots.iter().zip(proofs) {
        let value = account.and_then(|(_, storage)| storage.get(slot).copied());
        assert_eq!(proved["key"], json!(slot));
        let shown = value.unwrap_or_default();
        assert_eq!(proved["value"], format!("{shown:#x}"));
        let proof = nodes(&proved["proof"]);
        if known.storage_root.is_zero() || account.is_some_and(|(_, storage)| storage.is_empty()) {
            assert!(proof.is_empty());
            continue;
        }
        let key = Nibbles::unpack(keccak256(slot));
        let value = value.map(alloy_rlp::encode);
        verify_proof(known.storage_root, key, value, &proof).expect("the slot is proved");
    }
}

#[test]
fn what_is_there_and_what_is_not_is_proved() {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = std::env::var("FORERUN_SEED").map_or(clock.as_nanos() as u64, |seed| {
        seed.parse().expect("FORERUN_SEED is a number")
    });
    println!("seed {seed} (FORERUN_SEED={seed} repeats)");
    let mut numbers = Numbers(seed >> 1);
    for _ in 0..8 {
        let accounts = draw(&mut numbers);
        let snapshot = snapshot(&accounts);
        let absent = Address::from_word(numbers.word());
        for address in accounts.keys().take(5).copied().chain([absent]) {
            let slots = [0, 1, 39, 1000].map(|slot| B256::from(U256::from(slot)));
            let params = json!([address, slots, "latest"]);
            let answer = call_on_complete(&snapshot, "eth_getProof", params);
            assert!(answer.get("error").is_none(), "{answer}");
            check(&accounts, address, &slots, &answer["result"]);
        }
    }
}

#[test]
fn a_state_of_which_something_may_be_missing_proves_nothing() {
    let address = Address::repeat_byte(1);
    let expected = json!({ "code": -32000, "message": "proofs need the whole state or a source" });
    let params = json!([address, [], "latest"]);
    let mut snapshot = snapshot_json();
    assert_eq!(error(&snapshot, "eth_getProof", params.clone()), expected);
    snapshot["block"]["stateRoot"] = json!(B256::repeat_byte(1));
    assert_eq!(error(&snapshot, "eth_getProof", params), expected);
}

#[test]
fn slots_are_named_as_they_were_asked_for() {
    let accounts = draw(&mut Numbers(7));
    let keys = ["0x0", "0x00", "0x1a", &B256::ZERO.to_string()];
    let params = json!([Address::ZERO, keys]);
    let answer = call_on_complete(&snapshot(&accounts), "eth_getProof", params);
    let proofs = answer["result"]["storageProof"].as_array().unwrap();
    let named: Vec<_> = proofs.iter().map(|proof| proof["key"].clone()).collect();
    assert_eq!(json!(named), json!(["0x0", "0x0", "0x1a", B256::ZERO]));
}
