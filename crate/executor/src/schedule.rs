//! Who does what next.
//!
//! A transaction moves through these states:
//!
//! ```text
//!            claim                  executed
//! Waiting ─────────▶ Running ─────────────────▶ Executed
//!    │                  │ taken away               │ checked, in its turn
//!    └── run in turn ───┴──────────────────────────┴────────▶ Settled
//! ```
//!
//! The *head* is the first transaction that is not settled. One worker, the *driver*, settles: it
//! runs a head that nobody began, checks one that was run ahead, and waits for one that is running,
//! running others ahead meanwhile. The *helpers* run ahead, within the *window* behind the head.
//!
//! A head that is running is worth waiting for only if what ran ahead mostly stands lately. If not,
//! the driver takes it away and runs it itself, and what the helper comes to is thrown away.
//!
//! The driver has to meet few heads that are still running. So of the candidates helpers leave
//! every so many-th, by the number of workers, to the driver, and take those only when there is
//! nothing else in the window.
//!
//! **The window.** What ran ahead and stood is gain, what did not is a helper's time, which costs
//! little, and the driver's time for checking it. So the window is wide as long as some of it
//! stands, and closes when next to nothing does: then the driver goes on alone, as fast as the
//! sequential loop, and tries again after a number of transactions that doubles with each failure.
//!
//! **Memory ordering.** A status is written by one thread at a time: whoever claimed the
//! transaction, by compare-and-swap, and then the driver. `Executed` is stored with release (and
//! more) and loaded with acquire, which hands over the execution and everything published before it.
//! The head is stored by the driver and only says where to look; whoever sees an old one does less.
//! The cursor at the end tells the driver of every claim, so it is passed on from the claim on with
//! release and acquire. Before the driver sleeps it says so and then looks at the status once more;
//! whoever changes the status does so and then looks if the driver sleeps, all in one total order
//! (`SeqCst`), so one of the two sees the other. Helpers do not sleep: one that finds no work for a while leaves, and is called
//! again when there is some, so that nobody ever waits for a helper to wake up and go.

use crate::{
    Window, WindowChange,
    hints::{Candidate, Plan},
    sync::{
        Condvar, EXPLORED, Mutex,
        atomic::{
            AtomicBool, AtomicU8, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
        },
        spin_loop,
    },
};
use std::sync::{OnceLock, PoisonError};

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
/// Taken away by the driver from whom was running it ahead.
const TAKEN: u8 = 2;
const EXECUTED: u8 = 3;
const SETTLED: u8 = 4;

/// What the driver finds at the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// Nobody has begun it. It is the driver's now.
    Untouched,
    /// It was run ahead.
    Executed,
    /// A helper is running it.
    Running,
    /// All are settled.
    Done,
}

/// How often a helper without work looks for some before it leaves: for some tens of microseconds,
/// which is about what it takes to have it called again.
const LOOKS_BEFORE_LEAVING: u32 = if EXPLORED { 1 } else { 50 };
/// How often the driver looks whether a running head is done before it goes to sleep.
const LOOKS_BEFORE_SLEEP: u32 = if EXPLORED { 1 } else { 50 };
/// Pauses between two looks: a fraction of a microsecond. WebAssembly has no instruction for a pause,
/// and takes about as long to count as far.
const PAUSES: u32 = if cfg!(target_arch = "wasm32") {
    256
} else {
    32
};
/// How many candidates are looked at before it is taken that none is ready.
const MOST_LOOKED_AT: usize = 32;
/// How often the driver looks whether a running head is done before it runs another one ahead.
const LOOKS_AT_HEAD: u32 = 4;
/// Calling a helper costs a system call, so that is thought of once in so many transactions.
const CALLS_EVERY: usize = if EXPLORED { 1 } else { 8 };

/// The shared schedule of one run.
#[derive(Debug)]
pub(crate) struct Schedule {
    workers: usize,
    hints: bool,
    /// Made by the first helper, while the driver is at work already.
    plan: OnceLock<Plan>,
    status: Box<[AtomicU8]>,
    /// Below it all are settled.
    head: AtomicUsize,
    /// Rank below which no candidate is waiting.
    cursor: AtomicUsize,
    /// Rank of the candidate behind the one that a helper claimed last in order.
    front: AtomicUsize,
    /// Above the last transaction that was ever claimed, or nearly.
    claimed_below: AtomicUsize,
    /// How many transactions from the head on may be in work.
    window: AtomicUsize,
    ended: AtomicBool,
    /// Helpers that are called and have not left.
    helpers: AtomicUsize,
    driver_sleeps: AtomicBool,
    bed: Mutex<()>,
    driver: Condvar,
}

