//! Runs JSON-RPC vectors: a chain is imported, and each request answered on the state that it is about.

use super::{ConformanceOptions, tally::Tally};
use crate::files::{self, Depth, problem};
use forerun_conformance::{CaseName, Plan, VectorRunner, VectorSuite, choose};
use std::path::Path;

/// Runs the vectors of each folder or archive that was named. Whether none failed.
pub(super) fn run(options: &ConformanceOptions) -> Result<bool, String> {
    let mut tally = Tally::new(options.json);
    for path in &options.paths {
        let suite = read(path, options.threads)?;
        let mut runner = VectorRunner::new(&suite, options.threads);
        let wanted = |index: &usize| {
            let path = suite.path(*index).to_string_lossy();
            options
                .method
                .as_ref()
                .is_none_or(|part| path.contains(part.as_str()))
        };
        let vectors: Vec<_> = (0..suite.len()).filter(wanted).collect();
        if vectors.is_empty() {
            return Err(problem(path, "has no such vector"));
        }
        for index in choose(vectors, options.sample, options.seed) {
            let method = suite.method(index);
            let fork = match suite.plan(index) {
                Plan::Ask { block, .. } => suite.chain().fork_at(block),
                Plan::Skip(_) => "",
            };
            let name = CaseName {
                file: suite.path(index),
                test: method,
                fork,
                index: None,
            };
            let verdict = runner.run(index);
            if suite.is_by_shape(index) {
                tally.count_shape(&name, verdict);
            } else {
                tally.count(&name, verdict);
            }
        }
    }
    Ok(tally.finish())
}

fn read(path: &Path, threads: usize) -> Result<VectorSuite, String> {
    let files = files::read_some(path, Depth::Recursive, &VectorSuite::needs)?;
    let files: Vec<_> = files
        .into_iter()
        .map(|file| (file.path, file.content))
        .collect();
    VectorSuite::read(&files, threads).map_err(|reason| problem(path, reason))
}
