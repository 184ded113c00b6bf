//! The EVM of one worker: built once a run, used for one transaction after another.

use crate::{
    Block, ExecutorError, StateError, StateSource, precompiles::Precompiles, recording,
    store::Store,
};
#[cfg(feature = "fast-interpreter")]
use forerun_interpreter::{Instructions, LoopEvm};
use revm::{
    Context, MainContext,
    context::{
        BlockEnv, CfgEnv, ContextSetters, ContextTr, Journal, JournalTr, TxEnv,
        result::{EVMError, ExecutionResult, HaltReason},
    },
    handler::{FrameResult, Handler, MainnetContext, SystemCallTx, post_execution},
    interpreter::{Instruction, interpreter::EthInterpreter, interpreter_action::FrameInit},
    primitives::{Address, Bytes},
};
#[cfg(not(feature = "fast-interpreter"))]
use revm::{
    MainBuilder,
    context::Evm,
    handler::{EthFrame, instructions::EthInstructions},
};
use std::marker::PhantomData;

/// What a worker's EVM executes in.
pub(crate) type WorkerContext<'a, S> = MainnetContext<Store<'a, S>>;

/// The EVM of a worker.
#[cfg(not(feature = "fast-interpreter"))]
pub(crate) type WorkerEvm<'a, S> = Evm<
    WorkerContext<'a, S>,
    (),
    EthInstructions<EthInterpreter, WorkerContext<'a, S>>,
    Precompiles,
    EthFrame<EthInterpreter>,
>;
/// The EVM of a worker.
#[cfg(feature = "fast-interpreter")]
pub(crate) type WorkerEvm<'a, S> = LoopEvm<WorkerContext<'a, S>, Precompiles>;

/// The error of a worker's EVM.
pub(crate) type WorkerError = EVMError<StateError>;

/// Builds an EVM for a block.
pub(crate) fn build<'a, S: StateSource>(block: &Block, store: Store<'a, S>) -> WorkerEvm<'a, S> {
    let context: Context<BlockEnv, TxEnv, CfgEnv, _, Journal<_>, ()> = Context::mainnet()
        .with_db(store)
        .with_cfg(configuration(block))
        .with_block(block.env.clone());
    #[cfg(not(feature = "fast-interpreter"))]
    let mut evm = context
        .build_mainnet()
        .with_precompiles(Precompiles::of(block));
    #[cfg(feature = "fast-interpreter")]
    let mut evm = LoopEvm::new(
        context,
        Instructions::new(block.fork),
        Precompiles::of(block),
    );
    // System calls skip the phase in which revm tells the journal its fork.
    evm.ctx.journal_mut().set_spec_id(block.fork);
    evm
}

/// Puts an instruction in the place of an opcode's own.
pub(crate) fn replace<'a, S: StateSource>(
    evm: &mut WorkerEvm<'a, S>,
    opcode: u8,
    instruction: Instruction<EthInterpreter, WorkerContext<'a, S>>,
) {
    #[cfg(not(feature = "fast-interpreter"))]
    {
        evm.instruction.instruction_table_mut()[usize::from(opcode)] = instruction;
    }
    #[cfg(feature = "fast-interpreter")]
    evm.instruction.replace(opcode, instruction);
}

/// Has all workers forget the hashes that they know. For measurements that are to find nothing known;
/// without the feature `fast-interpreter` there are none.
#[cfg_attr(
    not(feature = "fast-interpreter"),
    expect(clippy::missing_const_for_fn, reason = "it is none with the feature")
)]
pub fn forget_hashes() {
    #[cfg(feature = "fast-interpreter")]
    forerun_interpreter::forget_hashes();
}

