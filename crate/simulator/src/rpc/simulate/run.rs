//! One block after the other.

use super::{
    answer,
    request::{BlockRequest, Flags, Planned},
    seal::{Sealed, seal},
    segments::Segments,
};
use crate::{
    block_environment::set_excess,
    fees::{self, BlobParent},
    fork::{Fork, deposit_contract},
    json,
    rewards::mining_rewards,
    rpc::{Failure, Session, block_param::pinned_header},
};
use alloy_primitives::{B256, U256};
use forerun_executor::{
    BalanceIncrement, Block, BlockRules, Checks, Layer, Record, StateSource, SystemCalls,
    revm::{
        context::BlockEnv, context_interface::block::BlobExcessGasAndPrice,
        primitives::hardfork::SpecId,
    },
};

/// Gas that all calls of a request may use together.
const GAS_BUDGET: u64 = 50_000_000;
const WEI_PER_GWEI: u64 = 1_000_000_000;

/// What the next block follows from.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    number: u64,
    hash: B256,
    env: BlockEnv,
    gas_used: u64,
    excess_blob_gas: u64,
    blob_gas_used: u64,
}

/// A request in execution.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) flags: Flags,
    pub(super) fork: Fork,
    pub(super) chain_id: u64,
    /// What the blocks so far made of the state.
    pub(super) layer: Layer,
    /// Gas that is left of the request's.
    pub(super) budget: u64,
    parent: Parent,
}

impl<'a> Run<'a> {
    /// Stands on the pinned block.
    pub(super) fn new(session: &'a Session<'a>, flags: Flags) -> Result<Self, Failure> {
        let snapshot = session.snapshot();
        let header = pinned_header(session)?;
        let hash = match header.hash {
            Some(hash) => hash,
            None => session.base().block_hash(header.number)?,
        };
        let env = BlockEnv {
            beneficiary: header.miner,
            gas_limit: header.gas_limit,
            basefee: header.base_fee.unwrap_or_default(),
            difficulty: header.difficulty,
            ..BlockEnv::default()
        };
        Ok(Self {
            session,
            flags,
            fork: snapshot.fork(),
            chain_id: snapshot.chain_id(),
            layer: Layer::default(),
            budget: GAS_BUDGET,
            parent: Parent {
                number: header.number,
                hash,
                env,
                gas_used: header.gas_used.unwrap_or_default(),
                excess_blob_gas: header.excess_blob_gas.unwrap_or_default(),
                blob_gas_used: header.blob_gas_used.unwrap_or_default(),
            },
        })
    }

    /// Simulates all blocks.
    pub(super) fn all(mut self, plan: Vec<Planned>) -> Result<String, Failure> {
        let mut out = String::from("[");
        for (index, planned) in plan.into_iter().enumerate() {
            let sealed = self.block(planned)?;
            json::separate(&mut out, index);
            answer::write(&mut out, &sealed, self.chain_id, self.flags);
        }
        out.push(']');
        Ok(out)
    }

    fn block(&mut self, planned: Planned) -> Result<Sealed, Failure> {
        let env = self.environment(&planned);
        let BlockRequest {
            overrides,
            state,
            calls,
        } = planned.block;
        self.layer
            .set_block_hash(self.parent.number, self.parent.hash);
        let base = self.session.base();
        let moved_precompiles = state.apply(&base, &mut self.layer, self.fork.spec)?;
        let mut balance_increments =
            mining_rewards(planned.number, env.beneficiary, &[], &self.fork);
        balance_increments.extend(overrides.withdrawals.iter().map(|withdrawal| {
            BalanceIncrement {
                address: withdrawal.address,
                amount: U256::from(withdrawal.amount) * U256::from(WEI_PER_GWEI),
            }
        }));
        let parent_beacon_block_root = overrides.beacon_root.unwrap_or_default();
        let block = Block {
            chain_id: self.chain_id,
            fork: self.fork.spec,
            env,
            blob_params: self.fork.blob_params,
            transactions: Vec::new(),
            rules: BlockRules {
                checks: Checks {
                    nonce: self.flags.validation,
                    base_fee: self.flags.validation,
                    sender_has_no_code: false,
                    gas_cap: false,
                    ..Checks::REAL
                },
                moved_precompiles,
                record: Record {
                    calls: true,
                    ..Record::NOTHING
                },
                system_calls: Some(SystemCalls {
                    parent_hash: self.parent.hash,
                    parent_beacon_block_root: Some(parent_beacon_block_root),
                    deposit_contract: deposit_contract(self.chain_id),
                }),
                balance_increments,
                ..BlockRules::default()
            },
        };
        let mut segments = Segments::new(self, block);
        for call in &calls {
            segments.call(call)?;
        }
        let executed = segments.finish()?;
        let excess_blob_gas = self.excess_blob_gas();
        let state_root = match self.session.snapshot().state_trie() {
            Some(trie) => trie.root_with(self.session.snapshot(), &self.layer)?,
            None => B256::ZERO,
        };
        let sealed = seal(
            executed,
            &self.fork,
            self.chain_id,
            alloy_consensus::Header {
                parent_hash: self.parent.hash,
                state_root,
                excess_blob_gas: self.fork.has(SpecId::CANCUN).then_some(excess_blob_gas),
                parent_beacon_block_root: self
                    .fork
                    .has(SpecId::CANCUN)
                    .then_some(parent_beacon_block_root),
                ..alloy_consensus::Header::default()
            },
            overrides.withdrawals,
        );
        self.parent = Parent {
            number: sealed.header.number,
            hash: sealed.hash,
            env: sealed.env.clone(),
            gas_used: sealed.header.gas_used,
            excess_blob_gas,
            blob_gas_used: sealed.header.blob_gas_used.unwrap_or_default(),
        };
        Ok(sealed)
    }

    /// Coinbase and gas limit are the parent's, those that were overridden included. There is no
    /// randomness, and without validation no base fee.
    fn environment(&self, planned: &Planned) -> BlockEnv {
        let parent = &self.parent.env;
        let merged = self.fork.has(SpecId::MERGE);
        let basefee = if self.flags.validation && self.fork.has(SpecId::LONDON) {
            fees::next_base_fee(self.parent.gas_used, parent.gas_limit, parent.basefee)
        } else {
            0
        };
        let mut env = BlockEnv {
            number: U256::from(planned.number),
            beneficiary: parent.beneficiary,
            timestamp: U256::from(planned.time),
            gas_limit: parent.gas_limit,
            basefee,
            difficulty: if merged {
                U256::ZERO
            } else {
                parent.difficulty
            },
            prevrandao: merged.then_some(B256::ZERO),
            ..BlockEnv::default()
        };
        let excess_blob_gas = self.excess_blob_gas();
        if set_excess(&mut env, excess_blob_gas, &self.fork).is_err() {
            // Beyond 128 bits: nobody can pay that.
            env.blob_excess_gas_and_price = Some(BlobExcessGasAndPrice {
                excess_blob_gas,
                blob_gasprice: u128::MAX,
            });
        }
        planned.block.overrides.apply(&mut env, &self.fork);
        if merged {
            env.difficulty = U256::ZERO;
        }
        env
    }

    fn excess_blob_gas(&self) -> u64 {
        let Some(params) = self.fork.blob_params else {
            return 0;
        };
        let parent = BlobParent {
            excess_blob_gas: self.parent.excess_blob_gas,
            blob_gas_used: self.parent.blob_gas_used,
            base_fee: self.parent.env.basefee,
        };
        fees::next_excess_blob_gas(parent, params, self.fork.has(SpecId::OSAKA)).unwrap_or_default()
    }
}
