//! What came out of a case, and which one it was.

use std::{any::Any, path::Path};

/// What came out of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as the test says.
    Passed,
    /// What differs.
    Failed(String),
    /// Why it was not run. The same reason for all cases that it holds for: they are counted by it.
    Skipped(String),
}

impl Verdict {
    /// Of a case that ended in a panic.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message");
        Self::Failed(format!("panicked: {message}"))
    }
}

/// Which case it was.
#[derive(Clone, Copy, Debug)]
pub struct CaseName<'a> {
    /// Where the file lies, from the folder or archive that was named.
    pub file: &'a Path,
    /// Name of the test in the file.
    pub test: &'a str,
    /// Name of the fork, as the test has it.
    pub fork: &'a str,
    /// Of a state test, its place in the fork's list.
    pub index: Option<usize>,
}
