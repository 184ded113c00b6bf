//! Calls of JSON-RPC methods.

use super::remote::run;
use forerun_simulator::{Answer, RpcRequest, Simulator, Snapshot, Task};
use serde_json::{Value, json};

/// What a method answers: `{ result }` or `{ error }`. It is the same text on every number of threads,
/// on state that is complete and on state that comes in piece by piece, ahead or one by one.
pub(crate) fn call(snapshot: &Value, method: &str, params: Value) -> Value {
    let text = snapshot.to_string();
    let complete = Snapshot::from_json(text.as_bytes()).expect("a good snapshot");
    let request = json!({ "method": method, "params": params }).to_string();
    let request = RpcRequest::from_json(request.as_bytes()).expect("a good request");
    let mut answers = Vec::new();
    for threads in [1, 2, 8] {
        let task = || Task::from(request.clone());
        let empty = || Simulator::new(complete.without_state(), threads);
        let runs = [
            (Simulator::new(complete.clone(), threads), task()),
            (empty(), task()),
            (empty(), task().without_run_ahead()),
        ];
        for (simulator, task) in runs {
            let mut simulator = simulator.expect("a good thread count");
            match run(&mut simulator, task, &complete).0 {
                Ok(Answer::Rpc(answer)) => answers.push(answer.json),
                other => panic!("{method}: {other:?}"),
            }
        }
    }
    let first = answers.swap_remove(0);
    assert!(
        answers.iter().all(|answer| *answer == first),
        "{first} {answers:?}"
    );
    serde_json::from_str(&first).expect("answers are JSON")
}

/// What a method answers on state that is complete: the same text on every number of threads.
pub(crate) fn call_on_complete(snapshot: &Value, method: &str, params: Value) -> Value {
    let text = snapshot.to_string();
    let complete = Snapshot::from_json(text.as_bytes()).expect("a good snapshot");
    let request = json!({ "method": method, "params": params }).to_string();
    let request = RpcRequest::from_json(request.as_bytes()).expect("a good request");
    let answers = [1, 2, 8].map(|threads| {
        let mut simulator = Simulator::new(complete.clone(), threads).expect("threads");
        match run(&mut simulator, Task::from(request.clone()), &complete).0 {
            Ok(Answer::Rpc(answer)) => answer.json,
            other => panic!("{method}: {other:?}"),
        }
    });
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    serde_json::from_str(&answers[0]).expect("answers are JSON")
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
