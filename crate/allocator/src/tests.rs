//! The caches and the depot over an allocator that keeps books.

use crate::{
    cache::Cache,
    class::{ALIGNMENT, Class},
    depot::Depot,
    routing::{self, Caches},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::HashMap,
    sync::{Mutex, mpsc},
    thread,
};

/// The system's allocator, with a record of what it has given.
#[derive(Default)]
struct Recorded {
    given: Mutex<HashMap<usize, Layout>>,
}

impl Recorded {
    fn bytes(&self) -> usize {
        let given = self.given.lock().expect("no test fails while it has this");
        given.values().map(Layout::size).sum()
    }

    fn record(&self, block: *mut u8, layout: Layout) -> *mut u8 {
        assert!(layout.size() > 0, "asked for nothing");
        let mut given = self.given.lock().expect("no test fails while it has this");
        assert_eq!(given.insert(block.addr(), layout), None, "given twice");
        block
    }

    fn forget(&self, block: *mut u8, layout: Layout) {
        let mut given = self.given.lock().expect("no test fails while it has this");
        assert_eq!(given.remove(&block.addr()), Some(layout));
    }
}

// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Recorded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        self.record(unsafe { System.alloc(layout) }, layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.forget(block, layout);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.forget(block, layout);
        // SAFETY: as the caller promised.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        self.record(
            moved,
            Layout::from_size_align(new_size, layout.align()).expect("a layout"),
        )
    }
}

impl Drop for Recorded {
    /// What was cut is never given back, so it is freed here for the sake of leak checkers.
    fn drop(&mut self) {
        for (address, layout) in self.given.get_mut().expect("no test failed").drain() {
            // SAFETY: it was given and not taken back, and no test uses it any more.
            unsafe { System.dealloc(std::ptr::with_exposed_provenance_mut(address), layout) };
        }
    }
}

/// The cache of one thread.
struct Own(Cache);

// SAFETY: it is not shared, and each test has one depot.
unsafe impl Caches for Own {
    fn with_cache<R>(&self, work: impl FnOnce(&Cache) -> R) -> R {
        work(&self.0)
    }
}

/// A block in use, filled with its own pattern.
struct Used {
    block: *mut u8,
    layout: Layout,
    pattern: u8,
}

// SAFETY: it is plain memory that this has for itself.
unsafe impl Send for Used {}

impl Used {
    fn new(caches: &Own, depot: &Depot<Recorded>, layout: Layout, pattern: u8) -> Self {
        // SAFETY: no test asks for nothing.
        let block = unsafe { routing::alloc(caches, depot, layout) };
        assert!(!block.is_null());
        assert_eq!(block.addr() % layout.align(), 0, "{layout:?}");
        block.expose_provenance();
        let used = Self {
            block,
            layout,
            pattern,
        };
        used.fill();
        used
    }

    fn fill(&self) {
        // SAFETY: it is as large as its layout.
        unsafe { self.block.write_bytes(self.pattern, self.layout.size()) };
    }

    fn check(&self, size: usize) {
        // SAFETY: it is as large as its layout, and `new` has filled it.
        let bytes = unsafe { std::slice::from_raw_parts(self.block, size) };
        assert!(
            bytes.iter().all(|byte| *byte == self.pattern),
            "{:?}",
            self.layout
        );
    }

    fn resize(&mut self, caches: &Own, depot: &Depot<Recorded>, size: usize) {
        // SAFETY: it was allocated with its layout, and no test asks for nothing.
        self.block = unsafe { routing::realloc(caches, depot, self.block, self.layout, size) };
        assert!(!self.block.is_null());
        let kept = size.min(self.layout.size());
        self.layout = Layout::from_size_align(size, self.layout.align()).expect("a layout");
        assert_eq!(self.block.addr() % self.layout.align(), 0);
        self.check(kept);
        self.fill();
    }

    fn free(self, caches: &Own, depot: &Depot<Recorded>) {
        self.check(self.layout.size());
        // SAFETY: it was allocated with its layout, and is not used after this.
        unsafe { routing::dealloc(caches, depot, self.block, self.layout) };
    }
}

/// The generator `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).expect("it is below a usize")
    }

    /// Small sizes mostly, some around the borders of classes, some without a class.
    fn size(&mut self) -> usize {
        let most = [16, 129, 1_025, 4_097, 40_000][self.below(5)];
        1 + self.below(most)
    }

    fn layout(&mut self) -> Layout {
        let align = [1, 8, 16, 16, 32, 256][self.below(6)];
        Layout::from_size_align(self.size(), align).expect("a layout")
    }
}

const STEPS: usize = if cfg!(miri) { 400 } else { 20_000 };

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

#[test]
fn blocks_in_use_never_overlap_whatever_is_done_to_them() {
    for seed in 0..if cfg!(miri) { 2 } else { 20 } {
        let (caches, depot) = (Own(Cache::new()), Depot::new(Recorded::default()));
        let mut dice = Dice(seed);
        let mut all = Vec::new();
        for step in 0..STEPS {
            match dice.below(5) {
                0 | 1 => {
                    let layout = dice.layout();
                    all.push(Used::new(&caches, &depot, layout, step as u8));
                }
                2 | 3 if !all.is_empty() => {
                    let used = all.swap_remove(dice.below(all.len()));
                    used.free(&caches, &depot);
                }
                4 if !all.is_empty() => {
                    let index = dice.below(all.len());
                    all[index].resize(&caches, &depot, dice.size());
                }
                _ => {}
            }
        }
        for used in all {
            used.free(&caches, &depot);
        }
    }
}

