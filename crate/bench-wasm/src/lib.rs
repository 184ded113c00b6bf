//! What benchmarks of the threaded build's allocator call in a browser: a module that is built like the
//! threaded build, with the same allocator and the same kind of pool, and never shipped.
//!
//! Natively there is nothing here.

#[cfg(target_arch = "wasm32")]
mod allocation;

#[cfg(target_arch = "wasm32")]
pub use allocation::allocate;
#[cfg(target_arch = "wasm32")]
pub use wasm_bindgen_rayon::init_thread_pool;
