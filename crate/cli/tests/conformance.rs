//! The command `forerun conformance`: samples of the public suites pass, and tests that were made
//! wrong are found out. The suites lie beside the repository and are not part of it.

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A recorded suite, or `None` with a remark where it is not at hand.
fn suite(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: ../shared/fixtures/{name} is absent");
    None
}

/// One member of a suite, parsed.
fn member(suite: &Path, name: &str) -> Value {
    let file = fs::File::open(suite).expect("it is there");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut entries = archive.entries().expect("a suite is a tar archive");
    let entry = entries
        .find_map(|entry| {
            let entry = entry.expect("a suite is whole");
            let path = entry.path().expect("members have names").into_owned();
            path.ends_with(name).then_some(entry)
        })
        .unwrap_or_else(|| panic!("the suite has no {name}"));
    serde_json::from_reader(entry).expect("members are JSON")
}

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forerun"))
        .arg("conformance")
        .args(arguments)
        .output()
        .expect("it starts")
}

/// Runs what must begin, and gives how it ended, the failures and the sums.
fn run(kind: &str, path: &Path, more: &[&str]) -> (Option<i32>, Vec<Value>, Value) {
    let path = path.to_str().expect("a plain path");
    let output = conformance(&[&[kind, path, "--json"], more].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    let mut rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let sums = rows.pop().unwrap_or_else(|| {
        panic!("nothing ran: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code(), rows, sums)
}

/// Runs one test and gives what differs in it, if something does.
fn difference(kind: &str, name: &str, tests: &Value) -> Option<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    fs::create_dir_all(&folder).expect("there is room");
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, tests.to_string()).expect("there is room");
    let (code, rows, _) = run(kind, &path, &[]);
    assert_eq!(code, Some(i32::from(!rows.is_empty())), "{rows:?}");
    let row = rows.first()?;
    Some(row["difference"].as_str().expect("a sentence").to_owned())
}

/// The only test of a file.
fn only(tests: &mut Value) -> &mut Value {
    let mut tests = tests.as_object_mut().expect("an object").values_mut();
    tests.next().expect("one test")
}

fn sample_passes(kind: &str, name: &str, size: usize, seed: &str) {
    let Some(path) = suite(name) else {
        return;
    };
    let count = size.to_string();
    let (code, failures, sums) = run(kind, &path, &["--sample", &count, "--seed", seed]);
    assert_eq!(code, Some(0), "{failures:?}");
    let of = |key: &str| sums[key].as_u64().expect("a number");
    assert_eq!(
        (of("passed") + of("skipped"), of("failed")),
        (size as u64, 0)
    );
    assert!(of("skipped") * 100 <= size as u64, "{sums}");
}

#[test]
fn a_sample_of_the_execution_spec_tests_passes() {
    sample_passes("state-tests", "eest-state-tests.tar.gz", 1_000, "1");
}

#[test]
fn a_sample_of_the_general_state_tests_passes() {
    sample_passes("state-tests", "general-state-tests.tar.gz", 1_000, "2");
}

#[test]
fn all_blockchain_tests_pass() {
    sample_passes("blockchain-tests", "blockchain-tests.tar.gz", 594, "0");
}

#[test]
fn all_tests_of_tracers_pass() {
    sample_passes("tracers", "tracers.tar.gz", 26, "0");
}

#[test]
fn a_tracer_s_test_made_wrong_fails() {
    let Some(path) = suite("tracers.tar.gz") else {
        return;
    };
    let mut test = member(&path, "call_tracer/simple.json");
    let above = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tracers-made-wrong");
    let folder = above.join("call_tracer");
    fs::create_dir_all(&folder).expect("there is room");
    let write = |test: &Value| {
        fs::write(folder.join("simple.json"), test.to_string()).expect("there is room");
    };
    write(&test);
    let (code, failures, _) = run("tracers", &above, &[]);
    assert_eq!((code, failures), (Some(0), Vec::new()));
    // Only the folder says which tracer it is.
    let (code, failures, _) = run("tracers", &folder, &[]);
    assert_eq!((code, failures.len()), (Some(1), 1));
    test["result"]["gasUsed"] = json!("0x1");
    write(&test);
    let (code, failures, _) = run("tracers", &above, &[]);
    assert_eq!((code, failures.len()), (Some(1), 1));
    let difference = failures[0]["difference"].as_str().expect("a sentence");
    assert!(difference.contains("\"gasUsed\":\"0x1\""), "{difference}");
}

#[test]
fn the_seed_fixes_the_sample_and_the_sums_are_the_last_line() {
    let Some(path) = suite("blockchain-tests.tar.gz") else {
        return;
    };
    let path = path.to_str().expect("a plain path");
    let sample = ["blockchain-tests", path, "--sample", "5", "--threads", "1"];
    let output = conformance(&sample);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        text.lines().last(),
        Some("5 passed, 0 failed, 0 skipped"),
        "{text}"
    );
}

#[test]
fn a_state_test_made_wrong_is_found_out() {
    let Some(path) = suite("eest-state-tests.tar.gz") else {
        return;
    };
    let good = member(&path, "eip7702_set_code_tx/test_eip_7702.json");
    let wrong = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut tests = good.clone();
        change(only(&mut tests));
        difference("state-tests", name, &tests).unwrap_or_else(|| panic!("{name}: nothing differs"))
    };
    assert_eq!(difference("state-tests", "good", &good), None);
    let other = json!(format!("0x{}", "11".repeat(32)));
    for (name, named, change) in [
        (
            "root",
            "the state root is",
            &(|test: &mut Value| test["post"]["Prague"][0]["hash"] = other.clone())
                as &dyn Fn(&mut Value),
        ),
        ("logs", "logs is", &|test| {
            test["post"]["Prague"][0]["logs"] = other.clone();
        }),
        ("accepted", "should be refused for THIS", &|test| {
            test["post"]["Prague"][0]["expectException"] = json!("THIS");
        }),
        ("refused", "refused: ", &|test| {
            test["env"]["currentGasLimit"] = json!("0x5208");
        }),
        ("fields", "the bytes are of", &|test| {
            test["transaction"]["value"][0] = json!("0x02");
        }),
    ] {
        let difference = wrong(name, change);
        assert!(difference.contains(named), "{name}: {difference}");
    }
}

