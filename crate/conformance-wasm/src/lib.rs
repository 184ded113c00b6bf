//! The published tests of Ethereum's execution clients, in a browser: a test module that is built like
//! the threaded build, on the same pool and allocator, and never shipped.
//!
//! Natively there is nothing here.

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod vectors;

#[cfg(target_arch = "wasm32")]
pub use bindings::{choose, name_of, run};
#[cfg(target_arch = "wasm32")]
pub use vectors::Vectors;
