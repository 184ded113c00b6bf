//! A free block, which holds the links of the lists it is in.

use std::{cell::Cell, ptr};

/// The beginning of a free block.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Block {
    /// The next of the same list.
    next: *mut Self,
    /// The first block of the next batch, in the first block of a batch that is in the depot.
    next_batch: *mut Self,
}

/// Free blocks of one size, linked one to the next. Whoever has the list owns its blocks.
#[derive(Debug)]
pub(crate) struct List {
    first: Cell<*mut Block>,
    length: Cell<usize>,
}

impl List {
    pub(crate) const fn new() -> Self {
        Self {
            first: Cell::new(ptr::null_mut()),
            length: Cell::new(0),
        }
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.length.get()
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }

    /// Adds a block.
    ///
    /// # Safety
    /// `block` is free, is owned by the caller, who gives it up, and has room and alignment for a
    /// [`Block`].
    #[inline]
    pub(crate) unsafe fn push(&self, block: *mut u8) {
        let block = block.cast::<Block>();
        // SAFETY: the caller owns it, and it is large and aligned enough.
        unsafe { (&raw mut (*block).next).write(self.first.get()) };
        self.first.set(block);
        self.length.set(self.length.get() + 1);
    }

    /// Takes a block out; null if there is none.
    #[inline]
    pub(crate) fn pop(&self) -> *mut u8 {
        let block = self.first.get();
        if !block.is_null() {
            // SAFETY: it is in this list, so `push` has written its link and nobody else has it.
            self.first.set(unsafe { (*block).next });
            self.length.set(self.length.get() - 1);
        }
        block.cast()
    }

    /// Moves all blocks of another list, of which this one is empty.
    #[inline]
    pub(crate) fn take(&self, other: &Self) {
        debug_assert!(self.is_empty());
        self.first.set(other.first.replace(ptr::null_mut()));
        self.length.set(other.length.replace(0));
    }
}

/// Lists of equal length, none of them empty, one behind the other.
#[derive(Debug)]
pub(crate) struct Batches {
    first: *mut Block,
    count: usize,
}

// SAFETY: it owns its blocks, which are plain memory.
unsafe impl Send for Batches {}

impl Batches {
    pub(crate) const fn new() -> Self {
        Self {
            first: ptr::null_mut(),
            count: 0,
        }
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Takes the blocks of a list that is not empty.
    pub(crate) fn push(&mut self, list: &List) {
        let block = list.first.replace(ptr::null_mut());
        list.length.set(0);
        debug_assert!(!block.is_null());
        // SAFETY: the list owned its blocks, and each is large enough for both links.
        unsafe { (&raw mut (*block).next_batch).write(self.first) };
        self.first = block;
        self.count += 1;
    }

    /// Gives the blocks that were pushed last to a list, which is empty; whether there were any. Each
    /// list had `length` blocks.
    pub(crate) fn pop(&mut self, list: &List, length: usize) -> bool {
        let block = self.first;
        if block.is_null() {
            return false;
        }
        // SAFETY: it is the first of a batch, so `push` has written its link and nobody else has it.
        self.first = unsafe { (*block).next_batch };
        self.count -= 1;
        debug_assert!(list.is_empty());
        list.first.set(block);
        list.length.set(length);
        true
    }
}
