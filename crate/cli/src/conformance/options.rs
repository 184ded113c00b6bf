//! What was typed behind `forerun conformance`, checked.

use crate::arguments::{Command, DEFAULT_THREADS, path_missing, read_threads};
use forerun_conformance::Kind;
use lexopt::prelude::*;
use std::path::PathBuf;

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Tests of this kind.
    Tests(Kind),
    /// Requests to a node and its answers.
    Vectors,
}

/// What users call the vectors.
const VECTORS: &str = "rpc";

impl Subject {
    fn by_name(name: &str) -> Option<Self> {
        if name == VECTORS {
            return Some(Self::Vectors);
        }
        Kind::by_name(name).map(Self::Tests)
    }
}

/// How tests are to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConformanceOptions {
    pub(crate) subject: Subject,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) threads: usize,
    /// Run so many cases, and not all.
    pub(crate) sample: Option<usize>,
    /// Which cases a sample takes.
    pub(crate) seed: u64,
    /// Of the vectors, only those whose path holds this.
    pub(crate) method: Option<String>,
    pub(crate) json: bool,
}

/// Reads all that follows the command's name.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut subject = None;
    let mut options = ConformanceOptions {
        subject: Subject::Vectors,
        paths: Vec::new(),
        threads: DEFAULT_THREADS,
        sample: None,
        seed: 0,
        method: None,
        json: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("threads") => options.threads = read_threads(&parser.value()?)?,
            Long("sample") => options.sample = Some(parser.value()?.parse()?),
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("method") => options.method = Some(parser.value()?.parse()?),
            Long("json") => options.json = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if subject.is_none() => {
                let name = word.to_string_lossy();
                subject = Some(Subject::by_name(&name).ok_or_else(|| {
                    let names = Kind::NAMES.map(|(name, _)| name).join(", ");
                    format!("{name:?} is not one of {names}, {VECTORS}")
                })?);
            }
            Value(path) => options.paths.push(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    options.subject = subject.ok_or("the kind of tests is missing")?;
    if options.method.is_some() && options.subject != Subject::Vectors {
        return Err("--method is for rpc".into());
    }
    if options.paths.is_empty() {
        return Err(path_missing());
    }
    Ok(Command::Conformance(options))
}
