//! The locks and atomics that workers meet at. They are the standard library's; with the feature
//! `loom` they are [loom](https://docs.rs/loom)'s, so that tests can try out every order of their
//! steps and every value that the memory model lets a load find.

#[cfg(feature = "loom")]
mod explored;

#[cfg(feature = "loom")]
pub(crate) use explored::*;
#[cfg(not(feature = "loom"))]
pub(crate) use std::{
    hint::spin_loop,
    sync::{Condvar, Mutex, MutexGuard, RwLock, atomic},
};

/// Whether every order is tried out. Waiting for a while is then no use, and multiplies the orders.
pub(crate) const EXPLORED: bool = cfg!(feature = "loom");