#[test]
fn zeroed_blocks_are_zero_also_when_used_before() {
    let (caches, depot) = (Own(Cache::new()), Depot::new(Recorded::default()));
    for size in [1, 24, 1_000, 5_000, 32_768, 100_000] {
        for _ in 0..3 {
            // SAFETY: no size is zero.
            let block = unsafe { routing::alloc_zeroed(&caches, &depot, layout(size)) };
            block.expose_provenance();
            let used = Used {
                block,
                layout: layout(size),
                pattern: 0,
            };
            used.check(size);
            let used = Used {
                pattern: 0xff,
                ..used
            };
            used.fill();
            used.free(&caches, &depot);
        }
    }
}

#[test]
fn a_block_stays_where_it_is_while_its_class_does() {
    let (caches, depot) = (Own(Cache::new()), Depot::new(Recorded::default()));
    let mut used = Used::new(&caches, &depot, layout(129), 1);
    let before = used.block;
    used.resize(&caches, &depot, 160);
    assert_eq!(used.block, before);
    used.resize(&caches, &depot, 161);
    assert_ne!(used.block, before);
    used.free(&caches, &depot);
}

#[test]
fn what_is_large_or_aligned_further_is_given_back_at_once() {
    let (caches, depot) = (Own(Cache::new()), Depot::new(Recorded::default()));
    for (size, align) in [(100_000, 8), (64, 64), (10, 4_096)] {
        let layout = Layout::from_size_align(size, align).expect("a layout");
        let used = Used::new(&caches, &depot, layout, 7);
        assert_eq!(depot.backing().bytes(), size);
        used.free(&caches, &depot);
        assert_eq!(depot.backing().bytes(), 0);
    }
}

#[test]
fn middle_sizes_are_kept_up_to_a_limit() {
    let (caches, depot) = (Own(Cache::new()), Depot::new(Recorded::default()));
    let class = Class::of(layout(8_192)).expect("it has a class");
    let count = if cfg!(miri) { 50 } else { 2_000 };
    let all: Vec<_> = (0..count)
        .map(|_| Used::new(&caches, &depot, layout(8_192), 3))
        .collect();
    assert_eq!(depot.backing().bytes(), count * 8_192);
    for used in all {
        used.free(&caches, &depot);
    }
    let kept = (class.depot_batches() + 2) * class.batch();
    assert_eq!(depot.backing().bytes(), kept.min(count) * 8_192);
}

/// One thread allocates and another frees, for ever: the same memory goes round.
#[test]
fn memory_stays_flat_between_a_producer_and_a_consumer() {
    const IN_FLIGHT: usize = 100;
    let rounds = if cfg!(miri) { 500 } else { 100_000 };
    for size in [16, 64, 1_000, 3_000, 20_000] {
        let depot = Depot::new(Recorded::default());
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel::<Used>(IN_FLIGHT);
            let depot = &depot;
            scope.spawn(move || {
                let caches = Own(Cache::new());
                for used in receiver {
                    used.free(&caches, depot);
                }
            });
            let caches = Own(Cache::new());
            for round in 0..rounds / (1 + size / 1_000) {
                let used = Used::new(&caches, depot, layout(size), round as u8);
                sender.send(used).expect("the consumer lives");
            }
        });
        let class = Class::of(layout(size)).expect("it has a class");
        // In flight and in both hands, two batches for each thread, and one that was cut when the
        // batches were just on their way.
        let most = (IN_FLIGHT + 2 + 5 * class.batch()) * class.size();
        // What the depot keeps is a part of that.
        assert!(
            depot.backing().bytes() <= most,
            "{size}: {} bytes",
            depot.backing().bytes()
        );
    }
}

#[test]
fn threads_that_free_for_one_another_do_not_disturb_one_another() {
    const THREADS: usize = 4;
    let depot = Depot::new(Recorded::default());
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..THREADS).map(|_| mpsc::channel::<Used>()).unzip();
    thread::scope(|scope| {
        for (index, receiver) in receivers.into_iter().enumerate() {
            let (depot, senders) = (&depot, senders.clone());
            scope.spawn(move || {
                let caches = Own(Cache::new());
                let mut dice = Dice(index as u64);
                for step in 0..STEPS {
                    let layout = dice.layout();
                    let mut used = Used::new(&caches, depot, layout, step as u8);
                    if dice.below(4) == 0 {
                        used.resize(&caches, depot, dice.size());
                    }
                    match dice.below(3) {
                        0 => used.free(&caches, depot),
                        // A thread that has ended already leaves it to this one.
                        _ => match senders[dice.below(THREADS)].send(used) {
                            Ok(()) => {}
                            Err(mpsc::SendError(used)) => used.free(&caches, depot),
                        },
                    }
                    for used in receiver.try_iter().take(2) {
                        used.free(&caches, depot);
                    }
                }
                drop(senders);
                for used in receiver.try_iter() {
                    used.free(&caches, depot);
                }
            });
        }
    });
}

#[test]
fn memory_that_cannot_be_had_is_null() {
    struct Nothing;
    // SAFETY: it gives nothing.
    unsafe impl GlobalAlloc for Nothing {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            std::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
    let (caches, depot) = (Own(Cache::new()), Depot::new(Nothing));
    for size in [1, ALIGNMENT, 2_000, 100_000] {
        // SAFETY: no size is zero.
        assert!(unsafe { routing::alloc(&caches, &depot, layout(size)) }.is_null());
        // SAFETY: no size is zero.
        assert!(unsafe { routing::alloc_zeroed(&caches, &depot, layout(size)) }.is_null());
    }
}
