//! The one exported class.
//!
//! Requests come as UTF-8 JSON and not as objects: the parser of the simulator then sees every
//! field, also those it does not know, and refuses them by name in the same words as natively.

use forerun_simulator::{
    BundleRequest, Error, METHODS, ReplayRequest, RpcRequest, Simulator, Snapshot, Step, Task,
};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

/// A base state and the means to execute transactions on it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    simulator: Simulator,
    /// The request that is being worked on.
    task: Option<Task>,
}

#[wasm_bindgen]
impl Engine {
    /// Reads a snapshot. In the threaded build `initThreadPool(threads)` has to come first.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a snapshot that cannot be read and for a number of
    /// threads out of range.
    #[wasm_bindgen(constructor)]
    pub fn new(snapshot: &[u8], threads: usize) -> Result<Self, JsValue> {
        let snapshot = Snapshot::from_json(snapshot).map_err(|error| thrown(&error))?;
        let simulator = Simulator::new(snapshot, threads)
            .map_err(|error| thrown(&error))?
            .with_clock(shared_now);
        Ok(Self {
            simulator,
            task: None,
        })
    }

    /// Simulates a bundle, given as JSON, on a complete state.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a request that could not be simulated.
    #[wasm_bindgen(js_name = simulateBundle)]
    pub fn simulate_bundle(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let request = BundleRequest::from_json(request).map_err(|error| thrown(&error))?;
        self.turn(&mut request.into())
    }

    /// Executes a block, given as JSON, on a complete state and compares it with its header.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a block that could not be executed.
    #[wasm_bindgen(js_name = replayBlock)]
    pub fn replay_block(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let request = ReplayRequest::from_json(request).map_err(|error| thrown(&error))?;
        self.turn(&mut request.into())
    }

    /// One step of a task. On a complete state there is no other.
    fn turn(&self, task: &mut Task) -> Result<JsValue, JsValue> {
        match self.simulator.step(task, Some(&now)) {
            Ok(Step::Done(answer)) => Ok(plain(&answer)),
            Ok(Step::Need(keys)) => Ok(keys.to_json().into()),
            Err(error) => Err(thrown(&error)),
        }
    }

    /// Begins to simulate a bundle, given as JSON. `runAhead: false` asks for one piece of state at a
    /// time.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for what is no JSON.
    #[wasm_bindgen(js_name = beginBundle)]
    pub fn begin_bundle(&mut self, request: &[u8], run_ahead: bool) -> Result<(), JsValue> {
        let request = BundleRequest::from_json(request).map_err(|error| thrown(&error))?;
        self.begin(request.into(), run_ahead);
        Ok(())
    }

    /// Begins to execute a block, given as JSON, and to compare it with its header.
    ///
    /// # Errors
    /// As `beginBundle`.
    #[wasm_bindgen(js_name = beginReplay)]
    pub fn begin_replay(&mut self, request: &[u8], run_ahead: bool) -> Result<(), JsValue> {
        let request = ReplayRequest::from_json(request).map_err(|error| thrown(&error))?;
        self.begin(request.into(), run_ahead);
        Ok(())
    }

    /// Begins to answer a call of a JSON-RPC method, given as JSON `{ method, params?, threads? }`. The
    /// answer is `{ json }`, a text of `{ result }` or `{ error: { code, message, data? } }`.
    ///
    /// # Errors
    /// As `beginBundle`.
    #[wasm_bindgen(js_name = beginRpc)]
    pub fn begin_rpc(&mut self, request: &[u8], run_ahead: bool) -> Result<(), JsValue> {
        let request = RpcRequest::from_json(request).map_err(|error| thrown(&error))?;
        self.begin(request.into(), run_ahead);
        Ok(())
    }

    fn begin(&mut self, task: Task, run_ahead: bool) {
        self.task = Some(if run_ahead {
            task
        } else {
            task.without_run_ahead()
        });
    }

    /// Works on what was begun: the answer, or the keys of what has to be known first, as a text of JSON.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a request that could not be simulated.
    pub fn step(&mut self) -> Result<JsValue, JsValue> {
        let Some(mut task) = self.task.take() else {
            return Err(thrown(&Error::Engine {
                message: "nothing was begun".to_owned(),
            }));
        };
        let step = self.turn(&mut task);
        self.task = Some(task);
        step
    }

    /// How many pieces of state the last answer rests on.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.task.as_ref().map_or(0, |task| task.reads().len())
    }

    /// Takes in pieces of state, as JSON.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for what cannot be read; nothing is taken in then.
    pub fn provide(&mut self, values: &[u8]) -> Result<(), JsValue> {
        self.simulator
            .provide(values)
            .map_err(|error| thrown(&error))
    }

    /// Takes in what may be true of what the keys of the last step point to, as JSON.
    ///
    /// # Errors
    /// As `provide`.
    pub fn point(&mut self, values: &[u8]) -> Result<(), JsValue> {
        let Some(task) = &mut self.task else {
            return Ok(());
        };
        self.simulator
            .point(task, values)
            .map_err(|error| thrown(&error))
    }

    /// Takes in what may be true of pieces of state, as JSON.
    ///
    /// # Errors
    /// As `provide`.
    pub fn predict(&mut self, values: &[u8]) -> Result<(), JsValue> {
        self.simulator
            .predict(values)
            .map_err(|error| thrown(&error))
    }

    /// Moves on to the state behind another block, given as a snapshot. What was known is a prediction
    /// from then on.
    ///
    /// # Errors
    /// As the constructor; nothing changes then.
    #[wasm_bindgen(js_name = moveTo)]
    pub fn move_to(&mut self, snapshot: &[u8]) -> Result<(), JsValue> {
        let snapshot = Snapshot::from_json(snapshot).map_err(|error| thrown(&error))?;
        self.simulator.move_to(snapshot);
        Ok(())
    }

    /// What is known of that part of the state that the last answer rests on, as a text of JSON. After
    /// a task that did not run ahead, all that is known.
    #[must_use]
    pub fn known(&self) -> String {
        let reads = self.task.as_ref().map(Task::reads);
        self.simulator
            .known(reads.filter(|reads| !reads.is_empty()))
    }
}

/// The keccak-256 hash of a code, both as 0x-hex. Of what is no hex there is none.
#[wasm_bindgen(js_name = hashOfCode)]
#[must_use]
pub fn hash_of_code(code: &str) -> Option<String> {
    forerun_simulator::hash_of_code(code).map(|hash| hash.to_string())
}

/// The names of the JSON-RPC methods that `beginRpc` answers.
#[wasm_bindgen(js_name = rpcMethods)]
#[must_use]
pub fn rpc_methods() -> Vec<String> {
    METHODS.iter().map(|name| (*name).to_owned()).collect()
}

/// Milliseconds of the worker's clock; zero where there is none.
fn now() -> f64 {
    performance().map_or(0.0, |performance| performance.now())
}

/// Milliseconds that mean the same in every worker, each of whose clocks starts when it does.
fn shared_now() -> f64 {
    performance().map_or(0.0, |performance| {
        performance.time_origin() + performance.now()
    })
}

fn performance() -> Option<web_sys::Performance> {
    js_sys::global()
        .unchecked_into::<web_sys::WorkerGlobalScope>()
        .performance()
}

fn thrown(error: &Error) -> JsValue {
    plain(error)
}

/// Turns a value into a plain object that structured clone can carry to the page.
fn plain(value: &impl Serialize) -> JsValue {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .expect("results and errors hold strings, numbers, lists and maps with string keys only")
}
