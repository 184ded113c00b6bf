//! `forerun bench` as it is typed. How long anything takes is not judged.

use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Command};

/// A payment, whose gas the protocol fixes, with a header that says so or does not.
fn case(name: &str, gas_used: &str) -> PathBuf {
    let sender = "0x00000000000000000000000000000000000000a1";
    let case = json!({
        "state": {
            "chainId": 1,
            "fork": "BYZANTIUM",
            "accounts": { sender: { "balance": "0xde0b6b3a7640000", "nonce": "0x0" } },
        },
        "request": { "block": {
            "header": {
                "number": 1, "timestamp": 1, "gasLimit": "0x5208", "gasUsed": gas_used,
                "miner": "0x00000000000000000000000000000000000000cb", "difficulty": "0x1",
            },
            "transactions": [{
                "from": sender, "to": "0x00000000000000000000000000000000000000b2",
                "gas": "0x5208", "gasPrice": "0x1", "value": "0x1",
            }],
        } },
    });
    write(name, &case.to_string())
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}.json"));
    fs::write(&path, text).expect("there is room");
    path
}

fn bench(path: &PathBuf, more: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_forerun"))
        .arg("bench")
        .arg(path)
        .args(more)
        .output()
        .expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("it is text"),
    )
}

#[test]
fn all_turns_are_told() {
    let (code, text) = bench(
        &case("right", "0x5208"),
        &["--turns", "4", "--threads", "2"],
    );
    assert_eq!(code, Some(0), "{text}");
    let result: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(result["identical"], true);
    assert_eq!(result["transactions"], 1);
    assert_eq!(result["checks"]["gasUsed"], true);
    assert!(result["report"]["executions"].is_u64());
    let runs = result["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 4);
    for run in runs {
        assert!(run["parallel"].is_f64() && run["sequential"].is_f64());
    }
}

#[test]
fn a_ceiling_is_measured_as_often_as_asked_for() {
    let (code, text) = bench(&case("ceiling", "0x5208"), &["--ceiling", "--turns", "3"]);
    assert_eq!(code, Some(0), "{text}");
    let result: Value = serde_json::from_str(&text).expect("one JSON object");
    for times in ["alone", "two"] {
        let times = result[times].as_array().expect("a list");
        assert_eq!(times.len(), 3);
        assert!(times.iter().all(Value::is_f64));
    }
}

#[test]
fn a_model_is_told_for_every_number_of_workers() {
    let (code, text) = bench(&case("model", "0x5208"), &["--model", "1,16"]);
    assert_eq!(code, Some(0), "{text}");
    let result: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(result["identical"], true);
    assert!(result["remark"].as_str().expect("words").contains("model"));
    let models = result["models"].as_array().expect("a list");
    assert_eq!(models.len(), 2);
    for (model, bound) in models.iter().zip(["work", "driver"]) {
        // One payment is not worth more.
        assert_eq!(model["workers"], 1);
        assert_eq!(model["bound"], bound);
        assert_eq!(model["runs"].as_array().map(Vec::len), Some(5));
        assert!(model["bounds"]["criticalPath"].is_f64());
    }
}

#[test]
fn a_wrong_result_ends_with_one() {
    let (code, text) = bench(&case("wrong", "0x5209"), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("\"gasUsed\":false"), "{text}");
}

#[test]
fn what_makes_no_sense_ends_with_two() {
    let right = case("sense", "0x5208");
    for (path, more, named) in [
        (&right, &["--turns", "1001"][..], "repeat"),
        (&write("empty", "{}"), &[], "request"),
        (&write("text", "{"), &[], "text"),
        (&PathBuf::from("no-such-case.json"), &[], "no-such-case"),
    ] {
        let (code, text) = bench(path, more);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(named), "{text}");
    }
}
