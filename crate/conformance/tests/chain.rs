//! A chain through every fork, imported block by block, and the snapshots that come of it. It lies
//! beside the repository and is not part of it.

use forerun_conformance::ImportedChain;
use forerun_simulator::Snapshot;
use serde_json::Value;
use std::{collections::HashMap, fs::File, io::Read, path::PathBuf};

/// The members of the pack by their paths, or `None` with a remark where it is not at hand.
fn pack() -> Option<HashMap<String, Vec<u8>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/execution-apis.tar.gz");
    let Ok(file) = File::open(&path) else {
        eprintln!("skipped: ../shared/fixtures/execution-apis.tar.gz is absent");
        return None;
    };
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let entries = archive.entries().expect("a pack is a tar archive");
    Some(
        entries
            .map(|entry| {
                let mut entry = entry.expect("a pack is whole");
                let path = entry.path().expect("members have names").into_owned();
                let name = path.to_string_lossy();
                let name = name.trim_start_matches("execution-apis/tests/").to_owned();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).expect("a pack is whole");
                (name, bytes)
            })
            .collect(),
    )
}

fn import(pack: &HashMap<String, Vec<u8>>, threads: usize) -> ImportedChain {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().expect("threads can be had");
    pool.install(|| ImportedChain::import(&pack["genesis.json"], &pack["chain.rlp"], threads))
        .expect("every block is as its header says")
}

/// The answer that a vector has recorded.
fn recorded(pack: &HashMap<String, Vec<u8>>, vector: &str) -> Value {
    let text = String::from_utf8(pack[vector].clone()).expect("text");
    let answer = text.lines().find_map(|line| line.strip_prefix("<< "));
    let answer: Value = serde_json::from_str(answer.expect("an answer")).expect("JSON");
    answer["result"].clone()
}

#[test]
fn every_block_of_a_chain_through_all_forks_is_as_its_header_says() {
    let Some(pack) = pack() else { return };
    let choice: Value = serde_json::from_slice(&pack["headfcu.json"]).expect("JSON");
    let head = choice["params"][0]["headBlockHash"].as_str().expect("hex");
    let snapshots = [1, 2, 8].map(|threads| {
        let chain = import(&pack, threads);
        assert_eq!(chain.head(), 54);
        assert_eq!(chain.hash_of(54).expect("a head").to_string(), head);
        chain.snapshot(54).expect("a snapshot")
    });
    assert!(snapshots.iter().all(|snapshot| *snapshot == snapshots[0]));
}

#[test]
fn snapshots_hold_the_block_as_a_node_gives_it() {
    let Some(pack) = pack() else { return };
    let chain = import(&pack, 1);
    for (number, vector, with_transactions) in [
        (0, "eth_getBlockByNumber/get-genesis.io", true),
        (1, "eth_getBlockByHash/get-block-by-hash.io", true),
        (27, "eth_getBlockByNumber/get-block-london-fork.io", false),
        (36, "eth_getBlockByNumber/get-block-merge-fork.io", false),
        (39, "eth_getBlockByNumber/get-block-shanghai-fork.io", false),
        (42, "eth_getBlockByNumber/get-block-cancun-fork.io", false),
        (45, "eth_getBlockByNumber/get-block-prague-fork.io", false),
        (54, "eth_getBlockByNumber/get-latest.io", true),
    ] {
        let json = chain.snapshot(number).expect("a snapshot");
        Snapshot::from_json(json.as_bytes()).expect("the simulator reads it");
        let mut snapshot: Value = serde_json::from_str(&json).expect("JSON");
        let mut block = snapshot["block"].take();
        if !with_transactions {
            for tx in block["transactions"].as_array_mut().expect("a list") {
                *tx = tx["hash"].take();
            }
        }
        assert_eq!(block, recorded(&pack, vector), "block {number}");
    }
}

#[test]
fn a_block_that_is_not_as_its_header_says_ends_the_import() {
    let Some(mut pack) = pack() else { return };
    for (place, what) in [
        // In the header's state root.
        (100, "block 1: the state root is "),
        // In the second transaction, of which by that somebody else is the signer.
        (700, "block 1: transaction 1: nonce 1 too high, expected 0"),
    ] {
        let blocks = pack.get_mut("chain.rlp").expect("blocks");
        blocks[place] ^= 1;
        let result = ImportedChain::import(&pack["genesis.json"], &pack["chain.rlp"], 1);
        let reason = result.expect_err("a changed block");
        assert!(reason.starts_with(what), "{place}: {reason}");
        pack.get_mut("chain.rlp").expect("blocks")[place] ^= 1;
    }
}
