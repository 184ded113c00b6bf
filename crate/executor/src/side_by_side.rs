//! The same work for many items, on several threads.
//!
//! rayon's iterators are compiled anew for each type that goes through them, which is two to three
//! kilobytes, compressed, of the file that a page loads. So threads are handed numbers here, and what
//! comes of them waits in slots.

use crate::pool::{Pool, spawn};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Does work for so many items and returns what it came to, in their order. The calling thread takes
/// part, and with it so many of rayon's pool that there are `threads`.
pub fn side_by_side<T: Send>(
    threads: usize,
    items: usize,
    work: &(dyn Fn(usize) -> T + Sync),
) -> Vec<T> {
    side_by_side_on(Pool::Current, threads, items, work)
}

/// The same with the threads of a pool.
pub(crate) fn side_by_side_on<T: Send>(
    pool: Pool<'_>,
    threads: usize,
    items: usize,
    work: &(dyn Fn(usize) -> T + Sync),
) -> Vec<T> {
    if threads == 1 {
        return (0..items).map(work).collect();
    }
    let slots = Mutex::new((0..items).map(|_| None).collect::<Vec<_>>());
    share(pool, threads.min(items), items, &|item| {
        let done = work(item);
        slots.lock().unwrap_or_else(PoisonError::into_inner)[item] = Some(done);
    });
    let slots = slots.into_inner().unwrap_or_else(PoisonError::into_inner);
    // All are filled: a panic of the work would have gone on out of the scope.
    slots.into_iter().flatten().collect()
}

#[inline(never)]
fn share(pool: Pool<'_>, threads: usize, items: usize, work: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let item = next.fetch_add(1, Relaxed);
            if item >= items {
                break;
            }
            work(item);
        }
    };
    pool.scope(|scope| {
        for _ in 1..threads {
            spawn(scope, Box::new(&take));
        }
        take();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_in_order() {
        for threads in [1, 2, 8] {
            for items in [0, 1, 1_000] {
                let expected: Vec<_> = (0..items).map(|item| item * item).collect();
                let found = side_by_side(threads, items, &|item| item * item);
                assert_eq!(found, expected, "{items} items on {threads} threads");
            }
        }
    }

    #[test]
    fn a_panic_goes_on_and_nothing_comes_back() {
        for threads in [1, 2, 8] {
            let work = |item: usize| assert_ne!(item, 3, "the work that fails");
            let found = std::panic::catch_unwind(|| side_by_side(threads, 10, &work));
            assert!(found.is_err(), "on {threads} threads");
        }
    }
}
