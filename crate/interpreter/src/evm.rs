//! revm's EVM with the loop in it.

use crate::{Instructions, run};
use revm::{
    Database, ExecuteEvm, SystemCallEvm,
    context::{
        ContextSetters, ContextTr, Evm, FrameStack, JournalTr,
        result::{EVMError, ExecResultAndState, ExecutionResult, HaltReason, InvalidTransaction},
    },
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, Handler, ItemOrResult, MainnetHandler,
        PrecompileProvider,
        evm::{ContextDbError, FrameInitResult},
        system_call::SystemCallTx,
    },
    interpreter::{
        Host, InterpreterResult, interpreter::EthInterpreter, interpreter_action::FrameInit,
    },
    primitives::{Address, Bytes},
    state::EvmState,
};
use std::ops::{Deref, DerefMut};

/// revm's EVM, without an inspector, whose frames the loop runs.
///
/// It is its own [`EvmTr`], so handlers written for revm's EVM run on it, and it gives access to revm's
/// EVM, whose own methods run revm's loop: whoever inspects does it there.
#[derive(Debug)]
pub struct LoopEvm<CTX: Host, P> {
    inner: Evm<CTX, (), Instructions<CTX>, P, EthFrame<EthInterpreter>>,
}

impl<CTX: Host, P> LoopEvm<CTX, P> {
    /// An EVM in a context.
    pub fn new(context: CTX, instructions: Instructions<CTX>, precompiles: P) -> Self {
        Self {
            inner: Evm::new(context, instructions, precompiles),
        }
    }

    /// What it was in.
    pub fn into_context(self) -> CTX {
        self.inner.ctx
    }
}

impl<CTX: Host, P> Deref for LoopEvm<CTX, P> {
    type Target = Evm<CTX, (), Instructions<CTX>, P, EthFrame<EthInterpreter>>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl<CTX: Host, P> DerefMut for LoopEvm<CTX, P> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

impl<CTX, P> EvmTr for LoopEvm<CTX, P>
where
    CTX: ContextTr + Host,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Context = CTX;
    type Instructions = Instructions<CTX>;
    type Precompiles = P;
    type Frame = EthFrame<EthInterpreter>;

    #[inline]
    fn all(&self) -> (&CTX, &Self::Instructions, &P, &FrameStack<Self::Frame>) {
        self.inner.all()
    }

    #[inline]
    fn all_mut(
        &mut self,
    ) -> (
        &mut CTX,
        &mut Self::Instructions,
        &mut P,
        &mut FrameStack<Self::Frame>,
    ) {
        self.inner.all_mut()
    }

    #[inline]
    fn frame_init(
        &mut self,
        frame_input: FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<CTX>> {
        self.inner.frame_init(frame_input)
    }

    #[inline]
    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<CTX>> {
        let (context, instructions, _, frames) = self.inner.all_mut();
        let frame = frames.get();
        let action = run::run(&mut frame.interpreter, instructions, context);
        let next = frame.process_next_action::<_, ContextDbError<CTX>>(context, action)?;
        if matches!(next, ItemOrResult::Result(_)) {
            frame.set_finished(true);
        }
        Ok(next)
    }

    #[inline]
    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<CTX>> {
        self.inner.frame_return_result(result)
    }
}

impl<CTX, P> ExecuteEvm for LoopEvm<CTX, P>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>> + ContextSetters + Host,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type ExecutionResult = ExecutionResult<HaltReason>;
    type State = EvmState;
    type Error = EVMError<<CTX::Db as Database>::Error, InvalidTransaction>;
    type Tx = <CTX as ContextTr>::Tx;
    type Block = <CTX as ContextTr>::Block;

    fn set_block(&mut self, block: Self::Block) {
        self.inner.set_block(block);
    }

    fn transact_one(&mut self, tx: Self::Tx) -> Result<Self::ExecutionResult, Self::Error> {
        self.inner.ctx.set_tx(tx);
        MainnetHandler::default().run(self)
    }

    fn finalize(&mut self) -> Self::State {
        self.inner.finalize()
    }

    fn replay(
        &mut self,
    ) -> Result<ExecResultAndState<Self::ExecutionResult, Self::State>, Self::Error> {
        let result: Result<_, Self::Error> = MainnetHandler::default().run(self);
        // Also where it failed: what there is then belongs to nothing.
        let state = self.finalize();
        Ok(ExecResultAndState::new(result?, state))
    }
}

impl<CTX, P> SystemCallEvm for LoopEvm<CTX, P>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>, Tx: SystemCallTx> + ContextSetters + Host,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    fn system_call_one_with_caller(
        &mut self,
        caller: Address,
        system_contract_address: Address,
        data: Bytes,
    ) -> Result<Self::ExecutionResult, Self::Error> {
        self.inner.ctx.set_tx(CTX::Tx::new_system_tx_with_caller(
            caller,
            system_contract_address,
            data,
        ));
        MainnetHandler::default().run_system_call(self)
    }
}
