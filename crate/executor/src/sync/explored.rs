//! loom's locks and atomics, with a total order where it is asked for.
//!
//! loom takes a `SeqCst` access for an acquiring and releasing one. That finds too much: what rests
//! on the total order, as two threads that each write one place and then read the other's, fails
//! there though it is right. So [`with_total_order`] puts a fence, which loom does know, before each
//! such access. That orders somewhat more than the accesses alone would: nothing is found then that
//! goes wrong only because a *weaker* access beside them is not in the order. What does not need the
//! total order is therefore explored without.

use std::cell::Cell;

pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, RwLock};

/// Passes no time. loom would take it for a wish to let others go on, and try out less.
pub(crate) const fn spin_loop() {}

thread_local! {
    // loom plays all threads on the one that calls it.
    static TOTAL_ORDER: Cell<bool> = const { Cell::new(false) };
}

/// Calls `explore` with `SeqCst` accesses in one total order.
#[cfg(test)]
pub(crate) fn with_total_order(explore: impl FnOnce()) {
    TOTAL_ORDER.set(true);
    explore();
    TOTAL_ORDER.set(false);
}

fn before(order: atomic::Ordering) {
    if order == atomic::Ordering::SeqCst && TOTAL_ORDER.get() {
        loom::sync::atomic::fence(order);
    }
}

/// The atomics, as far as they are used.
pub(crate) mod atomic {
    use super::before;
    pub(crate) use std::sync::atomic::Ordering;

    macro_rules! atomic {
        ($name:ident, $value:ty $(, $change:ident)*) => {
            #[derive(Debug)]
            pub(crate) struct $name(loom::sync::atomic::$name);

            #[allow(dead_code, reason = "not every kind is used in every way")]
            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    Self(loom::sync::atomic::$name::new(value))
                }

                pub(crate) fn load(&self, order: Ordering) -> $value {
                    before(order);
                    self.0.load(order)
                }

                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    before(order);
                    self.0.store(value, order);
                }

                $(
                    pub(crate) fn $change(&self, value: $value, order: Ordering) -> $value {
                        before(order);
                        self.0.$change(value, order)
                    }
                )*
            }
        };
    }

    atomic!(AtomicBool, bool);
    atomic!(AtomicU8, u8);
    atomic!(AtomicU32, u32);
    atomic!(AtomicU64, u64, fetch_or);
    atomic!(AtomicUsize, usize, fetch_add, fetch_sub, fetch_max);

    impl AtomicU8 {
        pub(crate) fn compare_exchange(
            &self,
            current: u8,
            new: u8,
            success: Ordering,
            failure: Ordering,
        ) -> Result<u8, u8> {
            before(success);
            self.0.compare_exchange(current, new, success, failure)
        }
    }
}
