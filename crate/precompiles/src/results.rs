//! The one memory of the process, and what its keys begin with.

use crate::memory::Memory;
use std::sync::LazyLock;

pub(crate) static RESULTS: LazyLock<Memory> = LazyLock::new(Memory::new);

/// First byte of a signer's key. Those of precompiles begin with the number of their rules, which is
/// smaller.
pub(crate) const SIGNER: u8 = u8::MAX;

/// Forgets all results, and remembers new ones from now on or does not. At the start results are
/// remembered; a measurement that is to find nothing known calls this.
pub fn restart_memory(is_on: bool) {
    RESULTS.restart(is_on);
}