impl Schedule {
    pub(crate) fn new(transactions: usize, workers: usize, window: usize, hints: bool) -> Self {
        Self {
            workers,
            hints,
            plan: OnceLock::new(),
            status: (0..transactions).map(|_| AtomicU8::new(WAITING)).collect(),
            head: AtomicUsize::new(0),
            cursor: AtomicUsize::new(0),
            front: AtomicUsize::new(0),
            claimed_below: AtomicUsize::new(0),
            window: AtomicUsize::new(window),
            ended: AtomicBool::new(false),
            helpers: AtomicUsize::new(0),
            driver_sleeps: AtomicBool::new(false),
            bed: Mutex::new(()),
            driver: Condvar::new(),
        }
    }

    /// The head and what has become of it. Only the driver asks.
    pub(crate) fn look_at_head(&self) -> (usize, Head) {
        let head = self.head.load(Relaxed);
        let Some(status) = self.status.get(head) else {
            return (head, Head::Done);
        };
        let found = match status.compare_exchange(WAITING, RUNNING, Acquire, Acquire) {
            Ok(_) => Head::Untouched,
            Err(EXECUTED) => Head::Executed,
            Err(_) => Head::Running,
        };
        (head, found)
    }

    /// Reports that the head is settled. Only the driver does.
    pub(crate) fn settled(&self, index: usize) {
        self.status[index].store(SETTLED, Relaxed);
        self.head.store(index + 1, SeqCst);
    }

    /// Takes a running head away from its helper, who finds out when it is done. Whether it was not
    /// done already.
    pub(crate) fn take_away(&self, index: usize) -> bool {
        self.status[index]
            .compare_exchange(RUNNING, TAKEN, SeqCst, SeqCst)
            .is_ok()
    }

    /// Whether what a transaction came to, which was run ahead, is still asked for.
    pub(crate) fn is_wanted(&self, index: usize) -> bool {
        self.status[index].load(Relaxed) == RUNNING
    }

    /// Reports that a transaction was run ahead and that what it wrote is published.
    pub(crate) fn executed(&self, index: usize) {
        let reported = self.status[index].compare_exchange(RUNNING, EXECUTED, SeqCst, SeqCst);
        if reported.is_ok() && self.driver_sleeps.load(SeqCst) {
            let _bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
            self.driver.notify_one();
        }
    }

    /// Claims a transaction to run ahead, if there is one to claim now.
    pub(crate) fn claim(&self, for_driver: bool) -> Option<usize> {
        loop {
            let candidate = self.find_candidate(for_driver)?;
            // First said, then looked at the window once more. The driver first closes the window
            // and then looks at what was said. So either it knows of this claim, or the claim is
            // given up.
            self.claimed_below.fetch_max(candidate + 1, SeqCst);
            // A candidate that has become the head meanwhile is given up too: it lies within a closed
            // window, and the driver knows of no claim on it.
            let head = self.head.load(SeqCst);
            let end = head.saturating_add(self.window.load(SeqCst));
            if candidate > head
                && candidate < end
                && self.status[candidate]
                    .compare_exchange(WAITING, RUNNING, AcqRel, Relaxed)
                    .is_ok()
            {
                return Some(candidate);
            }
        }
    }

