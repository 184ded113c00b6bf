//! Admission to the block: what a transaction may use depends on what its predecessors used, so it
//! is decided in order.

use crate::{Block, Rejection, block::GAS_PER_BLOB};
use revm::{
    context::{TxEnv, result::ExecutionResult},
    context_interface::Transaction,
};

/// Gas and blob gas used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    admission: bool,
    gas_limit: u64,
    blob_gas_limit: Option<u64>,
    pub(crate) gas_used: u64,
    pub(crate) blob_gas_used: u64,
}

impl Meter {
    pub(crate) fn new(block: &Block) -> Self {
        Self {
            admission: block.rules.gas_admission,
            gas_limit: block.env.gas_limit,
            blob_gas_limit: block
                .blob_params
                .map(|p| p.max.saturating_mul(GAS_PER_BLOB)),
            gas_used: 0,
            blob_gas_used: 0,
        }
    }

    /// Whether the transaction fits into what is left.
    pub(crate) fn admit(&self, tx: &TxEnv) -> Result<(), Rejection> {
        if !self.admission {
            return Ok(());
        }
        let remaining = self.gas_limit.saturating_sub(self.gas_used);
        // A limit above the whole block's is refused by the EVM with a reason of its own.
        if tx.gas_limit > remaining && tx.gas_limit <= self.gas_limit {
            return Err(Rejection::BlockGas {
                limit: tx.gas_limit,
                remaining,
            });
        }
        if let Some(limit) = self.blob_gas_limit {
            let needed = tx.total_blob_gas();
            let remaining = limit.saturating_sub(self.blob_gas_used);
            if needed > remaining && needed <= limit {
                return Err(Rejection::BlobGas { needed, remaining });
            }
        }
        Ok(())
    }

    /// Counts an executed transaction.
    pub(crate) fn count(&mut self, tx: &TxEnv, result: &ExecutionResult) {
        self.gas_used = self.gas_used.saturating_add(result.tx_gas_used());
        self.blob_gas_used = self.blob_gas_used.saturating_add(tx.total_blob_gas());
    }
}
