//! The cryptography of the EVM where it costs the most: recovering who signed.
//!
//! In WebAssembly, which has no wide multiplication, recovering an address takes the library that revm
//! and alloy use some 410 µs, which is a quarter to a half of the time of a block that is heavy on
//! contracts. This crate takes 99 µs for it, since it need not hide what is public, and remembers what
//! it has found. Natively it takes a quarter of the time, too.
//!
//! | module | holds |
//! |---|---|
//! | `recovery` | from a signature to a public key |
//! | `sum` | `a·G + b·R`, which is where the time goes |
//! | `modular`, `point` | scalars in halves; points of the curve |
//! | `memory`, `results` | what is remembered, and how much of it |
//! | `signer` | signers, remembered; what is installed in alloy |
//! | `table` | the precompiles of a fork, for an EVM |
//!
//! The arithmetic of the field and of scalars is `k256`'s. Every other precompile is revm's own.

// A field element has 40 bytes, which are better not copied for every operation.
#![allow(clippy::op_ref)]

mod memory;
mod modular;
mod point;
mod recovery;
mod results;
mod signer;
mod sum;
mod table;

pub use recovery::{recover_address, recover_public_key};
pub use results::restart_memory;
pub use signer::{install, recall_address};
pub use table::precompiles;
