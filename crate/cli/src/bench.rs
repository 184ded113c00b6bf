//! `forerun bench`: measures one case, in parallel and in order by turns, and prints what came out
//! as one JSON object; or models it. `tools/bench.mjs` chooses the cases and makes figures of the times.

use crate::{ceiling, files::problem, model};
use forerun_simulator::{Codes, ReplayRequest, Simulator, Snapshot};
use serde_json::{Value, json};
use std::{fs, num::NonZeroUsize, path::PathBuf, sync::LazyLock, time::Instant};

/// What is to be measured, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BenchOptions {
    /// A file `{ "state": <snapshot>, "request": <replay request> }`.
    pub(crate) case: PathBuf,
    pub(crate) threads: usize,
    /// How often the case is run in parallel and in order, after a first time that is not counted.
    pub(crate) turns: u64,
    /// For how many workers the run is to be modelled instead of measured. Empty for a measurement.
    pub(crate) model: Vec<NonZeroUsize>,
    /// Whether to measure what two threads can be worth instead.
    pub(crate) ceiling: bool,
}

/// Runs the case and prints the result. Whether both results agree, or why nothing ran.
pub(crate) fn run(options: &BenchOptions) -> Result<bool, String> {
    let path = &options.case;
    let json = fs::read(path).map_err(|error| problem(path, error))?;
    let mut case: Value = serde_json::from_slice(&json).map_err(|error| problem(path, error))?;
    let mut take = |key: &str| case.get_mut(key).map(Value::take).unwrap_or_default();
    let state = take("state");
    let mut request = take("request");
    let Some(fields) = request.as_object_mut() else {
        return Err(problem(path, "has no object \"request\""));
    };
    fields.insert("compare".to_owned(), json!(true));
    fields.insert("remember".to_owned(), json!(false));
    if options.turns > 0 {
        fields.insert("repeat".to_owned(), json!(options.turns));
    }
    let simulator = Snapshot::from_value(&state, &Codes::default())
        .and_then(|snapshot| Simulator::new(snapshot, options.threads))
        .map(|simulator| simulator.with_clock(now))
        .map_err(|error| problem(path, error))?;
    if !options.model.is_empty() {
        let prepared = simulator
            .prepare_block(&ReplayRequest::from(request))
            .map_err(|error| problem(path, error))?;
        return model::run(&prepared.block, &prepared.state(), &options.model)
            .map_err(|error| problem(path, error));
    }
    if options.ceiling {
        let request = ReplayRequest::from(request);
        let other = Snapshot::from_value(&state, &Codes::default())
            .and_then(|snapshot| Simulator::new(snapshot, 1))
            .map_err(|error| problem(path, error))?;
        let prepared = [&simulator, &other].map(|simulator| simulator.prepare_block(&request));
        let [ours, theirs] = prepared;
        let ours = ours.map_err(|error| problem(path, error))?;
        let theirs = theirs.map_err(|error| problem(path, error))?;
        ceiling::run(&ours.block, &ours.state(), &theirs.state(), options.turns)
            .map_err(|error| problem(path, error))?;
        return Ok(true);
    }
    let result = simulator
        .replay_block_timed(&ReplayRequest::from(request), &now)
        .map_err(|error| problem(path, error))?;
    let passed = result.passed();
    let row = serde_json::to_value(&result).map_err(|error| problem(path, error))?;
    println!("{row}");
    Ok(passed)
}

/// Milliseconds since this was first asked.
fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1000.0
}
