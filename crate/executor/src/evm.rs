//! The EVM of one worker: built once a run, used for one transaction after another.

use crate::{Block, ExecutorError, FeeChecks, StateError};
#[cfg(feature = "fast-interpreter")]
use forerun_interpreter::{Instructions, LoopEvm};
#[cfg(feature = "fast-interpreter")]
use revm::handler::EthPrecompiles;
use revm::{
    Context, Database, MainContext,
    context::{
        BlockEnv, CfgEnv, ContextTr, Journal, JournalTr, TxEnv,
        result::{EVMError, HaltReason},
    },
    context_interface::Transaction,
    handler::{FrameResult, Handler, MainnetContext},
    interpreter::{Instruction, interpreter::EthInterpreter},
    primitives::{U256, hardfork::SpecId},
};
#[cfg(not(feature = "fast-interpreter"))]
use revm::{MainBuilder, handler::MainnetEvm};
use std::{cell::Cell, marker::PhantomData};

/// An EVM over the state view `D`.
#[cfg(not(feature = "fast-interpreter"))]
pub(crate) type WorkerEvm<D> = MainnetEvm<MainnetContext<D>>;
/// An EVM over the state view `D`.
#[cfg(feature = "fast-interpreter")]
pub(crate) type WorkerEvm<D> = LoopEvm<MainnetContext<D>, EthPrecompiles>;

/// The error of an EVM over the state view `D`.
pub(crate) type WorkerError = EVMError<StateError>;

/// Builds an EVM for a block.
pub(crate) fn build<D: Database<Error = StateError>>(block: &Block, database: D) -> WorkerEvm<D> {
    let context: Context<BlockEnv, TxEnv, CfgEnv, D, Journal<D>, ()> = Context::mainnet()
        .with_db(database)
        .with_cfg(configuration(block))
        .with_block(block.env.clone());
    #[cfg(not(feature = "fast-interpreter"))]
    let mut evm = context.build_mainnet();
    #[cfg(feature = "fast-interpreter")]
    let mut evm = LoopEvm::new(
        context,
        Instructions::new(block.fork),
        EthPrecompiles::new(block.fork),
    );
    #[cfg(feature = "fast-precompiles")]
    {
        evm.precompiles.precompiles = forerun_precompiles::precompiles(block.fork);
    }
    // System calls skip the phase in which revm tells the journal its fork.
    evm.ctx.journal_mut().set_spec_id(block.fork);
    evm
}

/// Puts an instruction in the place of an opcode's own.
pub(crate) fn replace<D: Database<Error = StateError>>(
    evm: &mut WorkerEvm<D>,
    opcode: u8,
    instruction: Instruction<EthInterpreter, MainnetContext<D>>,
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
pub(crate) fn into_context<D: Database<Error = StateError>>(
    evm: WorkerEvm<D>,
) -> MainnetContext<D> {
    #[cfg(not(feature = "fast-interpreter"))]
    return evm.ctx;
    #[cfg(feature = "fast-interpreter")]
    return evm.into_context();
}

fn configuration(block: &Block) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(block.fork).with_chain_id(block.chain_id);
    cfg.max_blobs_per_tx = block.blobs_per_transaction();
    cfg.blob_base_fee_update_fraction = block.blob_params.map(|p| p.base_fee_update_fraction);
    if block.rules.fee_checks == FeeChecks::Relaxed {
        cfg.disable_balance_check = true;
        cfg.disable_base_fee = true;
        cfg.disable_priority_fee_check = true;
        cfg.disable_eip3607 = true;
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

/// revm's handler, except that the fee for the coinbase is set aside when the transaction has not
/// looked at the coinbase.
///
/// revm pays the fee by loading the coinbase's account, a read that would make every transaction
/// depend on the one before it. Set aside, the fee is a number that the commit adds in order. When
/// the transaction did look, by BALANCE or by sending or receiving, its account is in the journal
/// already and the fee is paid there, as always.
#[derive(Debug)]
pub(crate) struct FeeAside<D> {
    aside: Cell<Option<U256>>,
    database: PhantomData<fn() -> D>,
}

impl<D> FeeAside<D> {
    pub(crate) const fn new() -> Self {
        Self {
            aside: Cell::new(None),
            database: PhantomData,
        }
    }

    /// The fee of the last transaction, if it was set aside. Zero counts as paid: revm touches the
    /// coinbase then too, which can remove or materialise an empty account.
    pub(crate) fn take(&self) -> Option<U256> {
        self.aside.take()
    }
}

impl<D: Database<Error = StateError>> Handler for FeeAside<D> {
    type Evm = WorkerEvm<D>;
    type Error = WorkerError;
    type HaltReason = HaltReason;

    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        exec_result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        let context = &mut evm.ctx;
        let coinbase = context.block.beneficiary;
        if context.journaled_state.inner.state.contains_key(&coinbase) {
            return revm::handler::post_execution::reward_beneficiary(context, exec_result.gas())
                .map_err(EVMError::from);
        }
        let basefee = u128::from(context.block.basefee);
        let price = context.tx.effective_gas_price(basefee);
        let tip = if context.cfg.spec().is_enabled_in(SpecId::LONDON) {
            price.saturating_sub(basefee)
        } else {
            price
        };
        let gas = exec_result.gas();
        let used = gas.used().saturating_sub(gas.reservoir());
        self.aside.set(Some(U256::from(tip) * U256::from(used)));
        Ok(())
    }
}
