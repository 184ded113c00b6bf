//! JavaScript bindings of forerun: a thin layer that turns bytes into requests, results into plain
//! objects and errors into thrown plain objects with a `code`.
//!
//! - `allocator`: what the threaded build allocates with
//! - [`engine`]: the one exported class
//! - [`panic`]: leaves the words of a panic where JavaScript can read them
//!
//! The same source makes two builds. With the feature `threads` (and a std built with atomics)
//! the executor runs on the rayon pool that `initThreadPool` has built; without it rayon has no
//! pool, and everything runs on the calling thread.

#[cfg(all(feature = "fast", feature = "threads", target_arch = "wasm32"))]
mod allocator;
mod engine;
mod panic;

pub use engine::{Engine, hash_of_code, rpc_methods};
pub use panic::install_panic_hook;
#[cfg(feature = "threads")]
pub use wasm_bindgen_rayon::init_thread_pool;

// Only named so that their features are switched on, see Cargo.toml.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use {getrandom_02 as _, getrandom_03 as _};
