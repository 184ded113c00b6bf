//! The state that recorded blocks leave behind, against what an RPC server proved at their height:
//! rewards, withdrawals and the protocol's own calls included.

mod support;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use forerun_simulator::{ReplayRequest, Simulator, executor::StateSource};
use serde_json::Value;
use support::{codes, member, pack, recorded};

fn quantity(value: &Value) -> U256 {
    value
        .as_str()
        .expect("quantities are strings")
        .parse()
        .expect("quantities are hex")
}

fn hash(value: &Value) -> B256 {
    value
        .as_str()
        .expect("hashes are strings")
        .parse()
        .expect("hashes are hex")
}

/// Accounts and slots compared.
fn check_block(number: u64, threads: usize) -> Option<(usize, usize)> {
    let blocks = pack("blocks.tar.gz")?;
    let proofs = pack("proofs.tar.gz")?;
    let file = member(&blocks, &format!("{number}.json"));
    let expected = member(&proofs, &format!("{number}.json"));
    let before = member(&proofs, &format!("{}.json", number - 1));
    let (snapshot, request) = recorded(&file, &codes(&blocks));
    let simulator = Simulator::new(snapshot, threads).expect("the thread count is good");
    let result = simulator
        .replay_block(&ReplayRequest::from(request))
        .expect("the block runs");
    assert!(result.passed());

    let (mut accounts, mut slots) = (0, 0);
    for row in expected["proofs"].as_array().expect("proofs are a list") {
        let address: Address = row["address"]
            .as_str()
            .expect("addresses are strings")
            .parse()
            .expect("and hex");
        let change = result.changes.accounts.get(&address);
        // What did not change is as the server had it one block earlier.
        let earlier = before["proofs"].as_array().and_then(|rows| {
            rows.iter()
                .find(|earlier| earlier["address"] == row["address"])
        });
        let known = simulator
            .snapshot()
            .account(address)
            .expect("snapshots answer");
        if change.is_none() && known.is_none() {
            // Neither read nor written by the block: nothing to say but that nothing happened.
            if let Some(earlier) = earlier {
                assert_eq!(earlier["balance"], row["balance"], "{address}");
            }
            continue;
        }
        accounts += 1;
        let info = match change {
            Some(change) => change.info.clone(),
            None => known,
        };
        let exists = row["exists"].as_bool().expect("exists is told");
        assert_eq!(info.is_some(), exists, "whether {address} exists");
        let Some(info) = info else { continue };
        assert_eq!(
            info.balance,
            quantity(&row["balance"]),
            "the balance of {address}"
        );
        assert_eq!(
            U256::from(info.nonce),
            quantity(&row["nonce"]),
            "the nonce of {address}"
        );
        let code_hash = Some(hash(&row["codeHash"])).filter(|h| !h.is_zero());
        let code_hash = code_hash.unwrap_or(KECCAK256_EMPTY);
        assert_eq!(info.code_hash, code_hash, "the code of {address}");
        for proof in row["storageProof"]
            .as_array()
            .expect("storage proofs are a list")
        {
            slots += 1;
            let slot = quantity(&proof["key"]);
            let value = match change {
                Some(change) => match change.storage.get(&slot) {
                    Some(value) => *value,
                    None if change.storage_cleared => U256::ZERO,
                    None => simulator
                        .snapshot()
                        .storage(address, slot)
                        .expect("snapshots answer"),
                },
                None => simulator
                    .snapshot()
                    .storage(address, slot)
                    .expect("snapshots answer"),
            };
            assert_eq!(
                value,
                quantity(&proof["value"]),
                "slot {slot:#x} of {address}"
            );
        }
    }
    Some((accounts, slots))
}

fn check(number: u64, at_least: (usize, usize)) {
    for threads in [1, 2] {
        let Some((accounts, slots)) = check_block(number, threads) else {
            return;
        };
        assert!(
            accounts >= at_least.0 && slots >= at_least.1,
            "too little was compared: {accounts} accounts, {slots} slots"
        );
    }
}

// How much is compared at least: the accounts and slots that the pack's own table lists for the
// block, less those that only the proofs or only the block has.

#[test]
fn byzantium_with_its_block_reward() {
    check(4_370_000, (100, 200));
}

#[test]
fn istanbul_with_its_block_reward() {
    check(9_069_000, (100, 400));
}

#[test]
fn the_first_block_after_the_merge() {
    check(15_537_394, (90, 200));
}

#[test]
fn cancun_with_withdrawals_and_its_beacon_root() {
    check(19_426_587, (70, 130));
}