/// What the EVM was in.
pub(crate) fn into_context<S: StateSource>(evm: WorkerEvm<'_, S>) -> WorkerContext<'_, S> {
    #[cfg(not(feature = "fast-interpreter"))]
    return evm.ctx;
    #[cfg(feature = "fast-interpreter")]
    return evm.into_context();
}

fn configuration(block: &Block) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(block.fork).with_chain_id(block.chain_id);
    cfg.max_blobs_per_tx = block.blobs_per_transaction();
    cfg.blob_base_fee_update_fraction = block.blob_params.map(|p| p.base_fee_update_fraction);
    let checks = block.rules.checks;
    cfg.disable_nonce_check = !checks.nonce;
    cfg.disable_eip3607 = !checks.sender_has_no_code;
    cfg.disable_block_gas_limit = !checks.block_gas;
    cfg.disable_base_fee = !checks.base_fee;
    cfg.disable_priority_fee_check = !checks.base_fee;
    cfg.disable_balance_check = !checks.balance;
    if !checks.gas_cap {
        cfg.tx_gas_limit_cap = Some(u64::MAX);
    }
    cfg
}

/// What is left of an EVM error when invalid transactions have been taken out.
pub(crate) fn fatal(transaction: Option<usize>, error: WorkerError) -> ExecutorError {
    match error {
        EVMError::Database(error) => ExecutorError::State { transaction, error },
        EVMError::Header(header) => ExecutorError::Environment(match header {
            revm::context::result::InvalidHeader::PrevrandaoNotSet => "prevrandao",
            revm::context::result::InvalidHeader::ExcessBlobGasNotSet => "excess blob gas",
        }),
        other => ExecutorError::Evm {
            transaction,
            message: other.to_string(),
        },
    }
}

/// The end of a transaction, where revm's handler pays the fee to the coinbase. It is all that workers
/// do in different ways, so the handler asks for it in passing and is one for all of them.
pub(crate) trait Ending<S: StateSource> {
    /// Pays the fee, or sees to it that it will be paid.
    fn pay(
        &self,
        context: &mut WorkerContext<'_, S>,
        result: &FrameResult,
    ) -> Result<(), WorkerError>;
}

/// revm's own.
#[derive(Debug)]
pub(crate) struct PaidAtOnce;

impl<S: StateSource> Ending<S> for PaidAtOnce {
    fn pay(
        &self,
        context: &mut WorkerContext<'_, S>,
        result: &FrameResult,
    ) -> Result<(), WorkerError> {
        Ok(post_execution::reward_beneficiary(context, result.gas())?)
    }
}

/// Executes a transaction.
pub(crate) fn run<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    tx: TxEnv,
    ending: &dyn Ending<S>,
) -> Result<ExecutionResult, WorkerError> {
    evm.ctx.set_tx(tx);
    WorkerHandler::with(ending).run(evm)
}

/// Executes a call that the protocol itself makes. Nobody pays for it.
pub(crate) fn system_call<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    contract: Address,
    data: Bytes,
) -> Result<ExecutionResult, WorkerError> {
    evm.ctx.set_tx(TxEnv::new_system_tx(contract, data));
    WorkerHandler::with(&PaidAtOnce).run_system_call(evm)
}

/// revm's handler, with an ending.
struct WorkerHandler<'e, 'a, S> {
    ending: &'e dyn Ending<S>,
    store: PhantomData<fn() -> Store<'a, S>>,
}

impl<'e, S> WorkerHandler<'e, '_, S> {
    const fn with(ending: &'e dyn Ending<S>) -> Self {
        Self {
            ending,
            store: PhantomData,
        }
    }
}

impl<'a, S: StateSource> Handler for WorkerHandler<'_, 'a, S> {
    type Evm = WorkerEvm<'a, S>;
    type Error = WorkerError;
    type HaltReason = HaltReason;

    fn run_exec_loop(
        &mut self,
        evm: &mut Self::Evm,
        first_frame_input: FrameInit,
    ) -> Result<FrameResult, Self::Error> {
        recording::run(evm, first_frame_input)
    }

    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        exec_result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        self.ending.pay(&mut evm.ctx, exec_result)
    }
}
