//! The command as it is typed: what it prints and how it ends.

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A transfer, whose gas the protocol fixes, with a header that says so.
fn block(number: u64, gas_used: &str) -> Value {
    let sender = "0x00000000000000000000000000000000000000a1";
    json!({
        "chainId": 1,
        "fork": "FRONTIER",
        "header": {
            "number": number, "timestamp": 1, "gasLimit": "0x5208", "gasUsed": gas_used,
            "miner": "0x00000000000000000000000000000000000000cb", "difficulty": "0x1",
            "logsBloom": format!("0x{}", "0".repeat(512)),
        },
        "uncles": [],
        "transactions": [{
            "from": sender, "to": "0x00000000000000000000000000000000000000b2", "nonce": "0x0",
            "gas": "0x5208", "gasPrice": "0x1", "value": "0x1", "input": "0x",
        }],
        "withdrawals": [],
        "blockHashes": {},
        "pre": { sender: { "balance": "0xde0b6b3a7640000", "nonce": "0x0" } },
    })
}

/// An empty folder of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
    fs::create_dir_all(&folder).expect("there is room");
    folder
}

fn write(folder: &Path, number: u64, gas_used: &str) -> PathBuf {
    let path = folder.join(format!("{number}.json"));
    fs::write(&path, block(number, gas_used).to_string()).expect("there is room");
    path
}

fn forerun(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forerun"))
        .args(arguments)
        .output()
        .expect("it starts")
}

fn replay(path: &Path, more: &[&str]) -> (Option<i32>, String) {
    let path = path.to_str().expect("a plain path");
    let output = forerun(&[&["replay", path], more].concat());
    (
        output.status.code(),
        String::from_utf8(output.stdout).expect("text"),
    )
}

#[test]
fn a_folder_is_replayed_in_the_order_of_numbers() {
    let folder = scratch("folder");
    for number in [100, 9, 20] {
        write(&folder, number, "0x5208");
    }
    fs::write(folder.join("codes.json"), "{}").expect("there is room");
    fs::write(folder.join("index.json"), "[]").expect("there is room");
    let (code, text) = replay(&folder, &["--threads", "3"]);
    assert_eq!(code, Some(0), "{text}");
    let numbers: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .take(3)
        .collect();
    assert_eq!(numbers, [9, 20, 100], "{text}");
    assert_eq!(text.lines().last(), Some("3 passed, 0 failed"));
}

#[test]
fn a_block_that_comes_out_differently_ends_with_one() {
    let folder = scratch("different");
    write(&folder, 1, "0x5208");
    write(&folder, 2, "0x5209");
    let (code, text) = replay(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("WRONG"), "{text}");
    assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
    let (code, text) = replay(&folder, &["--json"]);
    assert_eq!(code, Some(1), "{text}");
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["passed"], true);
    assert_eq!(
        (&rows[1]["passed"], &rows[1]["checks"]["gasUsed"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        (&rows[1]["gasUsed"], &rows[1]["gasUsedExpected"]),
        (&json!("0x5208"), &json!("0x5209"))
    );
}

#[test]
fn a_broken_block_is_named_and_the_others_still_run() {
    let folder = scratch("broken");
    write(&folder, 1, "0x5208");
    fs::write(folder.join("2.json"), "{").expect("there is room");
    let mut wrong = block(3, "0x5208");
    wrong["fork"] = json!("FANTASY");
    fs::write(folder.join("3.json"), wrong.to_string()).expect("there is room");
    let (code, text) = replay(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("2.json") && text.contains("FANTASY"),
        "{text}"
    );
    assert_eq!(text.lines().last(), Some("1 passed, 2 failed"));
}

#[test]
fn a_pack_and_a_single_file_are_read_as_well() {
    let folder = scratch("pack");
    let file = write(&folder, 1, "0x5208");
    let pack = folder.join("blocks.tar.gz");
    let encoder = GzEncoder::new(
        fs::File::create(&pack).expect("there is room"),
        Compression::fast(),
    );
    let mut archive = tar::Builder::new(encoder);
    archive
        .append_path_with_name(&file, "blocks/1.json")
        .expect("there is room");
    archive
        .into_inner()
        .and_then(GzEncoder::finish)
        .expect("there is room");
    for path in [pack, file] {
        let (code, text) = replay(&path, &["--threads", "1"]);
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed"));
    }
}

#[test]
fn what_makes_no_sense_ends_with_two() {
    let empty = scratch("empty");
    let empty = empty.to_str().expect("a plain path");
    for (arguments, named) in [
        (&["replay"][..], "path"),
        (&["replay", empty], "no block"),
        (&["replay", "no-such-file.json"], "no-such-file.json"),
        (&["replay", empty, "--threads", "0"], "--threads"),
        (&["reply"], "reply"),
    ] {
        let output = forerun(arguments);
        let text = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
}
