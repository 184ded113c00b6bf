//! The allocator of a program: one depot, and a cache for each thread.

use crate::{
    cache::Cache,
    depot::Depot,
    routing::{self, Caches},
    spin_lock::SpinLock,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
};

/// What a thread's cache begins with, once the thread has its own storage.
const PRESENT: u32 = 0x66_6f_72_65;

/// For `#[global_allocator]`: thread caches over the standard library's allocator.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadCaching;

static DEPOT: Depot<System> = Depot::new(System);

/// For threads that are just coming into being, see [`ThreadCaching::with_cache`].
static EARLY: SpinLock<SendCache> = SpinLock::new(SendCache(Cache::new()));

struct SendCache(Cache);

// SAFETY: a cache owns its blocks, which are plain memory.
unsafe impl Send for SendCache {}

#[repr(C)]
struct OwnCache {
    present: u32,
    cache: Cache,
}

thread_local! {
    // A constant without anything to drop: it takes no allocation to make and can be used for as long
    // as the thread runs.
    static OWN: OwnCache = const {
        OwnCache { present: PRESENT, cache: Cache::new() }
    };
}

// SAFETY: a thread uses its own cache, or the shared one under its lock. Nothing that is done with it
// comes back here, since the depot calls the standard library's allocator only. All are used with the
// one depot there is.
unsafe impl Caches for ThreadCaching {
    /// In WebAssembly a thread asks for the memory of its own thread-local storage before it has any:
    /// until then its storage seems to lie at the address 0, where all such threads would share a
    /// cache without knowing. That address is the far end of the first thread's stack and does not
    /// hold [`PRESENT`].
    #[inline]
    fn with_cache<R>(&self, work: impl FnOnce(&Cache) -> R) -> R {
        // Where it seems to lie at 0 exactly, `try_with` may say that there is none.
        let own = OWN.try_with(ptr::from_ref).unwrap_or(ptr::null());
        // Volatile, or it would be taken for the constant that it was written as.
        // SAFETY: it is null or lies in memory.
        if !own.is_null() && unsafe { ptr::read_volatile(&raw const (*own).present) } == PRESENT {
            // SAFETY: it is this thread's, and lives as long as the thread since nothing drops it.
            work(unsafe { &(*own).cache })
        } else {
            EARLY.with(|early| work(&early.0))
        }
    }
}

// SAFETY: blocks of a class are disjoint parts of what the standard library's allocator gave, as large
// and as aligned as the class says, and each is in one list or with one caller. All else goes to that
// allocator. Nothing here panics.
unsafe impl GlobalAlloc for ThreadCaching {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        unsafe { routing::alloc(self, &DEPOT, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        unsafe { routing::alloc_zeroed(self, &DEPOT, layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { routing::dealloc(self, &DEPOT, block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as the caller promised.
        unsafe { routing::realloc(self, &DEPOT, block, layout, new_size) }
    }
}
