//! Runs a vector here, in every way in which state and threads can be had: on all threads, on one,
//! and on state that comes in piece by piece. All have to give the same bytes.

use super::{Plan, VectorSuite, pieces};
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
            if all != one {
                return Err(format!("{threads} threads say {all}, and one says {one}"));
            }
            let parsed: Value = serde_json::from_str(&all)
                .map_err(|error| format!("the answer is not JSON: {error}: {all}"))?;
            compare_pieces(
                request,
                &all,
                &answer_in_pieces(simulator, request, threads)?,
            )?;
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

fn compare_pieces(_request: &Value, whole: &str, pieces: &str) -> Result<(), String> {
    if whole == pieces {
        return Ok(());
    }
    Err(format!(
        "piece by piece it is {pieces}, and {whole} on the whole state"
    ))
}
