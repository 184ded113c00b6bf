//! Runs a vector here, in every way in which state and threads can be had: on all threads, on one,
//! and on state that comes in piece by piece. All have to give the same bytes.

use super::{Plan, VectorSuite, differences, pieces};
use crate::verdict::Verdict;
use forerun_simulator::{Answer, RpcRequest, Simulator, Snapshot, Step, Task};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A task that asks for state in more waves than this gets nowhere.
const MOST_WAVES: usize = 1_000;

/// The blocks of a chain that vectors are about, ready to run on.
#[derive(Debug)]
pub struct VectorRunner<'a> {
    suite: &'a VectorSuite,
    threads: usize,
    blocks: BTreeMap<u64, Simulator>,
}

impl<'a> VectorRunner<'a> {
    /// Runs the vectors of a suite with so many workers.
    pub const fn new(suite: &'a VectorSuite, threads: usize) -> Self {
        Self {
            suite,
            threads,
            blocks: BTreeMap::new(),
        }
    }

    /// Runs a vector. A panic is a bug of the engine; it fails its vector and not the others.
    pub fn run(&mut self, index: usize) -> Verdict {
        match catch_unwind(AssertUnwindSafe(|| self.check(index))) {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(reason)) => Verdict::Failed(reason),
            Err(panic) => Verdict::panicked(&*panic),
        }
    }

    fn check(&mut self, index: usize) -> Result<Verdict, String> {
        let (block, requests) = match self.suite.plan(index) {
            Plan::Ask { block, requests } => (block, requests),
            Plan::Skip(reason) => return Ok(Verdict::Skipped(reason)),
        };
        let threads = self.threads;
        let simulator = self.simulator(block)?;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let all = answer(simulator, request, threads)?;
            let one = answer(simulator, request, 1)?;
            let parsed = parse(&all)?;
            if all != one {
                let found = differences::of_values(&parse(&one)?, &parsed).join("; ");
                return Err(format!("on one thread {found}, which it is on {threads}"));
            }
            check_pieces(simulator, request, threads, &all)?;
            answers.push(parsed);
        }
        Ok(self.suite.judge(index, &answers))
    }

    fn simulator(&mut self, block: u64) -> Result<&Simulator, String> {
        if !self.blocks.contains_key(&block) {
            let snapshot = self.suite.chain().snapshot(block)?;
            let simulator = Snapshot::from_json(snapshot.as_bytes())
                .and_then(|snapshot| Simulator::new(snapshot, self.threads))
                .map_err(|error| error.to_string())?;
            self.blocks.insert(block, simulator);
        }
        Ok(&self.blocks[&block])
    }
}

fn task(request: &Value, threads: usize) -> Result<Task, String> {
    let mut request = request.clone();
    request["threads"] = threads.into();
    RpcRequest::from_json(request.to_string().as_bytes())
        .map(Task::from)
        .map_err(|error| error.to_string())
}

/// The answer on state that is complete, as text.
fn answer(simulator: &Simulator, request: &Value, threads: usize) -> Result<String, String> {
    match simulator.step(&mut task(request, threads)?, None) {
        Ok(Step::Done(Answer::Rpc(answer))) => Ok(answer.json),
        Ok(other) => Err(format!("{other:?} came instead of an answer")),
        Err(error) => Err(error.to_string()),
    }
}

/// The answer on state that comes in as it is asked for, as text.
fn answer_in_pieces(
    complete: &Simulator,
    request: &Value,
    threads: usize,
) -> Result<String, String> {
    let state = complete.snapshot();
    let mut task = task(request, threads)?;
    let mut simulator =
        Simulator::new(state.without_state(), threads).map_err(|error| error.to_string())?;
    for _ in 0..MOST_WAVES {
        match simulator.step(&mut task, None) {
            Ok(Step::Done(Answer::Rpc(answer))) => return Ok(answer.json),
            Ok(Step::Done(other)) => return Err(format!("{other:?} came instead of an answer")),
            Ok(Step::Need(keys)) => {
                let pieces = pieces::of(state, &keys).map_err(|error| error.to_string())?;
                simulator
                    .provide(pieces.as_bytes())
                    .map_err(|error| error.to_string())?;
            }
            Err(error) => return Err(format!("piece by piece: {error}")),
        }
    }
    Err(format!(
        "piece by piece: no answer after {MOST_WAVES} waves"
    ))
}

/// Refuses another answer on state that comes in piece by piece.
fn check_pieces(
    complete: &Simulator,
    request: &Value,
    threads: usize,
    whole: &str,
) -> Result<(), String> {
    let method = request["method"].as_str().unwrap_or_default();
    // Proofs need the whole state; without it they come from the source and not from here.
    if method == "eth_getProof" {
        return Ok(());
    }
    let pieces = answer_in_pieces(complete, request, threads)?;
    if whole == pieces {
        return Ok(());
    }
    let [mut whole, mut pieces] = [parse(whole)?, parse(&pieces)?];
    // A state root needs the whole state, and hashes of simulated blocks need it.
    if method == "eth_simulateV1" {
        without_roots(&mut whole);
        without_roots(&mut pieces);
    }
    let found = differences::of_values(&pieces, &whole);
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("piece by piece {}", found.join("; ")))
}

/// Takes out of simulated blocks what only the whole state has.
fn without_roots(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(without_roots),
        Value::Object(fields) => {
            let is_block = fields.contains_key("stateRoot");
            let is_placed = fields.contains_key("blockHash");
            if is_block {
                for name in ["stateRoot", "hash", "parentHash"] {
                    fields.remove(name);
                }
            }
            if is_placed {
                fields.remove("blockHash");
            }
            fields.values_mut().for_each(without_roots);
        }
        _ => {}
    }
}

fn parse(answer: &str) -> Result<Value, String> {
    serde_json::from_str(answer).map_err(|error| format!("{answer} is not JSON: {error}"))
}
