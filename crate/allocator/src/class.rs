//! The sizes that blocks come in: multiples of 16 up to 128, then four to each doubling. A block is at
//! most a quarter larger than asked for, or 15 bytes.

use std::alloc::Layout;

/// What every block is aligned to.
pub(crate) const ALIGNMENT: usize = 16;
/// The largest size with a class.
const LARGEST: usize = 32 * 1024;
/// Up to here classes are 16 bytes apart.
const EVEN: usize = 128;
const EVEN_CLASSES: usize = EVEN / ALIGNMENT;
const CLASSES_A_DOUBLING: usize = 4;

/// As much as goes between a thread and the depot at once, if one block is not larger.
const BATCH_BYTES: usize = 16 * 1024;
const BATCH_BLOCKS: usize = 64;
/// Up to here blocks are cut from pieces of a batch's size. The allocator behind has a header for each
/// of its own blocks and is slow, which counts for small ones.
const LARGEST_CUT: usize = 2 * 1024;
/// What the depot keeps of a class whose blocks can be given back.
const DEPOT_BYTES: usize = 1024 * 1024;

/// A size of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(u8);

impl Class {
    pub(crate) const COUNT: usize =
        EVEN_CLASSES + (LARGEST / EVEN).ilog2() as usize * CLASSES_A_DOUBLING;

    /// The class that serves a layout, if one does.
    #[inline]
    pub(crate) const fn of(layout: Layout) -> Option<Self> {
        let size = layout.size();
        if size > LARGEST || layout.align() > ALIGNMENT {
            return None;
        }
        // Nobody may ask for nothing; whoever does gets a block.
        let last = size.saturating_sub(1);
        let index = if last < EVEN {
            last / ALIGNMENT
        } else {
            // The bit at the front says which doubling, the two behind it which quarter of it.
            let front = last.ilog2();
            let doubling = (front - EVEN.ilog2()) as usize;
            let quarter = (last >> (front - 2)) % CLASSES_A_DOUBLING;
            EVEN_CLASSES + doubling * CLASSES_A_DOUBLING + quarter
        };
        Some(Self(index as u8))
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// How many bytes a block has.
    pub(crate) const fn size(self) -> usize {
        let index = self.index();
        if index < EVEN_CLASSES {
            return (index + 1) * ALIGNMENT;
        }
        let (doubling, quarter) = (
            (index - EVEN_CLASSES) / CLASSES_A_DOUBLING,
            (index - EVEN_CLASSES) % CLASSES_A_DOUBLING,
        );
        (CLASSES_A_DOUBLING + 1 + quarter) * ((EVEN / CLASSES_A_DOUBLING) << doubling)
    }

    /// How many blocks make a batch.
    #[inline]
    pub(crate) const fn batch(self) -> usize {
        let blocks = BATCH_BYTES / self.size();
        if blocks == 0 {
            1
        } else if blocks > BATCH_BLOCKS {
            BATCH_BLOCKS
        } else {
            blocks
        }
    }

    /// Whether blocks are cut from larger pieces, and so can never be given back.
    pub(crate) const fn is_cut(self) -> bool {
        self.size() <= LARGEST_CUT
    }

    /// How many batches the depot keeps.
    pub(crate) const fn depot_batches(self) -> usize {
        if self.is_cut() {
            usize::MAX
        } else {
            DEPOT_BYTES / (self.size() * self.batch())
        }
    }

    /// What the allocator behind is asked for.
    pub(crate) const fn layout(self, blocks: usize) -> Layout {
        match Layout::from_size_align(self.size() * blocks, ALIGNMENT) {
            Ok(layout) => layout,
            Err(_) => panic!("no class comes near to the largest size there is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(size: usize) -> Class {
        Class::of(Layout::from_size_align(size, 1).expect("a small size")).expect("it has a class")
    }

    #[test]
    fn every_size_gets_the_smallest_block_that_holds_it() {
        for size in 1..=LARGEST {
            let class = class(size);
            assert!(class.index() < Class::COUNT);
            assert!(class.size() >= size, "{size} got {}", class.size());
            assert!(
                class.index() == 0 || Class(class.0 - 1).size() < size,
                "{size}"
            );
            let wasted = class.size() - size;
            assert!(
                wasted < ALIGNMENT || wasted * 4 <= size,
                "{size} wastes {wasted}"
            );
        }
        assert_eq!(class(LARGEST).index(), Class::COUNT - 1);
    }

    #[test]
    fn every_block_is_aligned_and_holds_the_links_of_a_free_one() {
        for index in 0..Class::COUNT {
            let class = Class(index as u8);
            assert_eq!(class.size() % ALIGNMENT, 0);
            assert!(class.size() >= size_of::<crate::block::Block>());
            assert!(class.batch() * class.size() <= BATCH_BYTES.max(class.size()));
            assert!(class.depot_batches() > 0);
        }
    }

    #[test]
    fn what_is_large_or_aligned_further_has_no_class() {
        for (size, align) in [(LARGEST + 1, 1), (1, 32), (64, 64), (usize::MAX / 4, 8)] {
            let layout = Layout::from_size_align(size, align).expect("a layout");
            assert_eq!(Class::of(layout), None);
        }
    }
}
