//! What the tests of this crate share: recorded packs, keys, and small contracts.

// Each test file uses a part of this.
#![allow(dead_code)]

pub(crate) mod remote;
pub(crate) mod rpc;

use alloy_consensus::{
    SignableTransaction, TxEip4844, TxEip4844Variant, TxEip4844WithSidecar, TxEnvelope,
};
use alloy_eips::{
    eip2718::Encodable2718,
    eip4844::{Blob, BlobTransactionSidecar, Bytes48},
};
use alloy_primitives::{Address, B256, Signature, b256, hex, keccak256};
use forerun_simulator::{
    Answer, BundleRequest, BundleResult, Codes, Error, Simulator, Snapshot, Task,
};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use std::{fs::File, io::Read, path::PathBuf};

/// The JSON (and other) members of a recorded pack by file name, or `None` with a remark where the
/// packs are not at hand: they lie beside the repository and are not part of it.
pub(crate) fn pack(name: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures")
        .join(name);
    let Ok(file) = File::open(&path) else {
        eprintln!("skipped: ../shared/fixtures/{name} is absent");
        return None;
    };
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut members = Vec::new();
    for entry in archive.entries().expect("a pack is a tar archive") {
        let mut entry = entry.expect("a pack is whole");
        let path = entry.path().expect("members have names").into_owned();
        let Some(file_name) = path.file_name() else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a pack is whole");
        members.push((file_name.to_string_lossy().into_owned(), bytes));
    }
    Some(members)
}

/// Parses a member of a pack.
pub(crate) fn member(pack: &[(String, Vec<u8>)], name: &str) -> Value {
    let (_, bytes) = pack
        .iter()
        .find(|(member, _)| member == name)
        .unwrap_or_else(|| panic!("the pack has no {name}"));
    serde_json::from_slice(bytes).expect("members are JSON")
}

/// The codes of a pack of blocks.
pub(crate) fn codes(pack: &[(String, Vec<u8>)]) -> Codes {
    let (_, json) = pack
        .iter()
        .find(|(name, _)| name == "codes.json")
        .expect("codes are there");
    Codes::from_json(json).expect("codes are of their hashes")
}

/// Those of a pack's codes that a block's accounts have, as a snapshot has them.
pub(crate) fn codes_of(file: &Value, all: &Value) -> Value {
    let accounts = file["pre"].as_object().expect("accounts").values();
    let hashes = accounts.filter_map(|account| account["codeHash"].as_str());
    let codes = hashes.filter_map(|hash| Some((hash.to_owned(), all.get(hash)?.clone())));
    Value::Object(codes.collect())
}

/// A recorded block: the state before it, and the request that replays it.
pub(crate) fn recorded(file: &Value, codes: &Codes) -> (Snapshot, Value) {
    let snapshot = json!({
        "chainId": file["chainId"],
        "fork": file["fork"],
        "blobParams": file["blobParams"],
        "accounts": file["pre"],
        "blockHashes": file["blockHashes"],
    });
    let request = json!({
        "block": {
            "header": file["header"],
            "transactions": file["transactions"],
            "withdrawals": file["withdrawals"],
            "uncles": file["uncles"],
        },
    });
    let snapshot = Snapshot::from_value(&snapshot, codes).expect("the snapshot is good");
    (snapshot, request)
}

/// A test account with its key.
pub(crate) struct Account {
    key: SigningKey,
    pub(crate) address: Address,
}

impl Account {
    pub(crate) fn new(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).expect("small numbers are keys");
        let point = key.verifying_key().to_encoded_point(false);
        let address = Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..]);
        Self { key, address }
    }

    pub(crate) fn sign_hash(&self, hash: B256) -> Signature {
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(hash.as_slice())
            .expect("hashes can be signed");
        Signature::from((signature, recovery))
    }

    /// Signs a transaction and gives its bytes as hex.
    pub(crate) fn sign<T>(&self, tx: T) -> String
    where
        T: SignableTransaction<Signature>,
        TxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = self.sign_hash(tx.signature_hash());
        hex::encode_prefixed(TxEnvelope::from(tx.into_signed(signature)).encoded_2718())
    }
}

/// A blob transaction with the sidecar it is sent with. The proofs are empty: nobody looks at them.
pub(crate) fn with_sidecar(tx: TxEip4844) -> TxEip4844Variant {
    let sidecar = BlobTransactionSidecar::new(
        vec![Blob::repeat_byte(0)],
        vec![Bytes48::repeat_byte(0xc0)],
        vec![Bytes48::repeat_byte(0)],
    );
    TxEip4844Variant::TxEip4844WithSidecar(TxEip4844WithSidecar {
        tx,
        sidecar: sidecar.into(),
    })
}

/// The versioned hash of the commitment above: its SHA-256 with the first byte replaced by 1
/// ([EIP-4844](https://eips.ethereum.org/EIPS/eip-4844)), as `sha256sum` computed it.
pub(crate) const SIDECAR_HASH: B256 =
    b256!("0x01e2f35246044cb2646ad1a00d9373fe9e4c129324952976bc2cecb9c31952b7");

pub(crate) const CHAIN: u64 = 1;
pub(crate) const BASE_FEE: u64 = 1_000_000_000;
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;
pub(crate) const MINER: &str = "0x00000000000000000000000000000000000000cb";

