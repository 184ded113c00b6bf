//! How a run is carried out.

use std::num::NonZeroUsize;

/// How a run is carried out. Nothing in here changes the result.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many workers execute. One is the sequential loop.
    pub threads: NonZeroUsize,
    /// How far behind the head transactions may run ahead.
    pub window: Window,
    /// Whether guesses of which transactions get in each other's way decide which run ahead first.
    pub hints: bool,
    /// What a transaction that runs ahead is told of state that may still change.
    pub prediction: Prediction,
    /// Tells the time in milliseconds from any start, for the timeline of the report. Without one
    /// there is no timeline.
    pub clock: Option<fn() -> f64>,
}

impl Options {
    /// The usual way of running, on this many workers.
    pub const fn new(threads: NonZeroUsize) -> Self {
        Self {
            threads,
            window: Window::Adaptive,
            hints: true,
            prediction: Prediction::Seen,
            clock: None,
        }
    }
}

/// How far behind the head transactions may run ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// Wider while what ran ahead stands, narrower when it does not.
    #[default]
    Adaptive,
    /// Always this many transactions, the head included. With 1 nothing runs ahead.
    Fixed(NonZeroUsize),
}

impl Window {
    /// Whether nothing can run ahead in it.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self, Self::Fixed(window) if window.get() == 1)
    }
}

/// What a transaction that runs ahead is told of state that may still change. For tests: whatever
/// it is told, the result is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prediction {
    /// What those before it that have run wrote.
    #[default]
    Seen,
    /// What was there before the block.
    Stale,
    /// Often something made up, by a sequence of random numbers that starts here.
    Garbage(u64),
}
