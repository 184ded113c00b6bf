//! A vector as its file has it: remarks that begin with `//`, requests with `>>`, answers with `<<`.

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The remark that asks for no more than an answer of the right shape.
const BY_SHAPE: &str = "speconly:";

/// Requests, each with its answer.
#[derive(Clone, Debug)]
pub(super) struct Vector {
    /// The method's folder and the file.
    pub(super) path: PathBuf,
    pub(super) by_shape: bool,
    pub(super) exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) request: Value,
    /// `{ result }` or `{ error }`, without the envelope.
    pub(super) answer: Value,
}

impl Exchange {
    /// The method's name.
    pub(super) fn method(&self) -> &str {
        self.request["method"].as_str().unwrap_or_default()
    }

    /// The parameters, if there are any.
    pub(super) fn params(&self) -> &[Value] {
        self.request["params"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl Vector {
    /// Reads a file, or says what is wrong with it.
    pub(super) fn read(path: &Path, content: &[u8]) -> Result<Self, String> {
        let problem = |line: usize, what: &str| format!("{}:{line}: {what}", path.display());
        let text = std::str::from_utf8(content).map_err(|_| problem(1, "is not UTF-8"))?;
        let mut by_shape = false;
        let mut request = None;
        let mut exchanges = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let parse = |json: &str| {
                serde_json::from_str::<Value>(json)
                    .map_err(|error| problem(number, &error.to_string()))
            };
            if let Some(remark) = line.strip_prefix("//") {
                by_shape |= remark.trim_start().starts_with(BY_SHAPE);
            } else if let Some(json) = line.strip_prefix(">>") {
                if request.replace(parse(json)?).is_some() {
                    return Err(problem(number, "the request before has no answer"));
                }
            } else if let Some(json) = line.strip_prefix("<<") {
                let request = request
                    .take()
                    .ok_or_else(|| problem(number, "an answer without a request"))?;
                let answer = without_envelope(parse(json)?);
                exchanges.push(Exchange { request, answer });
            } else if !line.trim().is_empty() {
                return Err(problem(number, "begins with none of //, >> and <<"));
            }
        }
        if request.is_some() || exchanges.is_empty() {
            return Err(problem(
                1,
                "not every request has an answer, or there is none",
            ));
        }
        Ok(Self {
            path: last_two(path),
            by_shape,
            exchanges,
        })
    }
}

fn without_envelope(mut answer: Value) -> Value {
    let mut rest = Map::new();
    for name in ["result", "error"] {
        if let Some(value) = answer.get_mut(name) {
            rest.insert(name.into(), value.take());
        }
    }
    Value::Object(rest)
}

fn last_two(path: &Path) -> PathBuf {
    let parts: Vec<_> = path.components().collect();
    parts[parts.len().saturating_sub(2)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Vector, String> {
        Vector::read(Path::new("a/b/eth_x/name.io"), text.as_bytes())
    }

    #[test]
    fn a_vector_is_its_exchanges_in_their_order() {
        let text = "// remark\n>> {\"method\":\"eth_x\",\"params\":[1]}\n<< {\"id\":1,\"result\":2}\n\
            \n>> {\"method\":\"eth_y\"}\n<< {\"id\":1,\"error\":{\"code\":3}}\n";
        let vector = read(text).expect("a vector");
        assert_eq!(vector.path, Path::new("eth_x/name.io"));
        assert!(!vector.by_shape);
        let [first, second] = vector.exchanges.as_slice() else {
            panic!("{vector:?}")
        };
        assert_eq!((first.method(), first.params()), ("eth_x", &[json!(1)][..]));
        assert_eq!(first.answer, json!({ "result": 2 }));
        assert_eq!((second.method(), second.params()), ("eth_y", &[][..]));
        assert_eq!(second.answer, json!({ "error": { "code": 3 } }));
    }

    #[test]
    fn a_remark_says_that_only_the_shape_counts() {
        let text = "// what it does\n// speconly: checked for its schema\n>> {}\n<< {}";
        assert!(read(text).expect("a vector").by_shape);
    }

    #[test]
    fn what_is_no_vector_is_refused_with_its_line() {
        for (text, reason) in [
            ("", ":1: not every request"),
            (">> {}", ":1: not every request"),
            (">> {}\n>> {}", ":2: the request before"),
            ("<< {}", ":1: an answer without"),
            (">> {}\n<< {", ":2: EOF"),
            ("what", ":1: begins with none"),
        ] {
            let found = read(text).expect_err("no vector");
            assert!(found.contains(reason), "{text:?}: {found}");
        }
    }
}
