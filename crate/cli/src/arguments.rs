//! What was typed, checked.

use crate::{
    bench::BenchOptions,
    conformance::{self, ConformanceOptions},
};
use lexopt::prelude::*;
use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

pub(crate) const USAGE: &str = "\
forerun replay PATH... [--threads N] [--json]

  Executes real blocks in parallel and one transaction after another, compares both
  whole results with each other and with the blocks' headers.

  PATH         a block as JSON, a folder of blocks, or a .tar.gz of such a folder;
               a codes.json beside the blocks holds the contracts' codes
  --threads N  how many workers execute, 1 to 64 (default 2)
  --json       one JSON object a block instead of a table

forerun conformance KIND PATH... [--threads N] [--method M] [--sample N] [--seed S] [--json]

  Runs test suites of Ethereum's execution clients: the formats of execution-spec-tests,
  ethereum/tests, execution-apis and the tracers of go-ethereum.

  KIND         state-tests, blockchain-tests, tracers or rpc
  PATH         a file of tests, a folder (with all below it), or a .tar.gz of such a folder;
               of rpc a folder with genesis.json, chain.rlp and vectors, or a .tar.gz of it
  --threads N  how many cases of state-tests and tracers run at once, or how many workers
               execute a block of the others, 1 to 64 (default 2)
  --method M   of rpc, the vectors whose path holds M
  --sample N   runs N of the cases; of rpc N of each PATH
  --seed S     which ones, a number (default 0)
  --json       one JSON object a failure, and one with the sums

forerun bench CASE [--threads N] [--turns N] [--model N,N,... | --ceiling]

  Executes one case again and again, in parallel and one transaction after another by
  turns, and prints all times as JSON. `npm run bench` makes cases and figures.

  CASE         a JSON object with a snapshot as `state` and a replay request as `request`
  --threads N  how many workers execute, 1 to 64 (default 2)
  --turns N    how often, after a first time that is not counted, 0 to 1000 (default 0)
  --model N,N  measures nothing of that, but estimates on one thread how the case would run
               with so many workers, each 1 to 64. It is a model: no cache, memory bandwidth
               or lock contention
  --ceiling    measures instead how long the sequential loop takes alone, and how long two
               of them take at once that share nothing: what two threads of this machine
               can be worth

All end with 0 if all results are right, 1 if one is not, 2 if nothing could be run.
";

/// Enough to show conflicts, and not more than any machine has.
pub(crate) const DEFAULT_THREADS: usize = 2;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Replay(ReplayOptions),
    Conformance(ConformanceOptions),
    Bench(BenchOptions),
    Help,
    Version,
}

/// How blocks are to be replayed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReplayOptions {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) json: bool,
}

impl Command {
    pub(crate) fn from_environment() -> Result<Self, lexopt::Error> {
        Self::parse(lexopt::Parser::from_env())
    }

    fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        match parser.next()? {
            Some(Value(name)) if name == "replay" => Self::parse_replay(parser),
            Some(Value(name)) if name == "conformance" => conformance::parse(parser),
            Some(Value(name)) if name == "bench" => Self::parse_bench(parser),
            Some(Value(name)) => Err(format!("unknown command {}", quoted(&name)).into()),
            Some(Short('h') | Long("help")) => Ok(Self::Help),
            Some(Short('V') | Long("version")) => Ok(Self::Version),
            Some(other) => Err(other.unexpected()),
            None => Err("a command is missing".into()),
        }
    }

    fn parse_replay(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = ReplayOptions {
            paths: Vec::new(),
            threads: DEFAULT_THREADS,
            json: false,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("threads") => options.threads = read_threads(&parser.value()?)?,
                Long("json") => options.json = true,
                Short('h') | Long("help") => return Ok(Self::Help),
                Value(path) => options.paths.push(path.into()),
                other => return Err(other.unexpected()),
            }
        }
        if options.paths.is_empty() {
            return Err(path_missing());
        }
        Ok(Self::Replay(options))
    }

    fn parse_bench(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut case, mut threads, mut turns) = (None, DEFAULT_THREADS, 0);
        let (mut model, mut ceiling) = (Vec::new(), false);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("threads") => threads = read_threads(&parser.value()?)?,
                Long("turns") => turns = parser.value()?.parse()?,
                Long("model") => model = read_workers(&parser.value()?)?,
                Long("ceiling") => ceiling = true,
                Short('h') | Long("help") => return Ok(Self::Help),
                Value(path) if case.is_none() => case = Some(PathBuf::from(path)),
                other => return Err(other.unexpected()),
            }
        }
        if ceiling && !model.is_empty() {
            return Err("--ceiling cannot be combined with --model".into());
        }
        Ok(Self::Bench(BenchOptions {
            case: case.ok_or_else(path_missing)?,
            threads,
            turns,
            model,
            ceiling,
        }))
    }
}

