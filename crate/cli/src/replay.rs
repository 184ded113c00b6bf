//! `forerun replay`: real blocks, in parallel and in order, against each other and their headers.

use crate::{
    arguments::ReplayOptions,
    pack::{self, BlockFile},
};
use forerun_simulator::{Codes, ReplayRequest, ReplayResult, Simulator, Snapshot};
use serde_json::{Value, json};
use std::time::Instant;

/// Replays all blocks and prints what came out. Whether all of it was right, or why nothing ran.
pub(crate) fn run(options: &ReplayOptions) -> Result<bool, String> {
    let mut table = Table {
        json: options.json,
        passed: 0,
        failed: 0,
        parallel: 0.,
        sequential: 0.,
    };
    table.head();
    for path in &options.paths {
        let pack = pack::open(path)?;
        for block in &pack.blocks {
            match replay(block, &pack.codes, options.threads) {
                Ok(replayed) => table.row(&replayed),
                Err(problem) => table.broken(&block.name, &problem),
            }
        }
    }
    table.foot(options.threads);
    Ok(table.failed == 0)
}

struct Replayed {
    fork: String,
    result: ReplayResult,
}

/// Keys of a block file that make up the state before it, and that make up the block.
fn replay(file: &BlockFile, codes: &Codes, threads: usize) -> Result<Replayed, String> {
    let mut block: Value =
        serde_json::from_slice(&file.json).map_err(|error| format!("is not JSON: {error}"))?;
    let mut take = |key: &str| block.get_mut(key).map(Value::take).unwrap_or_default();
    let fork = take("fork");
    let snapshot = json!({
        "chainId": take("chainId"),
        "fork": fork,
        "blobParams": take("blobParams"),
        "accounts": take("pre"),
        "blockHashes": take("blockHashes"),
    });
    let request = json!({
        "block": {
            "header": take("header"),
            "transactions": take("transactions"),
            "withdrawals": take("withdrawals"),
            "uncles": take("uncles"),
        },
        "compare": true,
    });
    let snapshot = Snapshot::from_value(&snapshot, codes).map_err(|error| error.to_string())?;
    let simulator = Simulator::new(snapshot, threads).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64() * 1000.0;
    let result = simulator
        .replay_block_timed(&ReplayRequest::from(request), &clock)
        .map_err(|error| error.to_string())?;
    Ok(Replayed {
        fork: fork.as_str().unwrap_or("?").to_owned(),
        result,
    })
}

/// Prints a line a block, and counts.
struct Table {
    json: bool,
    passed: usize,
    failed: usize,
    parallel: f64,
    sequential: f64,
}

impl Table {
    fn head(&self) {
        if !self.json {
            println!(
                "{:>10}  {:<15}  {:>5}  {:<4}  {:<8}  {:<10}  {:>10}  {:>10}  {:>5}",
                "block", "fork", "txs", "gas", "receipts", "par = seq", "par ms", "seq ms", "ratio"
            );
        }
    }

    fn row(&mut self, replayed: &Replayed) {
        let Replayed { fork, result } = replayed;
        let passed = result.passed();
        self.count(passed);
        let parallel = result.milliseconds.unwrap_or_default();
        let sequential = result.sequential_milliseconds.unwrap_or_default();
        self.parallel += parallel;
        self.sequential += sequential;
        if self.json {
            let mut row = serde_json::to_value(result).unwrap_or_default();
            row["fork"] = json!(fork);
            row["passed"] = json!(passed);
            println!("{row}");
            return;
        }
        println!(
            "{:>10}  {fork:<15}  {:>5}  {:<4}  {:<8}  {:<10}  {parallel:>10.2}  {sequential:>10.2}  {:>5.2}{}",
            result.number.to_string(),
            result.transactions,
            verdict(result.checks.gas_used),
            verdict(result.checks.receipts_root),
            verdict(result.identical),
            ratio(sequential, parallel),
            remarks(result),
        );
    }

    fn broken(&mut self, name: &str, problem: &str) {
        self.count(false);
        if self.json {
            println!(
                "{}",
                json!({ "file": name, "passed": false, "error": problem })
            );
        } else {
            println!("{name:>10}  {problem}");
        }
    }

    const fn count(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    fn foot(&self, threads: usize) {
        if !self.json {
            println!(
                "{:>10}  with --threads {threads}: parallel {:.2} ms, sequential {:.2} ms, ratio {:.2}",
                "total",
                self.parallel,
                self.sequential,
                ratio(self.sequential, self.parallel),
            );
            println!("{} passed, {} failed", self.passed, self.failed);
        }
    }
}

const fn verdict(check: Option<bool>) -> &'static str {
    match check {
        Some(true) => "ok",
        Some(false) => "WRONG",
        None => "-",
    }
}

/// What is wrong beside the columns of the table.
fn remarks(result: &ReplayResult) -> String {
    let mut remarks = String::new();
    for (name, check) in [
        ("logsBloom", result.checks.logs_bloom),
        ("requestsHash", result.checks.requests_hash),
    ] {
        if check == Some(false) {
            remarks.push_str("  WRONG ");
            remarks.push_str(name);
        }
    }
    remarks
}

fn ratio(sequential: f64, parallel: f64) -> f64 {
    if parallel > 0.0 {
        sequential / parallel
    } else {
        1.0
    }
}
