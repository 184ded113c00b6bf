//! The one exported class.
//!
//! Requests come as UTF-8 JSON and not as objects: the parser of the simulator then sees every
//! field, also those it does not know, and refuses them by name in the same words as natively.

use forerun_simulator::{BundleRequest, Error, ReplayRequest, Simulator, Snapshot};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

/// A base state and the means to execute transactions on it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    simulator: Simulator,
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
        Ok(Self { simulator })
    }

    /// Simulates a bundle, given as JSON.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a request that could not be simulated.
    #[wasm_bindgen(js_name = simulateBundle)]
    pub fn simulate_bundle(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let request = BundleRequest::from_json(request).map_err(|error| thrown(&error))?;
        let result = self
            .simulator
            .simulate_bundle_timed(&request, &now)
            .map_err(|error| thrown(&error))?;
        Ok(plain(&result))
    }

    /// Executes a block, given as JSON, and compares it with its header.
    ///
    /// # Errors
    /// Throws `{ code, message, ...facts }` for a block that could not be executed.
    #[wasm_bindgen(js_name = replayBlock)]
    pub fn replay_block(&self, request: &[u8]) -> Result<JsValue, JsValue> {
        let request = ReplayRequest::from_json(request).map_err(|error| thrown(&error))?;
        let result = self
            .simulator
            .replay_block_timed(&request, &now)
            .map_err(|error| thrown(&error))?;
        Ok(plain(&result))
    }
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
