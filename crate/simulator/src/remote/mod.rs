//! Simulating on state that comes in piece by piece.
//!
//! A [`Task`] is a request on a snapshot that is not complete. Each of its steps is a whole run, in
//! which whatever is not known is guessed (`guess.rs`), so that no miss stops it: the run goes on past
//! the miss only to find out what else will be needed. All that was missed is then asked for at once,
//! and one such *wave* costs one round trip, however many transactions there are. A run in which
//! nothing was guessed is the result. Nothing else ever leaves a task, so a wrong guess costs time and
//! can do nothing else.
//!
//! | module | holds |
//! |---|---|
//! | `task` | the loop of steps, as a value that the caller turns |
//! | `guess` | the state as a step sees it: what is known, else a guess and a note of it |
//! | `predictions` | what may be true: values of other blocks |
//! | `beforehand` | what is needed whatever comes, told before the request is read |
//! | `scouting` | which walks scouts are sent on, and what is added to what they find |
//! | `foresight` | what a contract is likely to read, told from its code |
//! | `derived` | slots whose place depends on what another one holds |
//! | `keys`, `values` | names of pieces of state, and the pieces that come in |

mod beforehand;
mod derived;
mod foresight;
mod guess;
mod keys;
mod predictions;
mod scouting;
mod task;
mod values;

pub use derived::Derived;
pub(crate) use guess::Guessing;
pub use keys::Keys;
pub(crate) use keys::lower;
pub(crate) use predictions::Predictions;
pub(crate) use scouting::Scouting;
pub use task::{Answer, Step, Task};
pub(crate) use values::Values;