    fn find_candidate(&self, for_driver: bool) -> Option<usize> {
        if self.ended.load(Relaxed) {
            return None;
        }
        let head = self.head.load(SeqCst);
        let end = head.saturating_add(self.window.load(Relaxed));
        let plan = self.plan.get()?;
        // Whoever finds the cursor at the end knows of every claim, see `is_quiet`: from who claimed
        // to who saw it claimed, and from who moved the cursor to who finds it there.
        let mut cursor = self.cursor.load(Acquire);
        while let Some(candidate) = plan.candidates.get(cursor)
            && self.status[candidate.index].load(Acquire) != WAITING
        {
            cursor += 1;
        }
        // It may go back when two store it, which only means looking again.
        self.cursor.store(cursor, Release);
        if !for_driver && self.hints {
            let long = plan.long.iter().find(|index| {
                **index > head && **index < end && self.status[**index].load(Relaxed) == WAITING
            });
            if let Some(index) = long {
                return Some(*index);
            }
        }
        // What lies between cursor and front was passed over before: it is looked at again only when
        // there is nothing else.
        let front = self.front.load(Relaxed);
        if !for_driver && front > cursor {
            let ready = self
                .ready_from(plan, front, head, end)
                .find(|(rank, _)| !rank.is_multiple_of(self.workers));
            if let Some((rank, index)) = ready {
                self.front.store(rank + 1, Relaxed);
                return Some(index);
            }
        }
        let mut left = None;
        for (rank, index) in self.ready_from(plan, cursor, head, end) {
            if for_driver {
                return Some(index);
            }
            if !rank.is_multiple_of(self.workers) {
                self.front.store(rank + 1, Relaxed);
                return Some(index);
            }
            left = Some(index);
        }
        left
    }

    /// Candidates that could be run ahead now, by rank and index.
    fn ready_from<'p>(
        &self,
        plan: &'p Plan,
        from: usize,
        head: usize,
        end: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<'p, '_> {
        plan.candidates
            .iter()
            .enumerate()
            .skip(from)
            .take_while(move |(_, candidate)| candidate.index < end)
            .filter(move |(_, candidate)| {
                candidate.index > head && self.status[candidate.index].load(Relaxed) == WAITING
            })
            .take(MOST_LOOKED_AT)
            .filter(|(_, candidate)| self.is_ready(plan, candidate))
            .map(|(rank, candidate)| (rank, candidate.index))
    }

    /// Whether those that it had better wait for have run.
    fn is_ready(&self, plan: &Plan, candidate: &Candidate) -> bool {
        let has_run = |rank: Option<usize>| {
            rank.is_none_or(|rank| {
                let index = plan.candidates[rank].index;
                self.status[index].load(Relaxed) >= EXECUTED
            })
        };
        !self.hints
            || !plan.hot[candidate.target].load(Relaxed)
            || (has_run(candidate.same_sender) && has_run(candidate.same_target))
    }

    /// Remembers that a transaction had read too early: those that call the same contract wait for
    /// one another from now on.
    pub(crate) fn learn_conflict(&self, index: usize) {
        let Some(plan) = self.plan.get() else {
            return;
        };
        if let Ok(rank) = plan
            .candidates
            .binary_search_by_key(&index, |candidate| candidate.index)
        {
            plan.hot[plan.candidates[rank].target].store(true, Relaxed);
        }
    }

    /// Has a plan made, unless there is one.
    pub(crate) fn plan_by(&self, plan: impl FnOnce() -> Plan) {
        self.plan.get_or_init(plan);
    }

    /// Whether there is nothing left that could be claimed.
    fn is_exhausted(&self) -> bool {
        let candidates = self.plan.get().map(|plan| plan.candidates.len());
        candidates.is_some_and(|candidates| self.cursor.load(Acquire) >= candidates)
    }

    /// Whether nothing that runs ahead, or ran, is still to be settled, and nothing more can be run
    /// ahead before the driver says so. See `claim`.
    pub(crate) fn is_quiet(&self) -> bool {
        (!self.has_helpers() || self.window.load(SeqCst) <= 1 || self.is_exhausted())
            && self.claimed_below.load(SeqCst) <= self.head.load(Relaxed)
    }

    /// Sets how many transactions from the head on may be in work.
    pub(crate) fn set_window(&self, window: usize) {
        self.window.store(window, SeqCst);
    }

    /// A helper's next transaction. `None` when there has been none for a while: then it is better to
    /// leave, and to be called again, than to stay.
    pub(crate) fn next_ahead(&self) -> Option<usize> {
        for _ in 0..LOOKS_BEFORE_LEAVING {
            if let Some(index) = self.claim(false) {
                return Some(index);
            }
            if self.ended.load(Relaxed) || self.is_exhausted() {
                return None;
            }
            pause();
        }
        None
    }

    /// Counts a helper who is called.
    pub(crate) fn helper_is_called(&self) {
        self.helpers.fetch_add(1, Relaxed);
    }

