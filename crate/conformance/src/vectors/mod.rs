//! JSON-RPC vectors: requests to a node and the answers that it gave, with the chain that they are
//! about (the `tests` folder of Ethereum's `execution-apis`).
//!
//! | module | holds |
//! |---|---|
//! | `format` | a vector as its file has it |
//! | `block` | which block a request is about |
//! | `differences` | where two JSON values are not the same, or not of the same shape |
//! | `pieces` | a complete state that is handed out piece by piece |
//! | `run` | runs a vector here, in every way in which state and threads can be had |

mod block;
mod differences;
mod format;
mod pieces;
mod run;

use crate::{ImportedChain, verdict::Verdict};
use forerun_simulator::METHODS;
use format::Vector;
pub use run::VectorRunner;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A chain, and what was asked about it.
#[derive(Debug)]
pub struct VectorSuite {
    chain: ImportedChain,
    vectors: Vec<Vector>,
}

/// What has to be done for a vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan<'a> {
    /// Its requests, in their order, on the state behind a block.
    Ask {
        /// The block that they are about.
        block: u64,
        /// Requests as they go to a node.
        requests: Vec<&'a Value>,
    },
    /// Nothing, for this reason.
    Skip(String),
}

impl VectorSuite {
    /// Reads the files of a suite, whatever folder they lie in, and imports its chain; so many workers
    /// execute each block. The vectors come in the order of their paths.
    ///
    /// # Errors
    /// What is missing, or what is wrong with the chain or the first file that is no vector.
    pub fn read(files: &[(PathBuf, Vec<u8>)], threads: usize) -> Result<Self, String> {
        let content = |name: &str| {
            let found = files.iter().find(|(path, _)| path.ends_with(name));
            found
                .map(|(_, content)| content.as_slice())
                .ok_or_else(|| format!("there is no {name}"))
        };
        let mut vectors = files
            .iter()
            .filter(|(path, _)| is_vector(path))
            .map(|(path, content)| Vector::read(path, content))
            .collect::<Result<Vec<_>, _>>()?;
        vectors.sort_by(|a, b| a.path.cmp(&b.path));
        if vectors.is_empty() {
            return Err("there is no vector, a file that ends in .io".into());
        }
        let (genesis, blocks) = (content("genesis.json")?, content("chain.rlp")?);
        Ok(Self {
            chain: ImportedChain::import(genesis, blocks, threads)?,
            vectors,
        })
    }

    /// Whether a file is a part of a suite.
    pub fn needs(path: &Path) -> bool {
        is_vector(path) || path.ends_with("genesis.json") || path.ends_with("chain.rlp")
    }

    /// The chain.
    pub const fn chain(&self) -> &ImportedChain {
        &self.chain
    }

    /// How many vectors there are.
    pub const fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether there is no vector.
    pub const fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// The path of a vector: the folder, which is called as the method, and the file.
    pub fn path(&self, index: usize) -> &Path {
        &self.vectors[index].path
    }

    /// The method that a vector calls first.
    pub fn method(&self, index: usize) -> &str {
        let first = self.vectors[index].exchanges.first();
        first.map_or("", format::Exchange::method)
    }

    /// Whether only the shape of a vector's answers counts, as its file says.
    pub fn is_by_shape(&self, index: usize) -> bool {
        self.vectors[index].by_shape
    }

    /// What has to be done for a vector.
    pub fn plan(&self, index: usize) -> Plan<'_> {
        let Vector { exchanges, .. } = &self.vectors[index];
        let mut blocks = Vec::with_capacity(exchanges.len());
        for exchange in exchanges {
            let method = exchange.method();
            if !METHODS.contains(&method) {
                return Plan::Skip(format!("{method} is not answered here"));
            }
            blocks.push(block::of(&self.chain, method, exchange.params()));
        }
        let block = blocks.first().copied().unwrap_or_default();
        if blocks.iter().any(|other| *other != block) {
            return Plan::Skip("its requests are about different blocks".into());
        }
        let requests = exchanges.iter().map(|exchange| &exchange.request);
        Plan::Ask {
            block,
            requests: requests.collect(),
        }
    }

    /// Compares what came back for a vector with what should: a value for each of its requests,
    /// `{ result }` or `{ error: { code, message, data? } }`.
    pub fn judge(&self, index: usize, answers: &[Value]) -> Verdict {
        let Vector {
            exchanges,
            by_shape,
            ..
        } = &self.vectors[index];
        let expected: Vec<_> = exchanges.iter().map(|exchange| &exchange.answer).collect();
        if expected.len() != answers.len() {
            let (found, expected) = (answers.len(), expected.len());
            return Verdict::Failed(format!("{found} answers, not {expected}"));
        }
        let differences = expected.iter().zip(answers).find_map(|(expected, found)| {
            let found_differences = if *by_shape {
                differences::of_shape(found, expected)
            } else {
                differences::of_values(found, expected)
            };
            (!found_differences.is_empty()).then_some(found_differences)
        });
        differences.map_or(Verdict::Passed, |some| Verdict::Failed(some.join("; ")))
    }
}

fn is_vector(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "io")
}
