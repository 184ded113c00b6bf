//! What the test page calls for JSON-RPC vectors: the chain is imported and answers are judged here;
//! the answers come from the package.

use crate::bindings::words;
use forerun_conformance::{Plan, VectorSuite};
use serde_json::{Value, json};
use std::path::PathBuf;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

/// The files of a suite, and once it is imported the suite.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Vectors {
    files: Vec<(PathBuf, Vec<u8>)>,
    suite: Option<VectorSuite>,
}

#[wasm_bindgen]
impl Vectors {
    /// No files.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::missing_const_for_fn, reason = "exports are not")]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, path: String, content: Vec<u8>) {
        self.files.push((path.into(), content));
    }

    /// Imports the chain; so many workers execute each block. A JSON array with a row for each vector:
    /// `{ file, test, fork, byShape, skip?, block?, requests? }`.
    ///
    /// # Errors
    /// Throws where the files are no suite.
    pub fn import(&mut self, threads: usize) -> Result<String, JsError> {
        let files = std::mem::take(&mut self.files);
        let suite = VectorSuite::read(&files, threads).map_err(|error| JsError::new(&error))?;
        let rows: Value = (0..suite.len()).map(|index| row(&suite, index)).collect();
        self.suite = Some(suite);
        Ok(rows.to_string())
    }

    /// The state behind a block of the chain, as a snapshot in JSON.
    ///
    /// # Errors
    /// Throws where there is no such block.
    pub fn snapshot(&self, block: u32) -> Result<String, JsError> {
        let chain = self.suite()?.chain();
        chain
            .snapshot(block.into())
            .map_err(|error| JsError::new(&error))
    }

    /// Compares answers, a JSON array with `{ result }` or `{ error }` for each request of a vector, with
    /// those that there should be: `{ verdict, reason }`.
    ///
    /// # Errors
    /// Throws where there is no such vector, or answers are not JSON.
    pub fn judge(&self, index: usize, answers: &str) -> Result<String, JsError> {
        let suite = self.suite()?;
        if index >= suite.len() {
            return Err(JsError::new("there is no such vector"));
        }
        let answers: Vec<Value> = serde_json::from_str(answers)?;
        let (verdict, reason) = words(suite.judge(index, &answers));
        Ok(json!({ "verdict": verdict, "reason": reason }).to_string())
    }

    fn suite(&self) -> Result<&VectorSuite, JsError> {
        let suite = self.suite.as_ref();
        suite.ok_or_else(|| JsError::new("nothing was imported"))
    }
}

fn row(suite: &VectorSuite, index: usize) -> Value {
    let mut row = json!({
        "file": suite.path(index).to_string_lossy(),
        "test": suite.method(index),
        "fork": "",
        "byShape": suite.is_by_shape(index),
    });
    match suite.plan(index) {
        Plan::Ask { block, requests } => {
            row["fork"] = json!(suite.chain().fork_at(block));
            row["block"] = json!(block);
            row["requests"] = json!(requests);
        }
        Plan::Skip(reason) => row["skip"] = json!(reason),
    }
    row
}
