//! The loop over frames, which is where calls are recorded.

use super::{Recorder, steps};
use crate::{
    StateSource,
    evm::{WorkerError, WorkerEvm},
};
#[cfg(not(feature = "fast-interpreter"))]
use revm::handler::instructions::InstructionProvider;
use revm::{
    handler::{EthFrame, EvmTr, FrameInitOrResult, FrameResult, ItemOrResult},
    interpreter::{interpreter::EthInterpreter, interpreter_action::FrameInit},
};

/// Executes a transaction's frames: what revm's own loop does, and what a recorder wants to know. For
/// a transaction that nobody records the difference is one look a frame.
pub(crate) fn run<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    first: FrameInit,
) -> Result<FrameResult, WorkerError> {
    let view = &mut evm.ctx.journaled_state.database.view;
    let mut recorder = view.as_mut().and_then(|view| view.recorder.take());
    let result = run_all(evm, first, &mut recorder);
    if let Some(view) = &mut evm.ctx.journaled_state.database.view {
        view.recorder = recorder;
    }
    result
}

fn run_all<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    first: FrameInit,
    recorder: &mut Option<Box<Recorder>>,
) -> Result<FrameResult, WorkerError> {
    let mut next = first;
    let mut is_first = true;
    loop {
        let mut ended = begin(evm, next, recorder)?;
        if is_first && let Some(result) = ended {
            return Ok(result);
        }
        is_first = false;
        next = loop {
            let result = match ended.take() {
                Some(result) => result,
                None => match run_frame(evm, recorder)? {
                    ItemOrResult::Item(next) => break next,
                    ItemOrResult::Result(result) => {
                        if let Some(recorder) = recorder {
                            recorder.leave(&result, &evm.ctx.journaled_state.inner.logs);
                        }
                        result
                    }
                },
            };
            if let Some(last) = evm.frame_return_result(result)? {
                return Ok(last);
            }
        };
    }
}

/// Begins a frame, or comes to the end of a call that needs none.
fn begin<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    init: FrameInit,
    recorder: &mut Option<Box<Recorder>>,
) -> Result<Option<FrameResult>, WorkerError> {
    let Some(recorder) = recorder else {
        return Ok(match evm.frame_init(init)? {
            ItemOrResult::Item(_) => None,
            ItemOrResult::Result(result) => Some(result),
        });
    };
    recorder.enter(&init.frame_input, &evm.ctx.local);
    let ended = match evm.frame_init(init)? {
        ItemOrResult::Item(frame) => {
            recorder.entered(&frame.data);
            None
        }
        ItemOrResult::Result(result) => Some(result),
    };
    let logs = &evm.ctx.journaled_state.inner.logs;
    recorder.logged(logs);
    if let Some(result) = &ended {
        recorder.leave(result, logs);
    }
    Ok(ended)
}

fn run_frame<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    recorder: &mut Option<Box<Recorder>>,
) -> Result<FrameInitOrResult<EthFrame<EthInterpreter>>, WorkerError> {
    let Some(recorder) = recorder else {
        return Ok(evm.frame_run()?);
    };
    let (context, instructions, _, frames) = evm.all_mut();
    let frame = frames.get();
    let action = if recorder.wants_steps() {
        steps::run(&mut frame.interpreter, instructions, context, recorder)
    } else {
        #[cfg(feature = "fast-interpreter")]
        let action = forerun_interpreter::run(&mut frame.interpreter, instructions, context);
        #[cfg(not(feature = "fast-interpreter"))]
        let action = frame.interpreter.run_plain(
            instructions.instruction_table(),
            instructions.gas_table(),
            context,
        );
        action
    };
    // The end of the frame undoes the logs of one that failed.
    recorder.logged(&context.journaled_state.inner.logs);
    let view = &mut context.journaled_state.database.view;
    let destroyed = view.as_mut().and_then(|view| view.destroyed.take());
    recorder.ran(&action, &frame.interpreter, destroyed);
    let next = frame.process_next_action::<_, WorkerError>(context, action)?;
    if matches!(next, ItemOrResult::Result(_)) {
        frame.set_finished(true);
    }
    Ok(next)
}
