//! What was typed behind `forerun conformance`, checked.

use crate::arguments::{Command, DEFAULT_THREADS, path_missing, read_threads};
use forerun_conformance::Kind;
use lexopt::prelude::*;
use std::path::PathBuf;

/// How tests are to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConformanceOptions {
    pub(crate) kind: Kind,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) threads: usize,
    /// Run so many cases, and not all.
    pub(crate) sample: Option<usize>,
    /// Which cases a sample takes.
    pub(crate) seed: u64,
    pub(crate) json: bool,
}

/// Reads all that follows the command's name.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut kind = None;
    let mut options = ConformanceOptions {
        kind: Kind::StateTests,
        paths: Vec::new(),
        threads: DEFAULT_THREADS,
        sample: None,
        seed: 0,
        json: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("threads") => options.threads = read_threads(&parser.value()?)?,
            Long("sample") => options.sample = Some(parser.value()?.parse()?),
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if kind.is_none() => {
                let name = word.to_string_lossy();
                kind = Some(Kind::by_name(&name).ok_or_else(|| {
                    let names = Kind::NAMES.map(|(name, _)| name).join(", ");
                    format!("{name:?} is not one of {names}")
                })?);
            }
            Value(path) => options.paths.push(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    options.kind = kind.ok_or("the kind of tests is missing")?;
    if options.paths.is_empty() {
        return Err(path_missing());
    }
    Ok(Command::Conformance(options))
}
