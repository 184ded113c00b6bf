//! What a request stands on.

use crate::Snapshot;
use forerun_executor::Guesses;

/// A base state for a request.
pub(crate) trait Ground: Guesses {
    /// Whether to execute what follows a transaction that is not valid. The answer is the same, since
    /// it names the first of them; but if that one is not valid only because of a guess, those behind
    /// it have to be seen too.
    fn goes_on(&self) -> bool;
}

impl Guesses for Snapshot {
    fn guessed(&self) -> u64 {
        0
    }
}

impl Ground for Snapshot {
    fn goes_on(&self) -> bool {
        false
    }
}
