//! Finds blocks, and the codes that they share, in files, folders and packs.

use crate::files::{self, Depth, ReadFile, problem};
use forerun_simulator::Codes;
use std::{fs, path::Path};

/// File with the codes that all blocks beside it share.
const CODES: &str = "codes.json";
/// A list of the pack's blocks, which says nothing that the blocks don't.
const INDEX: &str = "index.json";

/// Blocks that share their codes.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) codes: Codes,
    pub(crate) blocks: Vec<BlockFile>,
}

/// One block, unparsed.
#[derive(Debug)]
pub(crate) struct BlockFile {
    pub(crate) name: String,
    pub(crate) json: Vec<u8>,
}

/// Reads what is at `path`. Blocks come in the order of their numbers.
pub(crate) fn open(path: &Path) -> Result<Pack, String> {
    let mut files = files::read(path, Depth::Flat)?;
    let beside = path.with_file_name(CODES);
    if path.is_file() && files.iter().all(|file| file.name() != CODES) && beside.exists() {
        files.push(ReadFile {
            path: CODES.into(),
            content: fs::read(&beside).map_err(|error| problem(&beside, error))?,
        });
    }
    let mut codes = Codes::default();
    let mut blocks = Vec::new();
    for file in files {
        match file.name().as_str() {
            CODES => {
                codes = Codes::from_json(&file.content).map_err(|error| problem(path, error))?;
            }
            INDEX => {}
            name => blocks.push(BlockFile {
                name: name.to_owned(),
                json: file.content,
            }),
        }
    }
    if blocks.is_empty() {
        return Err(problem(path, "has no block"));
    }
    // By length first: the names are numbers of different lengths.
    blocks.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
    Ok(Pack { codes, blocks })
}
