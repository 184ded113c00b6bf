//! Finds blocks in files, folders and packs.

use flate2::read::GzDecoder;
use forerun_simulator::Codes;
use std::{
    fs::{self, File},
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

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
    let files = if path.is_dir() {
        read_folder(path)?
    } else if path
        .extension()
        .is_some_and(|extension| extension == "gz" || extension == "tgz")
    {
        read_archive(path)?
    } else {
        read_single(path)?
    };
    let mut codes = Codes::default();
    let mut blocks = Vec::new();
    for (name, json) in files {
        match name.as_str() {
            CODES => {
                codes = Codes::from_json(&json).map_err(|error| problem(path, error))?;
            }
            INDEX => {}
            _ => blocks.push(BlockFile { name, json }),
        }
    }
    if blocks.is_empty() {
        return Err(problem(path, "has no block"));
    }
    // By length first: the names are numbers of different lengths.
    blocks.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
    Ok(Pack { codes, blocks })
}

type NamedFile = (String, Vec<u8>);

fn read_folder(folder: &Path) -> Result<Vec<NamedFile>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| problem(folder, error))? {
        let path = entry.map_err(|error| problem(folder, error))?.path();
        if let Some(name) = json_name(&path) {
            files.push((
                name,
                fs::read(&path).map_err(|error| problem(&path, error))?,
            ));
        }
    }
    Ok(files)
}

fn read_archive(path: &Path) -> Result<Vec<NamedFile>, String> {
    let file = File::open(path).map_err(|error| problem(path, error))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut files = Vec::new();
    for entry in archive.entries().map_err(|error| problem(path, error))? {
        let mut entry = entry.map_err(|error| problem(path, error))?;
        let member: PathBuf = entry
            .path()
            .map_err(|error| problem(path, error))?
            .into_owned();
        if let Some(name) = json_name(&member) {
            let mut json = Vec::new();
            entry
                .read_to_end(&mut json)
                .map_err(|error| problem(path, error))?;
            files.push((name, json));
        }
    }
    Ok(files)
}

fn read_single(path: &Path) -> Result<Vec<NamedFile>, String> {
    let json = fs::read(path).map_err(|error| problem(path, error))?;
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let mut files = vec![(name, json)];
    let codes = path.with_file_name(CODES);
    if codes.exists() {
        let json = fs::read(&codes).map_err(|error| problem(&codes, error))?;
        files.push((CODES.to_owned(), json));
    }
    Ok(files)
}

fn json_name(path: &Path) -> Option<String> {
    path.extension().filter(|extension| *extension == "json")?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn problem(path: &Path, what: impl std::fmt::Display) -> String {
    format!("{}: {what}", path.display())
}
