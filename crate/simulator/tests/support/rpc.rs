//! Calls of JSON-RPC methods.

use super::remote::run;
use forerun_simulator::{Answer, RpcRequest, Simulator, Snapshot, Task};
use serde_json::{Value, json};

/// How a simulator comes to its state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Complete,
    /// It comes in piece by piece, and what will be needed is looked for ahead.
    Ahead,
    /// It comes in piece by piece as execution stumbles over it.
    OneByOne,
}

/// What a method answers: `{ result }` or `{ error }`. It is the same text in each of the runs, on this
/// state and so many threads.
pub(crate) fn same_answer(
    complete: &Snapshot,
    method: &str,
    params: Value,
    runs: impl IntoIterator<Item = (State, usize)>,
) -> Value {
    let request = json!({ "method": method, "params": params }).to_string();
    let request = RpcRequest::from_json(request.as_bytes()).expect("a good request");
    let mut same: Option<String> = None;
    for (state, threads) in runs {
        let begun = match state {
            State::Complete => complete.clone(),
            State::Ahead | State::OneByOne => complete.without_state(),
        };
        let mut simulator = Simulator::new(begun, threads).expect("a good thread count");
        let mut task = Task::from(request.clone());
        if matches!(state, State::OneByOne) {
            task = task.without_run_ahead();
        }
        let answer = match run(&mut simulator, task, complete).0 {
            Ok(Answer::Rpc(answer)) => answer.json,
            other => panic!("{method}: {other:?}"),
        };
        let first = same.get_or_insert_with(|| answer.clone());
        assert_eq!(answer, *first, "{state:?}, {threads} threads");
    }
    serde_json::from_str(&same.expect("a run")).expect("answers are JSON")
}

const THREADS: [usize; 3] = [1, 2, 8];

/// What a method answers, the same on every number of threads, on state that is complete and on state
/// that comes in piece by piece.
pub(crate) fn call(snapshot: &Value, method: &str, params: Value) -> Value {
    let states = [State::Complete, State::Ahead, State::OneByOne];
    let runs = THREADS.map(|threads| states.map(|state| (state, threads)));
    same_answer(&read(snapshot), method, params, runs.into_iter().flatten())
}

/// What a method answers on state that is complete, the same on every number of threads.
pub(crate) fn call_on_complete(snapshot: &Value, method: &str, params: Value) -> Value {
    let runs = THREADS.map(|threads| (State::Complete, threads));
    same_answer(&read(snapshot), method, params, runs)
}

fn read(snapshot: &Value) -> Snapshot {
    Snapshot::from_json(snapshot.to_string().as_bytes()).expect("a good snapshot")
}

/// The result of a method that has one.
pub(crate) fn result(snapshot: &Value, method: &str, params: Value) -> Value {
    let mut answer = call(snapshot, method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}

/// The error of a method that has none.
pub(crate) fn error(snapshot: &Value, method: &str, params: Value) -> Value {
    let mut answer = call(snapshot, method, params);
    assert!(answer.get("result").is_none(), "{method}: {answer}");
    answer["error"].take()
}
