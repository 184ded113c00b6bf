//! Measurements in which nothing is known from before.

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
        Self
    }
}

impl Drop for Forgotten {
    fn drop(&mut self) {
        restart_memory(true);
    }
}
