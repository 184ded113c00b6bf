//! Work that somebody else may do meanwhile: whoever comes first does it.

use crate::sync::{Condvar, Mutex, MutexGuard};
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::PoisonError,
    thread::Result,
};

/// A piece of work that is offered to others while its owner does something else.
#[derive(Debug)]
pub(crate) struct Errand<T, R> {
    stage: Mutex<Stage<T, R>>,
    changed: Condvar,
}

#[derive(Debug)]
enum Stage<T, R> {
    Offered(T),
    Taken,
    Done(Result<R>),
}

impl<T, R> Errand<T, R> {
    #[allow(
        clippy::missing_const_for_fn,
        reason = "not all of the locks it can be made of are made by constant functions"
    )]
    pub(crate) fn new(work: T) -> Self {
        Self {
            stage: Mutex::new(Stage::Offered(work)),
            changed: Condvar::new(),
        }
    }

    /// Does the work if nobody has begun it. A panic is kept for the owner.
    pub(crate) fn run(&self, with: impl FnOnce(T) -> R) {
        let work = {
            let mut stage = self.lock();
            match std::mem::replace(&mut *stage, Stage::Taken) {
                Stage::Offered(work) => work,
                begun => {
                    *stage = begun;
                    return;
                }
            }
        };
        let done = catch_unwind(AssertUnwindSafe(|| with(work)));
        *self.lock() = Stage::Done(done);
        self.changed.notify_one();
    }

    /// Its result: the owner does the work if nobody has begun it, and otherwise waits for who has.
    ///
    /// # Panics
    /// With the panic of whoever did it.
    pub(crate) fn finish(&self, with: impl FnOnce(T) -> R) -> R {
        let mut stage = self.lock();
        loop {
            match std::mem::replace(&mut *stage, Stage::Taken) {
                Stage::Offered(work) => {
                    drop(stage);
                    return with(work);
                }
                Stage::Done(Ok(result)) => return result,
                Stage::Done(Err(panic)) => resume_unwind(panic),
                // Whoever has it leaves a result or a panic, so this ends.
                Stage::Taken => {
                    stage = self
                        .changed
                        .wait(stage)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stage<T, R>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_once_by_whoever_comes_first() {
        let errand = Errand::new(20);
        errand.run(|n| n + 1);
        errand.run(|_| unreachable!("it is done"));
        assert_eq!(errand.finish(|_| unreachable!("it is done")), 21);
        assert_eq!(Errand::new(20).finish(|n| n + 2), 22);
    }

    #[test]
    fn the_owner_waits_for_who_has_begun() {
        let errand = Errand::new(1);
        let (begun, begin) = std::sync::mpsc::channel();
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                errand.run(|n| {
                    begun.send(()).expect("the owner listens");
                    n + 1
                });
            });
            begin.recv().expect("it is begun");
            errand.finish(|_| unreachable!("it is taken"))
        });
        assert_eq!(result, 2);
    }

    #[test]
    fn a_panic_reaches_the_owner() {
        let errand = Errand::<_, ()>::new(());
        errand.run(|()| panic!("broke"));
        let finished = catch_unwind(AssertUnwindSafe(|| errand.finish(|()| ())));
        assert!(finished.is_err());
    }
}
