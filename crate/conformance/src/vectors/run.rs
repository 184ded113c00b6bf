//! Runs a vector here, in every way in which state and threads can be had: on all threads, on one,
//! and on state that comes in piece by piece. All have to give the same bytes, but for proofs, which
//! are not asked for piece by piece, and simulated blocks, which piece by piece are held to a run that
//! does not know its state to be whole.

use super::{Plan, VectorSuite, differences, pieces};
use crate::verdict::Verdict;
use forerun_simulator::{Answer, Codes, RpcRequest, Simulator, Snapshot, Step, Task};
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
    blocks: BTreeMap<u64, Ground>,
}

/// The state behind a block.
#[derive(Debug)]
struct Ground {
    whole: Simulator,
    /// The same, of which it cannot be told that it is whole: the header has no state root.
    rootless: Simulator,
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
        let ground = self.ground(block)?;
        let simulator = &ground.whole;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let all = answer(simulator, request, threads)?;
            let one = answer(simulator, request, 1)?;
            let parsed = parse(&all)?;
            if all != one {
                let found = differences::of_values(&parse(&one)?, &parsed).join("; ");
                return Err(format!("on one thread {found}, which it is on {threads}"));
            }
            check_pieces(ground, request, threads, &all)?;
            answers.push(parsed);
        }
        Ok(self.suite.judge(index, &answers))
    }

    fn ground(&mut self, block: u64) -> Result<&Ground, String> {
        if !self.blocks.contains_key(&block) {
            let simulator = |snapshot: &Value| {
                Snapshot::from_value(snapshot, &Codes::default())
                    .and_then(|snapshot| Simulator::new(snapshot, self.threads))
                    .map_err(|error| error.to_string())
            };
            let mut snapshot = parse(&self.suite.chain().snapshot(block)?)?;
            let whole = simulator(&snapshot)?;
            if let Some(header) = snapshot["block"].as_object_mut() {
                header.remove("stateRoot");
            }
            let rootless = simulator(&snapshot)?;
            self.blocks.insert(block, Ground { whole, rootless });
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
    ground: &Ground,
    request: &Value,
    threads: usize,
    whole: &str,
) -> Result<(), String> {
    let method = request["method"].as_str().unwrap_or_default();
    // Proofs need the whole state; without it they come from the source and not from here.
    if method == "eth_getProof" {
        return Ok(());
    }
    // A state root needs the whole state, and hashes of simulated blocks need it. Where it cannot be
    // told that the state is whole, they are what they are piece by piece.
    let rootless = match method {
        "eth_simulateV1" => answer(&ground.rootless, request, threads)?,
        _ => whole.to_owned(),
    };
    let pieces = answer_in_pieces(&ground.whole, request, threads)?;
    if rootless == pieces {
        return Ok(());
    }
    let found = differences::of_values(&parse(&pieces)?, &parse(&rootless)?);
    Err(format!("piece by piece {}", found.join("; ")))
}

fn parse(answer: &str) -> Result<Value, String> {
    serde_json::from_str(answer).map_err(|error| format!("{answer} is not JSON: {error}"))
}
