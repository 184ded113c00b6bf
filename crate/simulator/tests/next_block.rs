//! The predicted next block, against blocks that did come next: recorded headers of mainnet, and a
//! recorded test chain that crosses every fork from London to the second blob parameter change.

mod support;

use alloy_consensus::{Block, Header, TxEnvelope};
use alloy_rlp::Decodable;
use serde_json::{Value, json};
use support::{MINER, member, pack, simulate, simulator_on};

/// The environment of a bundle on top of `parent`.
fn predicted(fork: &str, parent: &Value) -> Value {
    let snapshot = json!({ "chainId": 1, "fork": fork, "block": parent, "accounts": {} });
    let call = json!({ "from": MINER, "to": MINER, "gas": 21000 });
    let request = json!({ "transactions": [call], "feeChecks": "relaxed" });
    let result = simulate(&simulator_on(&snapshot, 1), request).expect("a bundle on a header runs");
    serde_json::to_value(&result.block).expect("results serialise")
}

#[test]
fn mainnet_base_fee_follows_from_the_parent() {
    let Some(pack) = pack("proofs.tar.gz") else {
        return;
    };
    for (child, fork) in [(15_537_394, "MERGE"), (19_426_587, "CANCUN")] {
        let parent = &member(&pack, &format!("{}.json", child - 1))["header"];
        let header = &member(&pack, &format!("{child}.json"))["header"];
        let block = predicted(fork, parent);
        assert_eq!(block["number"], header["number"]);
        assert_eq!(
            block["baseFeePerGas"], header["baseFeePerGas"],
            "block {child}"
        );
        if fork == "CANCUN" {
            assert_eq!(
                block["excessBlobGas"], header["excessBlobGas"],
                "block {child}"
            );
        }
    }
}

/// A header in the form an RPC server gives it.
fn rpc_header(header: &Header) -> Value {
    json!({
        "number": header.number, "timestamp": header.timestamp, "gasLimit": header.gas_limit,
        "gasUsed": header.gas_used, "baseFeePerGas": header.base_fee_per_gas, "miner": header.beneficiary,
        "mixHash": header.mix_hash, "difficulty": header.difficulty,
        "excessBlobGas": header.excess_blob_gas, "blobGasUsed": header.blob_gas_used,
    })
}

/// The fork of a block of the recorded chain, by its `genesis.json`.
fn fork_of(config: &Value, header: &Header) -> &'static str {
    let at = |name: &str| config[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
    let by_time = [
        ("bpo2Time", "BPO2"),
        ("bpo1Time", "BPO1"),
        ("osakaTime", "OSAKA"),
        ("pragueTime", "PRAGUE"),
        ("cancunTime", "CANCUN"),
        ("shanghaiTime", "SHANGHAI"),
    ];
    if let Some((_, fork)) = by_time
        .iter()
        .find(|(name, _)| header.timestamp >= at(name))
    {
        return fork;
    }
    if header.number >= at("mergeNetsplitBlock") {
        "MERGE"
    } else {
        "LONDON"
    }
}

#[test]
fn base_and_blob_fees_follow_through_every_fork_since_london() {
    let Some(pack) = pack("execution-apis.tar.gz") else {
        return;
    };
    let (_, chain) = pack
        .iter()
        .find(|(name, _)| name == "chain.rlp")
        .expect("the chain is there");
    let config = &member(&pack, "genesis.json")["config"];
    let london = config["londonBlock"].as_u64().expect("a number");
    let mut rest = chain.as_slice();
    let mut parent: Option<Header> = None;
    let (mut compared, mut with_blobs) = (0, 0);
    while !rest.is_empty() {
        let block: Block<TxEnvelope> = Decodable::decode(&mut rest).expect("blocks decode");
        let header = block.header;
        if let Some(parent) = parent
            .replace(header.clone())
            .filter(|_| header.number >= london)
        {
            let fork = fork_of(config, &header);
            let block = predicted(fork, &rpc_header(&parent));
            let place = format!("block {} ({fork})", header.number);
            let base_fee = header.base_fee_per_gas.map(|fee| format!("{fee:#x}"));
            assert_eq!(
                block["baseFeePerGas"].as_str(),
                base_fee.as_deref(),
                "{place}"
            );
            let excess = header.excess_blob_gas.map(|gas| format!("{gas:#x}"));
            assert_eq!(
                block["excessBlobGas"].as_str(),
                excess.as_deref(),
                "{place}"
            );
            compared += 1;
            with_blobs += usize::from(parent.blob_gas_used.is_some_and(|gas| gas > 0));
        }
    }
    assert!(
        compared >= 20 && with_blobs >= 1,
        "{compared} blocks, {with_blobs} after blobs"
    );
}