#[test]
fn a_blockchain_test_made_wrong_is_found_out() {
    let Some(path) = suite("blockchain-tests.tar.gz") else {
        return;
    };
    let good = member(&path, "bcEIP3675/timestampPerBlock.json");
    assert_eq!(difference("blockchain-tests", "good-chain", &good), None);
    let first = good["timestampPerBlock_Cancun"]["pre"]
        .as_object()
        .and_then(|accounts| accounts.keys().next())
        .expect("an account")
        .clone();
    for (name, named, change) in [
        (
            "imported",
            "block 0 was imported, and should be refused for THIS",
            &(|test: &mut Value| test["blocks"][0]["expectException"] = json!("THIS"))
                as &dyn Fn(&mut Value),
        ),
        (
            "not-imported",
            "block 3 was refused: the time is not after the parent's",
            &|test| {
                test["blocks"][3]["expectException"] = Value::Null;
            },
        ),
        (
            "other-reason",
            "block 3 was refused, but not for TransactionException.THIS",
            &|test| {
                test["blocks"][3]["expectException"] = json!("TransactionException.THIS");
            },
        ),
        ("head", "no block has the hash", &|test| {
            test["lastblockhash"] = json!(format!("0x{}", "11".repeat(32)));
        }),
        ("end", "at the end ", &|test| {
            test["postState"][&first]["balance"] = json!("0x1234567");
        }),
        ("genesis", "the state root of the genesis", &|test| {
            test["pre"][&first]["balance"] = json!("0x1234567");
        }),
        ("nothing-expected", "does not say what to expect", &|test| {
            test["postState"] = Value::Null;
        }),
    ] {
        let mut tests = good.clone();
        change(only(&mut tests));
        let found = difference("blockchain-tests", name, &tests);
        let found = found.unwrap_or_else(|| panic!("{name}: nothing differs"));
        assert!(found.contains(named), "{name}: {found}");
    }
}

