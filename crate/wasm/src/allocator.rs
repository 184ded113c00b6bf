//! The threaded build's allocator. The standard library's is one spin lock for all threads, which
//! costs more than the work between two allocations when two threads want it at once.

use forerun_allocator::ThreadCaching;

#[global_allocator]
static ALLOCATOR: ThreadCaching = ThreadCaching;
