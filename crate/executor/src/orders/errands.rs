//! Errands, in every order.

use super::explore;
use crate::errand::Errand;
use loom::thread;
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{self as noted, Ordering::SeqCst},
    },
};

#[test]
fn an_errand_is_done_once_and_its_result_arrives() {
    explore(4, || {
        let done = Arc::new(noted::AtomicUsize::new(0));
        let errand = Arc::new(Errand::new(20));
        let offered = (Arc::clone(&errand), Arc::clone(&done));
        let other = thread::spawn(move || {
            let (errand, done) = offered;
            errand.run(|n| n + 1 + done.fetch_add(1, SeqCst));
        });
        assert_eq!(errand.finish(|n| n + 1 + done.fetch_add(1, SeqCst)), 21);
        other.join().expect("it is never stuck");
        assert_eq!(done.load(SeqCst), 1);
    });
}

#[test]
fn a_panic_on_an_errand_arrives_too() {
    explore(4, || {
        let errand = Arc::new(Errand::<_, usize>::new(()));
        let offered = Arc::clone(&errand);
        let other = thread::spawn(move || offered.run(|()| resume_unwind(Box::new("broke"))));
        let finished = catch_unwind(AssertUnwindSafe(|| errand.finish(|()| 1)));
        match finished {
            Ok(result) => assert_eq!(result, 1, "done by the owner"),
            Err(panic) => assert!(panic.is::<&str>()),
        }
        other.join().expect("a panic is kept for the owner");
    });
}
