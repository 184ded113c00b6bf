//! What was typed, checked.

use lexopt::prelude::*;
use std::{ffi::OsString, path::PathBuf};

pub(crate) const USAGE: &str = "\
forerun replay PATH... [--threads N] [--json]

  Executes real blocks in parallel and one transaction after another, compares both
  whole results with each other and with the blocks' headers.

  PATH         a block as JSON, a folder of blocks, or a .tar.gz of such a folder;
               a codes.json beside the blocks holds the contracts' codes
  --threads N  how many workers execute, 1 to 64 (default 2)
  --json       one JSON object a block instead of a table

  Ends with 0 if all results are right, 1 if one is not, 2 if nothing could be run.
";

/// Enough to show conflicts, and not more than any machine has.
const DEFAULT_THREADS: usize = 2;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Replay(ReplayOptions),
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
                Long("threads") => {
                    let value = parser.value()?;
                    let threads: usize = value.parse()?;
                    if threads == 0 || threads > forerun_simulator::MAX_THREADS {
                        let most = forerun_simulator::MAX_THREADS;
                        return Err(
                            format!("--threads {}: must be 1 to {most}", quoted(&value)).into()
                        );
                    }
                    options.threads = threads;
                }
                Long("json") => options.json = true,
                Short('h') | Long("help") => return Ok(Self::Help),
                Value(path) => options.paths.push(path.into()),
                other => return Err(other.unexpected()),
            }
        }
        if options.paths.is_empty() {
            return Err("a path is missing".into());
        }
        Ok(Self::Replay(options))
    }
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
        ] {
            let problem = parse(words).unwrap_err();
            assert!(problem.contains(named), "{words:?}: {problem}");
        }
    }
}
