//! What workers tell one another, in every order of their steps: loom plays two or three threads and
//! goes through all the ways in which they can take turns and in which loads can find old values, up
//! to a number of interruptions.
//!
//! ```sh
//! cargo nextest run -p forerun-executor --lib --features loom orders
//! ```
//!
//! The transactions here are numbers that somebody writes. What is noted in atomics of the standard
//! library is no step for loom, so it belongs to the step before it.

mod errands;
mod shown;

use crate::{
    hints::{Candidate, Plan},
    schedule::{Head, Schedule},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        with_total_order,
    },
};
use loom::{model::Builder, thread};
use std::sync::{
    Arc,
    atomic::{self as noted, Ordering::SeqCst},
};

/// Tries out every order with at most so many interruptions of a thread that could go on.
fn explore(interruptions: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.max_branches = 10_000;
    let runs = Arc::new(noted::AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    builder.check(move || {
        counted.fetch_add(1, SeqCst);
        run();
    });
    println!("{} orders", runs.load(SeqCst));
}

/// How a driver behaves.
#[derive(Clone, Copy)]
struct Manner {
    /// Where it closes the window.
    closes: Option<usize>,
    /// Where it opens it again.
    opens: Option<usize>,
    /// What it does about a head that is running.
    running: Running,
    /// Whether it calls helpers.
    calls: bool,
}

#[derive(Clone, Copy)]
enum Running {
    Wait,
    TakeAway,
    Help,
}

const PLAIN: Manner = Manner {
    closes: None,
    opens: None,
    running: Running::Wait,
    calls: false,
};

const WIDE: usize = 8;

/// A run without an EVM.
struct Run {
    schedule: Schedule,
    /// What a transaction ran ahead comes to. Stored without any order of its own, so only what the
    /// schedule orders makes it be seen.
    ahead: Vec<AtomicUsize>,
    /// How often each was run ahead, was run in its turn or taken away, and was settled.
    claimed: Vec<noted::AtomicUsize>,
    owned: Vec<noted::AtomicUsize>,
    settled: Vec<noted::AtomicUsize>,
    /// How many that were claimed are not settled.
    in_work: noted::AtomicUsize,
    /// Whether the driver takes it that nothing runs ahead.
    quiet: noted::AtomicBool,
}

impl Run {
    fn new(transactions: usize, workers: usize) -> Arc<Self> {
        let schedule = Schedule::new(transactions, workers, WIDE, false);
        let candidate = |index| Candidate {
            index,
            same_sender: None,
            same_target: None,
            gas_limit: 0,
            target: index,
        };
        schedule.plan_by(|| Plan::with((0..transactions).map(candidate).collect()));
        let counts = || {
            (0..transactions)
                .map(|_| noted::AtomicUsize::new(0))
                .collect()
        };
        Arc::new(Self {
            schedule,
            ahead: (0..transactions).map(|_| AtomicUsize::new(0)).collect(),
            claimed: counts(),
            owned: counts(),
            settled: counts(),
            in_work: noted::AtomicUsize::new(0),
            quiet: noted::AtomicBool::new(false),
        })
    }

    /// Has a helper come.
    fn call(self: &Arc<Self>) -> thread::JoinHandle<()> {
        self.schedule.helper_is_called();
        let run = Arc::clone(self);
        thread::spawn(move || {
            while let Some(index) = run.schedule.next_ahead() {
                run.run_ahead(index);
            }
            run.schedule.helper_leaves();
        })
    }

    /// Notes what was claimed, and nothing after it, as part of the claim.
    fn begin(&self, index: usize) {
        assert!(
            !self.quiet.load(SeqCst),
            "{index} is claimed in a quiet time"
        );
        assert_eq!(self.claimed[index].fetch_add(1, SeqCst), 0, "claimed twice");
        assert_eq!(self.owned[index].load(SeqCst), 0, "the driver has it");
        self.in_work.fetch_add(1, SeqCst);
    }

    /// As a helper does, and a driver who helps.
    fn run_ahead(&self, index: usize) {
        self.begin(index);
        self.ahead[index].store(index + 100, Relaxed);
        if self.schedule.is_wanted(index) {
            self.schedule.executed(index);
        }
    }

    fn drive(self: &Arc<Self>, manner: Manner) {
        let mut helpers = Vec::new();
        let mut at = 0;
        let mut window_changes = [
            manner.closes.map(|at| (at, 1)),
            manner.opens.map(|at| (at, WIDE)),
        ];
        loop {
            for change in &mut window_changes {
                if let Some((_, window)) = change.take_if(|(place, _)| *place == at) {
                    self.quiet.store(false, SeqCst);
                    self.schedule.set_window(window);
                }
            }
            let (head, found) = self.schedule.look_at_head();
            assert_eq!(head, at, "settled in order");
            match found {
                Head::Done => break,
                Head::Untouched => {
                    self.own(head);
                    self.look_for_quiet();
                }
                Head::Executed => {
                    assert_eq!(self.ahead[head].load(Relaxed), head + 100, "not seen whole");
                    assert_eq!(self.owned[head].load(SeqCst), 0, "taken away");
                    self.in_work.fetch_sub(1, SeqCst);
                }
                Head::Running => match manner.running {
                    Running::Wait => {
                        self.schedule.wait_for(head);
                        continue;
                    }
                    Running::TakeAway => {
                        if !self.schedule.take_away(head) {
                            continue;
                        }
                        self.own(head);
                        self.in_work.fetch_sub(1, SeqCst);
                    }
                    Running::Help => {
                        match self.schedule.claim(true) {
                            Some(index) => self.run_ahead(index),
                            None => self.schedule.wait_for(head),
                        }
                        continue;
                    }
                },
            }
            self.settled[head].fetch_add(1, SeqCst);
            self.schedule.settled(head);
            at = head + 1;
            if manner.calls && self.schedule.is_short_of_helpers() {
                self.quiet.store(false, SeqCst);
                helpers.push(self.call());
            }
        }
        self.schedule.end();
        for helper in helpers {
            helper.join().expect("a helper leaves");
        }
    }

    fn look_for_quiet(&self) {
        self.quiet.store(false, SeqCst);
        if self.schedule.is_quiet() {
            assert_eq!(self.in_work.load(SeqCst), 0, "at work in a quiet time");
            self.quiet.store(true, SeqCst);
        }
    }

    fn own(&self, index: usize) {
        assert_eq!(
            self.owned[index].fetch_add(1, SeqCst),
            0,
            "run twice in its turn"
        );
    }

    /// What holds when all have left.
    fn is_over(&self) {
        assert!(
            self.settled.iter().all(|times| times.load(SeqCst) == 1),
            "each settled once"
        );
        assert_eq!(self.in_work.load(SeqCst), 0);
        assert!(!self.schedule.has_helpers());
    }
}

/// Plays a driver of this manner and so many helpers, who are there from the beginning.
fn play(transactions: usize, helpers: usize, manner: Manner) {
    // One worker more than there are, so that a helper leaves nothing to the driver.
    let run = Run::new(transactions, helpers + 2);
    let helpers: Vec<_> = (0..helpers).map(|_| run.call()).collect();
    run.drive(manner);
    for helper in helpers {
        helper.join().expect("a helper leaves");
    }
    run.is_over();
}

#[test]
fn a_driver_who_waits_is_woken() {
    with_total_order(|| explore(3, || play(2, 1, PLAIN)));
}

#[test]
fn what_is_executed_is_seen_whole_and_settled_once() {
    // Taking away instead of sleeping, this needs no total order.
    let manner = Manner {
        running: Running::TakeAway,
        ..PLAIN
    };
    explore(3, move || play(2, 1, manner));
}

#[test]
fn what_two_helpers_and_a_driver_claim_at_once_each_has_alone() {
    explore(1, || {
        let run = Run::new(2, 4);
        let claim = |run: &Run, for_driver| {
            run.schedule
                .claim(for_driver)
                .map(|index| run.run_ahead(index))
        };
        let helpers = [(); 2].map(|()| {
            let run = Arc::clone(&run);
            thread::spawn(move || claim(&run, false))
        });
        assert_eq!(run.schedule.look_at_head(), (0, Head::Untouched));
        run.own(0);
        claim(&run, true);
        for helper in helpers {
            helper.join().expect("it ends");
        }
    });
}

#[test]
fn a_driver_who_helps_is_woken_too() {
    let manner = Manner {
        running: Running::Help,
        ..PLAIN
    };
    with_total_order(|| explore(2, move || play(3, 1, manner)));
}

#[test]
fn nothing_runs_ahead_in_a_quiet_time_behind_a_closed_window() {
    let manner = Manner {
        closes: Some(0),
        running: Running::TakeAway,
        ..PLAIN
    };
    with_total_order(|| explore(3, move || play(3, 1, manner)));
}

#[test]
fn a_window_that_closes_and_opens_again_is_kept_to() {
    let manner = Manner {
        closes: Some(1),
        opens: Some(2),
        ..PLAIN
    };
    with_total_order(|| explore(2, move || play(4, 1, manner)));
}

#[test]
fn a_quiet_driver_knows_of_a_claim_that_another_helper_saw() {
    explore(2, || {
        let run = Run::new(2, 4);
        assert_eq!(run.schedule.look_at_head(), (0, Head::Untouched));
        // One claims what is left, so that the other finds that there is nothing.
        let helpers = [(); 2].map(|()| {
            let run = Arc::clone(&run);
            run.schedule.helper_is_called();
            thread::spawn(move || {
                if run.schedule.claim(false).is_some() {
                    run.begin(1);
                }
            })
        });
        run.look_for_quiet();
        for helper in helpers {
            helper.join().expect("it ends");
        }
    });
}

#[test]
fn helpers_that_have_left_are_called_again() {
    let manner = Manner {
        calls: true,
        running: Running::TakeAway,
        ..PLAIN
    };
    explore(2, move || play(3, 0, manner));
}

#[test]
fn a_run_that_is_stopped_has_no_helpers_left() {
    explore(3, || {
        let run = Run::new(3, 3);
        let helper = run.call();
        run.schedule.stop();
        assert_eq!(run.schedule.look_at_head(), (3, Head::Done));
        helper.join().expect("a helper leaves");
        assert!(!run.schedule.has_helpers());
    });
}
