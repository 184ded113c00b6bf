//! Where a run gets its threads from.

use rayon::{Scope, ThreadPool};

/// A rayon pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pool<'p> {
    /// The one that the caller is in, or else the global one.
    Current,
    /// This one, whose threads work beside the calling thread.
    Beside(&'p ThreadPool),
}

impl Pool<'_> {
    /// Runs `work` on the calling thread and whatever it spawns on those of the pool. Returns when
    /// all of it is done.
    pub(crate) fn scope<'s, R>(self, work: impl FnOnce(&Scope<'s>) -> R) -> R {
        match self {
            Self::Current => rayon::in_place_scope(work),
            Self::Beside(pool) => pool.in_place_scope(work),
        }
    }
}

/// Spawns work in a scope. Boxed, so that rayon's part of it is compiled once for all of them.
pub(crate) fn spawn<'s>(scope: &Scope<'s>, work: Box<dyn FnOnce() + Send + 's>) {
    scope.spawn(move |_| work());
}
