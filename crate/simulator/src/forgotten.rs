//! Measurements in which nothing is known from before.

use forerun_executor::forget_hashes;
#[cfg(feature = "fast-precompiles")]
use forerun_precompiles::restart_memory;

/// Without precompiles of our own nothing is remembered anyway.
#[cfg(not(feature = "fast-precompiles"))]
const fn restart_memory(_: bool) {}

/// As long as this is there, no result of a signature or precompile is remembered, by anybody in this
/// process. Results are the same with and without.
#[derive(Debug)]
pub(crate) struct Forgotten;

impl Forgotten {
    pub(crate) fn new() -> Self {
        restart_memory(false);
        forget_hashes();
        Self
    }

    /// Has what was learned since be forgotten too.
    #[expect(
        clippy::unused_self,
        reason = "there is nothing to forget where nothing is forgotten"
    )]
    pub(crate) fn again(&self) {
        forget_hashes();
    }
}

impl Drop for Forgotten {
    fn drop(&mut self) {
        restart_memory(true);
    }
}
