//! Where batches of free blocks lie that no thread keeps, and where new ones are made.

use crate::{
    block::{Batches, List},
    class::Class,
    spin_lock::SpinLock,
};
use std::alloc::GlobalAlloc;

/// Batches of every class, and the allocator behind.
#[derive(Debug)]
pub(crate) struct Depot<B> {
    shelves: [Shelf; Class::COUNT],
    backing: B,
}

/// The batches of a class, alone on its line of the processor's cache.
#[repr(align(64))]
#[derive(Debug)]
struct Shelf(SpinLock<Batches>);

impl<B> Depot<B> {
    pub(crate) const fn new(backing: B) -> Self {
        Self {
            shelves: [const { Shelf(SpinLock::new(Batches::new())) }; Class::COUNT],
            backing,
        }
    }

    pub(crate) const fn backing(&self) -> &B {
        &self.backing
    }

    const fn shelf(&self, class: Class) -> &SpinLock<Batches> {
        &self.shelves[class.index()].0
    }
}

impl<B: GlobalAlloc> Depot<B> {
    /// Fills an empty list with at least one block, unless there is no more memory.
    pub(crate) fn fill(&self, class: Class, list: &List) {
        let batch = class.batch();
        if self.shelf(class).with(|batches| batches.pop(list, batch)) {
            return;
        }
        // Outside the lock: the allocator behind has its own, and may wait for the browser.
        let blocks = if class.is_cut() { batch } else { 1 };
        // SAFETY: no class has a size of zero.
        let piece = unsafe { self.backing.alloc(class.layout(blocks)) };
        if piece.is_null() {
            return;
        }
        // Backwards, so that they are handed out in the order of their addresses.
        for index in (0..blocks).rev() {
            // SAFETY: the piece is as large as so many blocks and as aligned as one, a block's size
            // is a multiple of the alignment, and nobody else knows of the piece.
            unsafe { list.push(piece.add(index * class.size())) };
        }
    }

    /// Takes a whole batch.
    pub(crate) fn give(&self, class: Class, batch: &List) {
        debug_assert_eq!(batch.len(), class.batch());
        let limit = class.depot_batches();
        self.shelf(class).with(|batches| {
            if batches.count() < limit {
                batches.push(batch);
            }
        });
        // What was not taken.
        loop {
            let block = batch.pop();
            if block.is_null() {
                return;
            }
            // SAFETY: only a class that is not cut has a limit, and its blocks were allocated one
            // by one, with this layout.
            unsafe { self.backing.dealloc(block, class.layout(1)) };
        }
    }
}
