//! Logs of transactions that are in no block yet.

use crate::{json, remote::lower};
use alloy_primitives::B256;
use forerun_executor::revm::context::result::ExecutionResult;

/// Where logs come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) block_number: u64,
    pub(crate) transaction: B256,
    /// The transaction's place in the block.
    pub(crate) index: usize,
}

/// Writes the logs of a transaction as a list, and counts them: `next` is the number that the next
/// log has in the block. The block has no hash, since nobody has made it.
pub(crate) fn write(out: &mut String, result: &ExecutionResult, source: Source, next: &mut usize) {
    out.push('[');
    // Only a successful transaction leaves logs.
    let logs = result.logs().iter().filter(|_| result.is_success());
    for (index, log) in logs.enumerate() {
        json::separate(out, index);
        out.push_str("{\"address\":");
        json::text(out, &lower(&log.address));
        out.push_str(",\"topics\":");
        json::list(out, log.topics().iter());
        out.push_str(",\"data\":");
        json::text(out, &log.data.data);
        out.push_str(",\"blockNumber\":");
        json::text(out, &format_args!("{:#x}", source.block_number));
        out.push_str(",\"transactionHash\":");
        json::text(out, &source.transaction);
        out.push_str(",\"transactionIndex\":");
        json::text(out, &format_args!("{:#x}", source.index));
        out.push_str(",\"blockHash\":null,\"logIndex\":");
        json::text(out, &format_args!("{next:#x}"));
        out.push_str(",\"removed\":false}");
        *next += 1;
    }
    out.push(']');
}
