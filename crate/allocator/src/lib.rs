//! A global allocator that keeps freed blocks by thread.
//!
//! The standard library's allocator for WebAssembly takes one spin lock for every call, so threads
//! that allocate at once mostly wait for one another. Here each thread has lists of free blocks by
//! size, from which it takes and to which it gives without a lock.
//!
//! | module | holds |
//! |---|---|
//! | `class` | the sizes that blocks come in |
//! | `cache` | a thread's free blocks |
//! | `depot` | free blocks between threads, and the allocator behind |
//! | `block` | a free block, and lists of them |
//! | `spin_lock` | what guards the depot's lists |
//! | `routing` | which way a call goes |
//! | `global` | the [`ThreadCaching`] allocator: one depot, and a cache for each thread |
//!
//! **Where memory goes.** A block belongs to nobody: it is kept by the thread that frees it. A thread
//! keeps at most two batches of each size; of what is more, a whole batch goes to the depot, where
//! any thread that has none takes it before the allocator behind is asked. So where one thread
//! allocates and another frees for ever, the same batches go round.
//!
//! **What is given back.** Small blocks are cut from larger pieces that stay theirs: of each small
//! size there is as much as was in use at once, and two batches for each thread. Middle sizes are
//! blocks of the allocator behind, and what exceeds the depot's limit goes back to it. Large blocks
//! never come here.
//!
//! **Threads are not expected to end** before the program does: a thread that ends leaves its cache
//! unused. Threads of a pool in a browser end with their memory.

mod block;
mod cache;
mod class;
mod depot;
mod global;
mod routing;
mod spin_lock;
#[cfg(test)]
mod tests;

pub use global::ThreadCaching;
