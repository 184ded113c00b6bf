//! The sequential loop: the baseline that parallel runs are compared with, and what one thread runs.

use crate::{
    Block, BlockOutcome, ExecutorError, Report, StateSource,
    sequence::{Flow, Sequence},
};

/// Executes a block's transactions one after the other.
///
/// # Errors
/// [`ExecutorError`] if the run could not be finished.
pub fn execute_sequentially<S: StateSource>(
    block: &Block,
    state: &S,
) -> Result<BlockOutcome, ExecutorError> {
    let mut sequence = Sequence::start(block, state, None)?;
    let mut executions = 0;
    for _ in &block.transactions {
        let flow = match sequence.admit() {
            Ok(()) => {
                executions += 1;
                sequence.run()?
            }
            Err(flow) => flow,
        };
        if flow == Flow::Stop {
            break;
        }
    }
    let report = Report::in_order(executions);
    sequence.finish()?.outcome(state, report)
}
