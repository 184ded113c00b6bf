//! A thread's free blocks.

use crate::{block::List, class::Class, depot::Depot};
use std::alloc::GlobalAlloc;

/// Free blocks of every class that one thread has for itself. It is used through a shared reference
/// and holds cells, so it cannot be used by two threads at once.
#[derive(Debug)]
pub(crate) struct Cache {
    stocks: [Stock; Class::COUNT],
}

/// The free blocks of a class: `open` is taken from and given to, and holds at most a batch; `spare`
/// is a whole batch or empty. A thread that allocates and frees around the end of a batch so does not
/// go to the depot each time.
#[derive(Debug)]
struct Stock {
    open: List,
    spare: List,
}

impl Cache {
    pub(crate) const fn new() -> Self {
        Self {
            stocks: [const {
                Stock {
                    open: List::new(),
                    spare: List::new(),
                }
            }; Class::COUNT],
        }
    }

    /// Takes a block; null if there is no more memory.
    #[inline]
    pub(crate) fn allocate<B: GlobalAlloc>(&self, class: Class, depot: &Depot<B>) -> *mut u8 {
        let stock = &self.stocks[class.index()];
        let block = stock.open.pop();
        if block.is_null() {
            return stock.reopen(class, depot);
        }
        block
    }

    /// Gives a block.
    ///
    /// # Safety
    /// The block is of this class and this depot, of whichever thread's cache it came, and the caller
    /// gives it up.
    #[inline]
    pub(crate) unsafe fn free<B: GlobalAlloc>(
        &self,
        block: *mut u8,
        class: Class,
        depot: &Depot<B>,
    ) {
        let stock = &self.stocks[class.index()];
        if stock.open.len() == class.batch() {
            stock.close(class, depot);
        }
        // SAFETY: the caller gives it up, and a block of any class has room for the links.
        unsafe { stock.open.push(block) };
    }
}

impl Stock {
    #[cold]
    fn reopen<B: GlobalAlloc>(&self, class: Class, depot: &Depot<B>) -> *mut u8 {
        if self.spare.is_empty() {
            depot.fill(class, &self.open);
        } else {
            self.open.take(&self.spare);
        }
        self.open.pop()
    }

    #[cold]
    fn close<B: GlobalAlloc>(&self, class: Class, depot: &Depot<B>) {
        if !self.spare.is_empty() {
            depot.give(class, &self.spare);
        }
        self.spare.take(&self.open);
    }
}
