//! Who does what next: the one piece of state that the workers share besides the values.
//!
//! A transaction moves through four states:
//!
//! ```text
//! Waiting ──▶ Running ──▶ Executed ──▶ Committed
//!    │                                    ▲
//!    └────────── run at the head ─────────┘
//! ```
//!
//! The *head* is the first transaction that is not committed. Below it nothing changes any more.
//! One worker at a time holds the *commit right*: it settles the head, again and again. A head that
//! was executed ahead of its turn is checked and either stands or runs again, now on final state; a
//! head that nobody has begun runs on final state at once, and needs no check. Meanwhile the other
//! workers run ahead, within a window behind the head.
//!
//! A transaction runs ahead only when its sender's previous one has run, since its nonce would be
//! wrong before. That is a hint: were it missing, the results would be the same.
//!
//! Every question is answered under one lock, held for a few comparisons and never while EVM code
//! runs. A worker that finds nothing to do sleeps on the condition variable; whoever changes what
//! there is to do wakes one. The head always has an owner or the right to be taken, so there is
//! always a worker that makes progress, and the run ends when the head has passed the last
//! transaction or somebody ended it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Settle the head, which was executed ahead of its turn. Carries the commit right.
    Check(usize),
    /// Run the head on final state. Carries the commit right.
    RunHead(usize),
    /// Run this one ahead of its turn.
    RunAhead(usize),
    /// There is nothing left to do.
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Waiting,
    Running,
    Executed,
    Committed,
}

/// The shared schedule of one run.
#[derive(Debug)]
pub(crate) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    status: Vec<Status>,
    /// For each transaction the previous one of the same sender.
    predecessor: Vec<Option<usize>>,
    /// Below it all are committed.
    head: usize,
    /// Below it none is waiting.
    first_waiting: usize,
    /// How far behind the head transactions may run ahead.
    window: usize,
    /// Whether some worker holds the commit right.
    committing: bool,
    /// Set when the run ends before its last transaction.
    ended: bool,
    sleepers: usize,
}

impl Schedule {
    /// A schedule for transactions of these predecessors.
    pub(crate) fn new(predecessor: Vec<Option<usize>>, window: usize) -> Self {
        Self {
            state: Mutex::new(State {
                status: vec![Status::Waiting; predecessor.len()],
                predecessor,
                head: 0,
                first_waiting: 0,
                window,
                committing: false,
                ended: false,
                sleepers: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// The next task of a worker that has none. Waits until there is one.
    pub(crate) fn next(&self) -> Task {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.take_task() {
                self.wake(&state);
                return task;
            }
            state.sleepers += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
    }

    /// The next task, if there is one now.
    pub(crate) fn try_next(&self) -> Option<Task> {
        self.lock().take_task()
    }

    /// Reports that a transaction was run ahead and what it wrote is published.
    pub(crate) fn executed(&self, index: usize) {
        self.lock().status[index] = Status::Executed;
    }

    /// Reports that the head is committed, and gives the commit right back. Whoever reports asks
    /// for a task next, and gets the new head if that can be settled.
    pub(crate) fn committed(&self, index: usize) {
        let mut state = self.lock();
        debug_assert!(
            state.committing && state.head == index,
            "only the head is committed"
        );
        state.status[index] = Status::Committed;
        state.head = index + 1;
        state.committing = false;
        if state.head == state.status.len() {
            self.changed.notify_all();
        }
    }

    /// Ends the run where it stands: every worker leaves as soon as it asks.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// How many transactions are committed.
    #[cfg(test)]
    fn head(&self) -> usize {
        self.lock().head
    }

    /// A waiting worker is woken by whoever took a task, if there is a further task to take. So
    /// wakings spread as far as there is work, and a chain of dependent transactions, in which
    /// there is never a second task, wakes nobody.
    fn wake(&self, state: &State) {
        if state.sleepers > 0 && (state.ended || state.has_task()) {
            self.changed.notify_one();
        }
    }

    // Nothing in here can panic half way through a change, so a poisoned lock still guards a
    // schedule that makes sense.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_task(&mut self) -> Option<Task> {
        let task = self.find_task()?;
        match task {
            Task::Check(_) => self.committing = true,
            Task::RunHead(index) => {
                self.committing = true;
                self.status[index] = Status::Running;
            }
            Task::RunAhead(index) => self.status[index] = Status::Running,
            Task::Leave => {}
        }
        while self
            .status
            .get(self.first_waiting)
            .is_some_and(|s| *s != Status::Waiting)
        {
            self.first_waiting += 1;
        }
        Some(task)
    }

    fn has_task(&self) -> bool {
        self.find_task().is_some()
    }

    fn find_task(&self) -> Option<Task> {
        if self.ended || self.head == self.status.len() {
            return Some(Task::Leave);
        }
        if !self.committing {
            match self.status[self.head] {
                Status::Executed => return Some(Task::Check(self.head)),
                Status::Waiting => return Some(Task::RunHead(self.head)),
                Status::Running | Status::Committed => {}
            }
        }
        let end = self.status.len().min(self.head.saturating_add(self.window));
        // The head itself is not run ahead: while another worker settles, it will be run at the
        // head soon, and nobody need check it then.
        let start = self.first_waiting.max(self.head + 1);
        (start..end)
            .find(|index| self.may_run_ahead(*index))
            .map(Task::RunAhead)
    }

    fn may_run_ahead(&self, index: usize) -> bool {
        self.status[index] == Status::Waiting
            && self.predecessor[index].is_none_or(|previous| {
                matches!(self.status[previous], Status::Executed | Status::Committed)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_worker_gets_the_head_and_the_others_run_ahead() {
        let schedule = Schedule::new(vec![None; 4], 3);
        assert_eq!(schedule.next(), Task::RunHead(0));
        assert_eq!(schedule.next(), Task::RunAhead(1));
        assert_eq!(schedule.next(), Task::RunAhead(2));
        assert_eq!(schedule.try_next(), None, "3 lies outside the window");
        schedule.committed(0);
        assert_eq!(
            schedule.next(),
            Task::RunAhead(3),
            "1 is the head now, and still running"
        );
        schedule.executed(1);
        assert_eq!(schedule.next(), Task::Check(1));
        assert_eq!(schedule.head(), 1);
        schedule.executed(2);
        assert_eq!(schedule.try_next(), None, "one worker settles at a time");
    }

    #[test]
    fn a_sender_s_second_transaction_waits_for_the_first() {
        let schedule = Schedule::new(vec![None, None, Some(1), None], 8);
        assert_eq!(schedule.next(), Task::RunHead(0));
        assert_eq!(schedule.next(), Task::RunAhead(1));
        assert_eq!(schedule.next(), Task::RunAhead(3));
        assert_eq!(schedule.try_next(), None);
        schedule.executed(1);
        assert_eq!(schedule.next(), Task::RunAhead(2));
    }

    #[test]
    fn an_ended_run_sends_every_worker_home() {
        let schedule = Schedule::new(vec![None; 3], 2);
        assert_eq!(schedule.next(), Task::RunHead(0));
        schedule.end();
        assert_eq!(schedule.next(), Task::Leave);
        schedule.executed(0);
        assert_eq!(schedule.next(), Task::Leave);
    }

    #[test]
    fn one_worker_alone_settles_all_in_order() {
        let schedule = Schedule::new(vec![None; 5], 2);
        for index in 0..5 {
            assert_eq!(schedule.next(), Task::RunHead(index));
            schedule.committed(index);
        }
        assert_eq!(schedule.next(), Task::Leave);
    }
}