/// Reads the value of `--threads`.
pub(crate) fn read_threads(value: &OsString) -> Result<usize, lexopt::Error> {
    let threads: usize = value.parse()?;
    if threads == 0 || threads > forerun_simulator::MAX_THREADS {
        let most = forerun_simulator::MAX_THREADS;
        return Err(format!("--threads {}: must be 1 to {most}", quoted(value)).into());
    }
    Ok(threads)
}

/// Reads the value of `--model`: numbers with commas.
fn read_workers(value: &OsString) -> Result<Vec<NonZeroUsize>, lexopt::Error> {
    let most = forerun_simulator::MAX_THREADS;
    let refusal = || format!("--model {}: each must be 1 to {most}", quoted(value));
    let read = |word: &str| {
        let workers: NonZeroUsize = word.parse().ok()?;
        (workers.get() <= most).then_some(workers)
    };
    let words = value.to_string_lossy();
    let workers: Option<Vec<_>> = words.split(',').map(read).collect();
    Ok(workers.ok_or_else(refusal)?)
}

/// What a command says that nothing was named to.
pub(crate) fn path_missing() -> lexopt::Error {
    "a path is missing".into()
}

fn quoted(text: &OsString) -> String {
    format!("\"{}\"", text.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Command, String> {
        let words = std::iter::once("forerun").chain(words.iter().copied());
        Command::parse(lexopt::Parser::from_iter(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_may_stand_anywhere() {
        let expected = Command::Replay(ReplayOptions {
            paths: vec!["a".into(), "b".into()],
            threads: 3,
            json: true,
        });
        assert_eq!(
            parse(&["replay", "a", "--json", "--threads", "3", "b"]),
            Ok(expected)
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (words, named) in [
            (&[][..], "command"),
            (&["repaly", "a"], "repaly"),
            (&["replay"], "path"),
            (&["replay", "a", "--threads", "0"], "\"0\""),
            (&["replay", "a", "--threads", "10000"], "\"10000\""),
            (&["replay", "a", "--threads", "two"], "two"),
            (&["replay", "a", "--threads"], "--threads"),
            (&["replay", "a", "--thread", "2"], "--thread"),
            (&["bench"], "path"),
            (&["bench", "a", "b"], "b"),
            (&["bench", "a", "--turns", "-1"], "-1"),
            (&["bench", "a", "--model", "2,0"], "2,0"),
            (&["bench", "a", "--model", "2,65"], "2,65"),
            (&["bench", "a", "--model", ""], "\"\""),
            (&["bench", "a", "--model", "2", "--ceiling"], "--ceiling"),
            (&["conformance"], "kind"),
            (&["conformance", "statetests", "a"], "statetests"),
            (&["conformance", "state-tests"], "path"),
            (&["conformance", "state-tests", "a", "--sample", "-1"], "-1"),
            (&["conformance", "state-tests", "a", "--method", "b"], "rpc"),
        ] {
            let problem = parse(words).unwrap_err();
            assert!(problem.contains(named), "{words:?}: {problem}");
        }
    }
}