    /// Counts a helper out who leaves.
    pub(crate) fn helper_leaves(&self) {
        // With all that it has claimed before.
        self.helpers.fetch_sub(1, SeqCst);
    }

    /// Whether any helper is called and has not left.
    pub(crate) fn has_helpers(&self) -> bool {
        self.helpers.load(SeqCst) > 0
    }

    /// Whether there is work for one more helper. Only the driver asks.
    pub(crate) fn is_short_of_helpers(&self) -> bool {
        self.head.load(Relaxed).is_multiple_of(CALLS_EVERY)
            && self.helpers.load(Relaxed) + 1 < self.workers
            && self.find_candidate(false).is_some()
    }

    /// Waits a moment for a head that is running. Whether it is done.
    pub(crate) fn glance_at(&self, index: usize) -> bool {
        for _ in 0..LOOKS_AT_HEAD {
            if self.status[index].load(Relaxed) != RUNNING {
                return true;
            }
            pause();
        }
        false
    }

    /// Waits for a head that is running. Its helper is at work, so this ends.
    pub(crate) fn wait_for(&self, index: usize) {
        for _ in 0..LOOKS_BEFORE_SLEEP {
            if self.status[index].load(Relaxed) != RUNNING {
                return;
            }
            pause();
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        self.driver_sleeps.store(true, SeqCst);
        while self.status[index].load(SeqCst) == RUNNING {
            bed = self
                .driver
                .wait(bed)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.driver_sleeps.store(false, SeqCst);
    }

    /// Settles nothing behind the last transaction that was settled.
    pub(crate) fn stop(&self) {
        self.head.store(self.status.len(), SeqCst);
        self.end();
    }

    /// Ends the run where it stands: every helper leaves as soon as it asks.
    pub(crate) fn end(&self) {
        self.ended.store(true, SeqCst);
    }
}

fn pause() {
    for count in 0..PAUSES {
        spin_loop();
        // Without this there is nothing left of the loop where a pause is no instruction.
        std::hint::black_box(count);
    }
}

/// How wide the window is, decided by the driver from what stands.
#[derive(Debug)]
pub(crate) struct WindowControl {
    adaptive: bool,
    open: usize,
    /// What stood lately, less twice what did not.
    score: i32,
    /// How many transactions the window stays closed after the next failure.
    pause: usize,
    /// Where a closed window opens again.
    reopens: Option<usize>,
    pub(crate) changes: Vec<WindowChange>,
}

const WIDEST: usize = 1024;
const BEST_SCORE: i32 = 16;
const FIRST_PAUSE: usize = 8;
const LONGEST_PAUSE: usize = 256;

impl WindowControl {
    pub(crate) const fn new(window: Window) -> Self {
        let (adaptive, open) = match window {
            Window::Adaptive => (true, WIDEST),
            Window::Fixed(window) => (false, window.get()),
        };
        Self {
            adaptive,
            open,
            score: BEST_SCORE / 2,
            pause: FIRST_PAUSE,
            reopens: None,
            changes: Vec::new(),
        }
    }

    /// How wide the window is at first.
    pub(crate) const fn widest(&self) -> usize {
        self.open
    }

    /// Whether what runs ahead mostly stands.
    pub(crate) const fn is_confident(&self) -> bool {
        self.score >= BEST_SCORE / 2
    }

    /// Takes note of a transaction that was run ahead, and says how wide the window is if that has
    /// changed.
    pub(crate) fn checked(&mut self, index: usize, stands: bool) -> Option<usize> {
        if !self.adaptive {
            return None;
        }
        if stands {
            self.score = (self.score + 1).min(BEST_SCORE);
            if self.score == BEST_SCORE {
                self.pause = FIRST_PAUSE;
            }
            return None;
        }
        self.score -= 2;
        if self.score > 0 || self.reopens.is_some() {
            return None;
        }
        self.reopens = Some(index + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.change(index, 1)
    }

    /// Takes note of a head that nobody ran ahead.
    pub(crate) fn passed(&mut self, index: usize) -> Option<usize> {
        if self.reopens.is_none_or(|at| index < at) {
            return None;
        }
        self.reopens = None;
        self.score = 3;
        self.change(index, self.open)
    }

    fn change(&mut self, head: usize, window: usize) -> Option<usize> {
        self.changes.push(WindowChange { head, window });
        Some(window)
    }
}
