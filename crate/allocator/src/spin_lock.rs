//! A lock for a few instructions.

use std::{
    cell::UnsafeCell,
    hint,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// How often the lock is looked at before the processor is offered to others, where that is possible.
const LOOKS: u32 = 64;

/// A value that one thread at a time may have.
///
/// Not the standard library's mutex: on some systems that one allocates, which an allocator may not
/// do, and it may block, which the main thread of a page may not do. What is done under this lock
/// neither allocates nor waits nor panics, so it is held for some instructions only.
#[derive(Debug)]
pub(crate) struct SpinLock<T> {
    /// Written by whoever takes and gives back the lock. Taking it is an acquire and giving it back
    /// a release, so all that a holder did to the value happens before what the next one does.
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one thread at a time, by `with`, in the order said at `taken`.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Does something to the value; it must not panic and must not come back here.
    #[inline]
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        while self
            .taken
            .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.wait();
        }
        // SAFETY: the lock is held, and whoever else wants the value waits above.
        let result = work(unsafe { &mut *self.value.get() });
        self.taken.store(false, Ordering::Release);
        result
    }

    /// Returns when the lock was seen free, or after a while. Relaxed: whoever takes the lock
    /// acquires.
    #[cold]
    fn wait(&self) {
        for _ in 0..LOOKS {
            if !self.taken.load(Ordering::Relaxed) {
                return;
            }
            hint::spin_loop();
        }
        // Does nothing in a browser.
        thread::yield_now();
    }
}
