//! Finds files, mostly JSON: one file, those of a folder, or those of a .tar.gz.

use flate2::read::GzDecoder;
use std::{
    fs::{self, File},
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// A file that was read whole.
#[derive(Debug)]
pub(crate) struct ReadFile {
    /// Where it lies, from the folder or archive that was named; of a single file its name.
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
}

impl ReadFile {
    /// The last part of its path.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// Whether a folder's own folders belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Flat,
    Recursive,
}

/// Reads all JSON files at `path`. A single file is read whatever it is called.
pub(crate) fn read(path: &Path, depth: Depth) -> Result<Vec<ReadFile>, String> {
    read_some(path, depth, &is_json)
}

/// Reads those files at `path` that are wanted. A single file is read whatever it is called.
pub(crate) fn read_some(
    path: &Path,
    depth: Depth,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Vec<ReadFile>, String> {
    if path.is_dir() {
        let mut files = Vec::new();
        read_folder(path, path, (depth, wanted), &mut files)?;
        Ok(files)
    } else if path
        .extension()
        .is_some_and(|extension| extension == "gz" || extension == "tgz")
    {
        read_archive(path, wanted)
    } else {
        Ok(vec![ReadFile {
            path: path
                .file_name()
                .map_or_else(|| path.to_owned(), PathBuf::from),
            content: fs::read(path).map_err(|error| problem(path, error))?,
        }])
    }
}

fn read_folder(
    root: &Path,
    folder: &Path,
    (depth, wanted): (Depth, &dyn Fn(&Path) -> bool),
    files: &mut Vec<ReadFile>,
) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| problem(folder, error))? {
        let path = entry.map_err(|error| problem(folder, error))?.path();
        if path.is_dir() {
            if depth == Depth::Recursive {
                read_folder(root, &path, (depth, wanted), files)?;
            }
        } else if wanted(&path) {
            files.push(ReadFile {
                path: path.strip_prefix(root).unwrap_or(&path).to_owned(),
                content: fs::read(&path).map_err(|error| problem(&path, error))?,
            });
        }
    }
    Ok(())
}

fn read_archive(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<ReadFile>, String> {
    let file = File::open(path).map_err(|error| problem(path, error))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut files = Vec::new();
    for entry in archive.entries().map_err(|error| problem(path, error))? {
        let mut entry = entry.map_err(|error| problem(path, error))?;
        let member: PathBuf = entry
            .path()
            .map_err(|error| problem(path, error))?
            .into_owned();
        if wanted(&member) {
            let mut content = Vec::new();
            entry
                .read_to_end(&mut content)
                .map_err(|error| problem(path, error))?;
            files.push(ReadFile {
                path: member,
                content,
            });
        }
    }
    Ok(files)
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json")
}

/// A sentence about what is wrong with a path.
pub(crate) fn problem(path: &Path, what: impl std::fmt::Display) -> String {
    format!("{}: {what}", path.display())
}