#[test]
fn what_is_not_run_is_counted_by_its_reason() {
    let test = json!({
        "env": {
            "currentCoinbase": "0x00000000000000000000000000000000000000cb",
            "currentDifficulty": "0x01", "currentGasLimit": "0x0f4240",
            "currentNumber": "0x01", "currentTimestamp": "0x03e8",
        },
        "pre": {},
        "transaction": {
            "data": ["0x"], "gasLimit": ["0x5208"], "value": ["0x00"], "nonce": "0x00",
            "gasPrice": "0x01", "to": "0x00000000000000000000000000000000000000b2",
            "sender": "0x00000000000000000000000000000000000000a1",
        },
        "post": {
            "Constantinople": [{
                "hash": format!("0x{}", "00".repeat(32)), "logs": format!("0x{}", "00".repeat(32)),
                "indexes": { "data": 0, "gas": 0, "value": 0 },
            }],
            "Atlantis": [],
        },
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-run/below");
    fs::create_dir_all(&folder).expect("there is room");
    fs::write(
        folder.join("test.json"),
        json!({ "test": test }).to_string(),
    )
    .expect("there is room");
    let above = folder.parent().expect("it has one");
    let (code, failures, sums) = run("state-tests", above, &[]);
    assert_eq!((code, failures), (Some(0), Vec::new()));
    assert_eq!(
        (&sums["passed"], &sums["skipped"]),
        (&json!(0), &json!(1)),
        "{sums}"
    );
    let reasons = sums["reasons"].as_object().expect("an object");
    assert!(
        reasons.keys().all(|reason| reason.contains("EIP-1283")),
        "{sums}"
    );
}

#[test]
fn what_makes_no_sense_ends_with_two() {
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-tests");
    fs::create_dir_all(&empty).expect("there is room");
    let empty = empty.to_str().expect("a plain path");
    let block = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-test.json");
    fs::write(&block, r#"{ "number": 1 }"#).expect("there is room");
    let block = block.to_str().expect("a plain path");
    for (arguments, named) in [
        (&["state-tests"][..], "path"),
        (&["state-test", empty], "state-test"),
        (&["state-tests", empty], "no test"),
        (&["blockchain-tests", "no-such-file.json"], "no-such-file"),
        (&["state-tests", block], "no-test.json"),
        (&["state-tests", empty, "--threads", "0"], "--threads"),
    ] {
        let output = conformance(arguments);
        let text = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
}

#[test]
fn all_vectors_of_the_methods_that_are_answered_pass() {
    let Some(path) = suite("execution-apis.tar.gz") else {
        return;
    };
    let (code, failures, sums) = run("rpc", &path, &["--threads", "2"]);
    assert_eq!(code, Some(0), "{failures:?}");
    assert_eq!(sums["failed"], 0);
    // Of 232 files 148 lie in the folders of the methods that are answered. As those say themselves,
    // 8 ask for the shape alone.
    assert_eq!(
        (&sums["passed"], &sums["skipped"], &sums["byShape"]),
        (&json!(148), &json!(84), &json!(8))
    );
    let reasons = sums["reasons"].as_object().expect("reasons");
    let is_of_method = |reason: &String| reason.ends_with(" is not answered here");
    assert!(reasons.keys().all(is_of_method), "{reasons:?}");
}

#[test]
fn simulated_blocks_are_those_of_the_vectors_on_eight_threads_too() {
    let Some(path) = suite("execution-apis.tar.gz") else {
        return;
    };
    let options = ["--threads", "8", "--method", "eth_simulateV1"];
    let (code, failures, sums) = run("rpc", &path, &options);
    assert_eq!(code, Some(0), "{failures:?}");
    assert_eq!(sums["passed"].as_u64(), Some(91));
}

#[test]
fn a_vector_made_wrong_is_found_out() {
    let Some(path) = suite("execution-apis.tar.gz") else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vectors");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("there is room");
    let file = fs::File::open(&path).expect("it is there");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().expect("a suite is a tar archive") {
        let mut entry = entry.expect("a suite is whole");
        let path = entry.path().expect("members have names").into_owned();
        if path.ends_with("genesis.json") || path.ends_with("chain.rlp") {
            let name = path.file_name().expect("a name");
            entry.unpack(folder.join(name)).expect("there is room");
        }
    }
    // The first is right, as the chain's genesis says.
    for (name, answer) in [
        ("right", r#"{"result":"0xc72dd9d5e883e"}"#),
        ("wrong", r#"{"result":"0x1"}"#),
        ("error", r#"{"error":{"code":-32000,"message":"none"}}"#),
    ] {
        let text =
            format!("// made here\n>> {{\"method\":\"eth_chainId\",\"params\":[]}}\n<< {answer}\n");
        fs::write(folder.join(format!("{name}.io")), text).expect("there is room");
    }
    let text = ">> {\"method\":\"eth_nothing\",\"params\":[]}\n<< {\"result\":1}\n";
    fs::write(folder.join("unknown.io"), text).expect("there is room");
    let shape = ">> {\"method\":\"eth_chainId\"}\n<< {\"result\":\"0x1\"}\n";
    let shape = format!("// speconly: any number\n{shape}");
    fs::write(folder.join("shape.io"), shape).expect("there is room");

    let (code, rows, sums) = run("rpc", &folder, &[]);
    assert_eq!(code, Some(1));
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().expect("text").to_owned();
            (text("file"), text("difference"))
        })
        .collect();
    let difference = |at: usize| (found[at].0.as_str(), found[at].1.as_str());
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        difference(0),
        (
            "error.io",
            "error: is missing, not {\"code\":-32000,\"message\":\"none\"}; \
             result: \"0xc72dd9d5e883e\", and should not be"
        )
    );
    assert_eq!(
        difference(1),
        ("wrong.io", "result: \"0xc72dd9d5e883e\", not \"0x1\"")
    );
    assert_eq!(
        sums,
        json!({
            "passed": 2, "failed": 2, "skipped": 1, "byShape": 1,
            "reasons": { "eth_nothing is not answered here": 1 },
        })
    );
    let (code, rows, _) = run("rpc", &folder, &["--method", "right"]);
    assert_eq!((code, rows.len()), (Some(0), 0));
    // A chain that is not whole is no failure of a vector.
    fs::write(folder.join("chain.rlp"), [0xf9, 0x02]).expect("there is room");
    let path = folder.to_str().expect("a plain path");
    let output = conformance(&["rpc", path]);
    assert_eq!(output.status.code(), Some(2));
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(reason.contains("block 1"), "{reason}");
}
