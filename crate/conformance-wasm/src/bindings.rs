//! What the test page calls.

use forerun_conformance::{Case, Kind, TestFile, Verdict};
use rayon::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

// Named for their exports.
#[expect(unused_imports, reason = "the page calls them")]
use forerun_wasm::{init_thread_pool, install_panic_hook};

/// Which of so many cases a seeded sample takes, by their places.
#[wasm_bindgen]
pub fn choose(total: u32, sample: Option<usize>, seed: u64) -> Vec<u32> {
    forerun_conformance::choose((0..total).collect(), sample, seed)
}

/// Runs some cases of a file of tests, given by their places, and returns a JSON array with a row for
/// each: `{ test, fork, index, verdict, reason }`.
///
/// # Errors
/// Throws where the file does not hold such tests or such cases.
#[wasm_bindgen]
pub fn run(
    kind: &str,
    path: &str,
    json: &[u8],
    places: &[u32],
    threads: usize,
) -> Result<String, JsError> {
    let kind = kind_of(kind)?;
    let file = parse(kind, path, json)?;
    let cases = chosen(&file, places)?;
    let verdicts: Vec<_> = match kind {
        Kind::StateTests | Kind::Tracers => {
            cases.par_iter().map(|case| case.run(threads)).collect()
        }
        // One after the other: each has the threads for itself.
        Kind::BlockchainTests => cases.iter().map(|case| case.run(threads)).collect(),
    };
    let rows = cases.iter().zip(verdicts).map(|(case, verdict)| {
        let (verdict, reason) = words(verdict);
        let mut row = name(case);
        row["verdict"] = json!(verdict);
        row["reason"] = json!(reason);
        row
    });
    Ok(rows.collect::<Value>().to_string())
}

/// Which case it is at a place of a file: `{ test, fork, index }`.
///
/// # Errors
/// Throws where the file does not hold such tests or such a case.
#[wasm_bindgen(js_name = nameOf)]
pub fn name_of(kind: &str, path: &str, json: &[u8], place: u32) -> Result<String, JsError> {
    let file = parse(kind_of(kind)?, path, json)?;
    let names: Value = chosen(&file, &[place])?.iter().map(name).collect();
    Ok(names[0].to_string())
}

fn kind_of(name: &str) -> Result<Kind, JsError> {
    Kind::by_name(name).ok_or_else(|| JsError::new(&format!("{name} are no tests that are known")))
}

fn parse(kind: Kind, path: &str, json: &[u8]) -> Result<TestFile, JsError> {
    TestFile::parse(kind, path.into(), json).map_err(|error| JsError::new(&error))
}

fn chosen<'a>(file: &'a TestFile, places: &[u32]) -> Result<Vec<Case<'a>>, JsError> {
    let cases = file.cases();
    let some = places
        .iter()
        .map(|place| cases.get(*place as usize).copied());
    some.collect::<Option<_>>().ok_or_else(|| {
        let count = cases.len();
        JsError::new(&format!(
            "not all of the places {places:?} are below {count}, the number of cases"
        ))
    })
}

/// A verdict as the page has it, and what there is to say of it.
pub(crate) fn words(verdict: Verdict) -> (&'static str, Option<String>) {
    match verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(difference) => ("failed", Some(difference)),
        Verdict::Skipped(reason) => ("skipped", Some(reason)),
    }
}

fn name(case: &Case<'_>) -> Value {
    let name = case.name();
    json!({ "test": name.test, "fork": name.fork, "index": name.index })
}
