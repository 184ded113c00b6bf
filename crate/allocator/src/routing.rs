//! Which way a call goes: by a cache, or straight to the allocator behind. A block is freed as it was
//! allocated because the way depends on its layout alone.

use crate::{cache::Cache, class::Class, depot::Depot};
use std::{
    alloc::{GlobalAlloc, Layout},
    ptr,
};

/// Runs work on the calling thread's cache.
///
/// # Safety
/// `with_cache` calls the work exactly once, with a cache that no other thread uses meanwhile and
/// that was only ever used with the same depot.
pub(crate) unsafe trait Caches {
    fn with_cache<R>(&self, work: impl FnOnce(&Cache) -> R) -> R;
}

/// [`GlobalAlloc::alloc`].
///
/// # Safety
/// As there.
#[inline]
pub(crate) unsafe fn alloc<B: GlobalAlloc>(
    caches: &impl Caches,
    depot: &Depot<B>,
    layout: Layout,
) -> *mut u8 {
    match Class::of(layout) {
        Some(class) => caches.with_cache(|cache| cache.allocate(class, depot)),
        // SAFETY: as the caller promised.
        None => unsafe { depot.backing().alloc(layout) },
    }
}

/// [`GlobalAlloc::alloc_zeroed`].
///
/// # Safety
/// As there.
#[inline]
pub(crate) unsafe fn alloc_zeroed<B: GlobalAlloc>(
    caches: &impl Caches,
    depot: &Depot<B>,
    layout: Layout,
) -> *mut u8 {
    let Some(class) = Class::of(layout) else {
        // SAFETY: as the caller promised. It may know of memory that is zero already.
        return unsafe { depot.backing().alloc_zeroed(layout) };
    };
    let block = caches.with_cache(|cache| cache.allocate(class, depot));
    if !block.is_null() {
        // SAFETY: the block is as large as the layout at least, and ours.
        unsafe { ptr::write_bytes(block, 0, layout.size()) };
    }
    block
}

/// [`GlobalAlloc::dealloc`].
///
/// # Safety
/// As there.
#[inline]
pub(crate) unsafe fn dealloc<B: GlobalAlloc>(
    caches: &impl Caches,
    depot: &Depot<B>,
    block: *mut u8,
    layout: Layout,
) {
    match Class::of(layout) {
        // SAFETY: it was allocated with this layout, so by this class, and is given up.
        Some(class) => caches.with_cache(|cache| unsafe { cache.free(block, class, depot) }),
        // SAFETY: it was allocated with this layout, so by the allocator behind.
        None => unsafe { depot.backing().dealloc(block, layout) },
    }
}

/// [`GlobalAlloc::realloc`].
///
/// # Safety
/// As there.
#[inline]
pub(crate) unsafe fn realloc<B: GlobalAlloc>(
    caches: &impl Caches,
    depot: &Depot<B>,
    block: *mut u8,
    layout: Layout,
    new_size: usize,
) -> *mut u8 {
    // SAFETY: the caller promised that the new size is one.
    let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
    match (Class::of(layout), Class::of(new_layout)) {
        (Some(old), Some(new)) if old == new => block,
        // SAFETY: it was allocated with this layout, so by the allocator behind.
        (None, None) => unsafe { depot.backing().realloc(block, layout, new_size) },
        _ => {
            // SAFETY: the new layout is one, as above.
            let moved = unsafe { alloc(caches, depot, new_layout) };
            if !moved.is_null() {
                // SAFETY: both are at least so large, and the new one is nobody else's, so they do
                // not overlap. The old one is given up only after that.
                unsafe {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                    dealloc(caches, depot, block, layout);
                }
            }
            moved
        }
    }
}
