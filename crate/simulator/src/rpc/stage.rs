//! What single calls stand on: the pinned block's state and environment, with what a request overrides.

use super::{
    BlockOverrides, Failure, RpcError, Session, StateOverrides, TransactionArgs,
    block_param::pinned_header, refusal::refused,
};
use crate::{block_environment, fields::Field, fork::Fork};
use alloy_primitives::U256;
use forerun_executor::{
    Block, BlockOutcome, BlockRules, Checks, Layer, MovedPrecompiles, Rejection,
    TransactionOutcome,
    revm::{
        context::{BlockEnv, TxEnv, result::ExecutionResult},
        primitives::hardfork::SpecId,
    },
};

/// The most gas that a call has.
pub(crate) const GAS_CAP: u64 = 50_000_000;

/// What calls are executed on.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    chain_id: u64,
    pub(crate) fork: Fork,
    pub(crate) env: BlockEnv,
    pub(crate) layer: Layer,
    moved_precompiles: MovedPrecompiles,
}

impl Stage {
    /// The pinned block's own state and environment, with the overrides of a request.
    pub(crate) fn read(
        session: &Session<'_>,
        state: Option<&Field<'_>>,
        block: Option<&Field<'_>>,
    ) -> Result<Self, Failure> {
        let fork = session.snapshot().fork();
        let mut header = pinned_header(session)?.clone();
        // A header may lack what its calls do not need.
        header.base_fee.get_or_insert_default();
        header.mix_hash.get_or_insert_default();
        header.excess_blob_gas.get_or_insert_default();
        let env = block_environment::of_header(&header, "block", &fork)?;
        let mut stage = Self {
            chain_id: session.snapshot().chain_id(),
            fork,
            env,
            layer: Layer::default(),
            moved_precompiles: MovedPrecompiles::default(),
        };
        if let Some(field) = block {
            stage.override_block(field)?;
        }
        if let Some(field) = state {
            let (base, spec) = (session.base(), fork.spec);
            let overrides = StateOverrides::read(field)?;
            stage.moved_precompiles = overrides.apply(&base, &mut stage.layer, spec)?;
        }
        Ok(stage)
    }

    /// Puts other values into the environment.
    pub(crate) fn override_block(&mut self, field: &Field<'_>) -> Result<(), Failure> {
        let overrides = BlockOverrides::read(field)?;
        // They would have to be there before the block's first transaction and behind its last one.
        for (name, is_given) in [
            ("beaconRoot", overrides.beacon_root.is_some()),
            ("withdrawals", !overrides.withdrawals.is_empty()),
        ] {
            if is_given {
                let message =
                    format!("block override \"{name}\" is not supported for this RPC method");
                return Err(RpcError::new(RpcError::SERVER, message).into());
            }
        }
        overrides.apply(&mut self.env, &self.fork);
        Ok(())
    }

    /// Reads a call and refuses what no transaction can have.
    pub(crate) fn args(&self, field: &Field<'_>) -> Result<TransactionArgs, Failure> {
        let mut args = TransactionArgs::read(field)?;
        args.check(self.chain_id)?;
        args.gas = args.gas.map(|gas| gas.min(GAS_CAP));
        Ok(args)
    }

    /// Whether a call is free, so that its block has no base fee for it: it could not pay one.
    pub(crate) fn is_free(&self, args: &TransactionArgs) -> bool {
        args.price(self.env.basefee) == 0
    }

    /// A block of these calls, which are all free or all not.
    pub(crate) fn block(&self, calls: &[TransactionArgs]) -> Block {
        let mut env = self.env.clone();
        if calls.iter().all(|args| self.is_free(args)) {
            env.basefee = 0;
        }
        let free_blobs =
            |args: &TransactionArgs| args.blob_hashes.is_some() && args.blob_fee_cap() == 0;
        if let Some(blobs) = &mut env.blob_excess_gas_and_price
            && calls.iter().any(free_blobs)
        {
            blobs.blob_gasprice = 0;
        }
        Block {
            chain_id: self.chain_id,
            fork: self.fork.spec,
            env,
            blob_params: self.fork.blob_params,
            transactions: calls.iter().map(|args| self.transaction(args)).collect(),
            rules: BlockRules {
                checks: Checks {
                    nonce: false,
                    sender_has_no_code: false,
                    gas_cap: false,
                    block_gas: false,
                    ..Checks::REAL
                },
                moved_precompiles: self.moved_precompiles.clone(),
                ..BlockRules::default()
            },
        }
    }

    fn transaction(&self, args: &TransactionArgs) -> TxEnv {
        let mut tx = args.environment(self.chain_id);
        tx.gas_limit = args.gas.unwrap_or(GAS_CAP);
        if tx.tx_type == 2 && !self.fork.has(SpecId::LONDON) {
            tx.tx_type = u8::from(!tx.access_list.is_empty());
            tx.gas_priority_fee = None;
        }
        tx
    }

    /// Executes a call.
    ///
    /// # Errors
    /// What the call is refused with, in the words of geth but for what surrounds them.
    pub(crate) fn run(
        &self,
        session: &Session<'_>,
        args: &TransactionArgs,
    ) -> Result<Result<ExecutionResult, Refused>, Failure> {
        let block = self.block(std::slice::from_ref(args));
        let outcome = session.execute(&block, &self.layer)?;
        Ok(first_result(outcome, &block))
    }

    /// What the caller has.
    pub(crate) fn funds(
        &self,
        session: &Session<'_>,
        args: &TransactionArgs,
    ) -> Result<U256, Failure> {
        let info = session.account(&self.layer, args.from)?;
        Ok(info.map(|info| info.balance).unwrap_or_default())
    }
}

/// What became of the first call of a block.
pub(crate) fn first_result(
    outcome: BlockOutcome,
    block: &Block,
) -> Result<ExecutionResult, Refused> {
    match outcome.transactions.into_iter().next() {
        Some(TransactionOutcome::Executed(result)) => Ok(result),
        Some(TransactionOutcome::Rejected(rejection)) => Err(Refused {
            error: refused(&rejection, &block.transactions[0], block),
            rejection,
        }),
        None => unreachable!("a block of a call has an outcome for it"),
    }
}

/// A call that may not stand where it is.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) rejection: Rejection,
    pub(crate) error: RpcError,
}

impl Refused {
    /// The error of a call that was given this much gas.
    pub(crate) fn of_call(self, gas: u64) -> RpcError {
        let message = format!("err: {} (supplied gas {gas})", self.error.message);
        RpcError::new(RpcError::SERVER, message)
    }
}
