//! What the workers of a parallel run share.

use crate::{
    Activity, Block, Options, StateSource,
    ahead::Execution,
    schedule::{Schedule, WindowControl},
    visible::{Visible, version_of},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything the workers share.
pub(crate) struct Run<'a, S> {
    pub(crate) block: &'a Block,
    pub(crate) base: &'a S,
    pub(crate) options: Options,
    pub(crate) threads: usize,
    pub(crate) visible: Visible,
    pub(crate) schedule: Schedule,
    /// What running ahead came to, until the driver takes it. The schedule sees to it that a slot
    /// has one user at a time, so these locks are never waited for.
    pub(crate) ahead: Box<[Mutex<Option<Box<Execution>>>]>,
    /// Executions that have been taken, kept for their room: they are filled by one thread and
    /// emptied by another, which is what allocators are slow at.
    #[expect(
        clippy::vec_box,
        reason = "the boxes themselves go from here to the slots and back"
    )]
    pub(crate) spare: Mutex<Vec<Box<Execution>>>,
    /// What helpers did when.
    pub(crate) timeline: Mutex<Vec<Activity>>,
}

impl<'a, S: StateSource> Run<'a, S> {
    pub(crate) fn new(block: &'a Block, base: &'a S, threads: usize, options: Options) -> Self {
        let count = block.transactions.len();
        let window = WindowControl::new(options.window).widest();
        Self {
            block,
            base,
            options,
            threads,
            visible: Visible::new(count),
            schedule: Schedule::new(count, threads, window, options.hints),
            ahead: (0..count).map(|_| Mutex::new(None)).collect(),
            spare: Mutex::default(),
            timeline: Mutex::default(),
        }
    }

    /// Lets the others see what running ahead came to.
    pub(crate) fn publish(&self, index: usize, execution: Box<Execution>) {
        if !self.schedule.is_wanted(index) {
            return;
        }
        self.visible.publish(version_of(index), &execution.writes);
        *lock(&self.ahead[index]) = Some(execution);
        self.schedule.executed(index);
    }

    /// The time, if anybody asked for it.
    pub(crate) fn now(&self) -> Option<f64> {
        self.options.clock.map(|clock| clock())
    }
}

/// What a lock guards here is whole at any time, or is not used after a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