/// Contracts of a few bytes.
pub(crate) mod contract {
    /// Adds one to slot 0 and returns the sum.
    pub(crate) const COUNTER: (&str, &str) = (
        "0x00000000000000000000000000000000000000c1",
        "0x5f54600101805f555f5260205ff3",
    );
    /// Returns the slot that the call's data names.
    pub(crate) const READER: (&str, &str) = (
        "0x00000000000000000000000000000000000000c2",
        "0x5f35545f5260205ff3",
    );
    /// Logs once, with topic 42.
    pub(crate) const LOGGER: (&str, &str) = (
        "0x00000000000000000000000000000000000000c3",
        "0x602a5f5fa100",
    );
    /// Reverts with the reason "not enough": copies the bytes behind its code and gives them back.
    pub(crate) const REVERTER: (&str, &str) = (
        "0x00000000000000000000000000000000000000c4",
        "0x6064600b5f3960645ffd0008c379a0\
         0000000000000000000000000000000000000000000000000000000000000020\
         000000000000000000000000000000000000000000000000000000000000000a\
         6e6f7420656e6f75676800000000000000000000000000000000000000000000",
    );
    /// Returns BASEFEE and GASPRICE.
    pub(crate) const FEES: (&str, &str) = (
        "0x00000000000000000000000000000000000000c5",
        "0x485f523a60205260405ff3",
    );
    /// Returns BLOCKHASH of the number in the call's data.
    pub(crate) const HASHES: (&str, &str) = (
        "0x00000000000000000000000000000000000000c6",
        "0x5f35405f5260205ff3",
    );
    /// Returns NUMBER, TIMESTAMP, COINBASE, PREVRANDAO and GASLIMIT.
    pub(crate) const BLOCK: (&str, &str) = (
        "0x00000000000000000000000000000000000000c7",
        "0x435f52426020524160405244606052456080526\
         0a05ff3",
    );
    /// The invalid opcode, an addition on an empty stack, an endless loop, a jump to nowhere.
    pub(crate) const INVALID: (&str, &str) = ("0x00000000000000000000000000000000000000d1", "0xfe");
    pub(crate) const UNDERFLOW: (&str, &str) =
        ("0x00000000000000000000000000000000000000d2", "0x01");
    pub(crate) const LOOP: (&str, &str) =
        ("0x00000000000000000000000000000000000000d3", "0x5b5f56");
    pub(crate) const JUMP: (&str, &str) =
        ("0x00000000000000000000000000000000000000d4", "0x600156");

    pub(crate) const ALL: [(&str, &str); 11] = [
        COUNTER, READER, LOGGER, REVERTER, FEES, HASHES, BLOCK, INVALID, UNDERFLOW, LOOP, JUMP,
    ];
}

/// Where a contract is.
pub(crate) fn at(contract: (&str, &str)) -> Address {
    contract.0.parse().expect("contracts have addresses")
}

/// A snapshot with the contracts above and three funded accounts (1 to 3), after a block whose gas
/// was half used, so that the next base fee is the same.
pub(crate) fn snapshot_json() -> Value {
    let mut accounts = serde_json::Map::new();
    for (address, code) in contract::ALL {
        accounts.insert(address.to_owned(), json!({ "nonce": 1, "code": code }));
    }
    for number in 1..=3 {
        let address = Account::new(number).address.to_string();
        accounts.insert(address, json!({ "balance": (100 * ETHER).to_string() }));
    }
    json!({
        "chainId": CHAIN,
        "fork": "OSAKA",
        "block": {
            "number": "0x64",
            "hash": B256::repeat_byte(0x64),
            "timestamp": "0x3e8",
            "gasLimit": 36_000_000,
            "gasUsed": 18_000_000,
            "baseFeePerGas": BASE_FEE,
            "miner": MINER,
            "mixHash": B256::repeat_byte(0x77),
            "excessBlobGas": 0,
            "blobGasUsed": 0,
        },
        "accounts": accounts,
    })
}

pub(crate) fn simulator_on(snapshot: &Value, threads: usize) -> Simulator {
    let snapshot = Snapshot::from_json(snapshot.to_string().as_bytes()).expect("a good snapshot");
    Simulator::new(snapshot, threads).expect("a good thread count")
}

pub(crate) fn simulator() -> Simulator {
    simulator_on(&snapshot_json(), 2)
}

/// Simulates a bundle, and once more on the same state as it comes in piece by piece: the answers are
/// the same, errors included.
pub(crate) fn simulate(simulator: &Simulator, request: Value) -> Result<BundleResult, Error> {
    let request = BundleRequest::from(request);
    let result = simulator.simulate_bundle(&request);
    if let Err(Error::MissingState { .. }) = result {
        // Nobody has it who could be asked.
        return result;
    }
    let complete = simulator.snapshot();
    let threads = simulator.threads();
    let mut remote = Simulator::new(complete.without_state(), threads).expect("as before");
    let task = Task::from(request.clone());
    let (answer, _) = remote::run(&mut remote, task, complete);
    match (&result, answer) {
        (Ok(result), Ok(Answer::Bundle(answer))) => {
            assert_eq!(remote::plain(&answer), remote::plain(result));
            assert_eq!(answer.changes, result.changes);
        }
        (Err(error), Err(other)) => assert_eq!(other, *error),
        (_, answer) => panic!("{answer:?} instead of {result:?} for {request:?}"),
    }
    result
}

/// An error's JSON form, as a page gets it.
pub(crate) fn facts(error: &Error) -> Value {
    serde_json::to_value(error).expect("errors serialise")
}
