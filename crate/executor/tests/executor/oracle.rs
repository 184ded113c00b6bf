//! The judge: revm alone, writing every transaction back to its own `State`, as revm's users do.

use forerun_executor::{
    Block, OnInvalid, Rejection, StateChanges, StateError, StateSource, TransactionOutcome,
    revm::{
        Context, Database, DatabaseCommit, ExecuteEvm, MainBuilder, MainContext,
        context::{CfgEnv, result::EVMError},
        database::{State, StateBuilder},
        database_interface::{DatabaseCommitExt, DatabaseRef, WrapDatabaseRef},
        primitives::{Address, B256, U256},
        state::{AccountInfo, Bytecode},
    },
};

/// A state source as revm's own kind of database.
#[derive(Debug)]
pub(crate) struct Base<'a, S>(pub(crate) &'a S);

impl<S: StateSource> DatabaseRef for Base<'_, S> {
    type Error = StateError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.0.account(address)
    }
    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.0.code(hash)
    }
    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.0.storage(address, slot)
    }
    fn block_hash_ref(&self, number: u64) -> Result<B256, StateError> {
        self.0.block_hash(number)
    }
}

/// What revm alone made of a block.
pub(crate) struct Verdict<'a, S: StateSource> {
    pub(crate) transactions: Vec<TransactionOutcome>,
    pub(crate) coinbase_balances: Vec<U256>,
    pub(crate) state: State<WrapDatabaseRef<Base<'a, S>>>,
}

/// Runs the transactions of a block one by one and credits what the block credits. Gas admission is
/// not revm's business and not done.
pub(crate) fn judge<'a, S: StateSource>(block: &Block, base: &'a S) -> Verdict<'a, S> {
    let mut cfg = CfgEnv::new_with_spec(block.fork).with_chain_id(block.chain_id);
    cfg.max_blobs_per_tx = block.blob_params.map(|p| p.max.min(6));
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
    let state: State<_> = StateBuilder::new_with_database(WrapDatabaseRef(Base(base))).build();
    let mut evm = Context::mainnet()
        .with_db(state)
        .with_cfg(cfg)
        .with_block(block.env.clone())
        .build_mainnet();
    let mut transactions = Vec::new();
    let mut coinbase_balances = Vec::new();
    let mut note_coinbase = |state: &mut State<_>| {
        let account = state.basic(block.env.beneficiary);
        let account = account.expect("the base is complete");
        coinbase_balances.push(account.map(|a| a.balance).unwrap_or_default());
    };
    for tx in &block.transactions {
        note_coinbase(&mut evm.ctx.journaled_state.database);
        match evm.transact(tx.clone()) {
            Ok(outcome) => {
                evm.ctx.journaled_state.database.commit(outcome.state);
                transactions.push(TransactionOutcome::Executed(outcome.result));
            }
            Err(EVMError::Transaction(invalid)) => {
                transactions.push(TransactionOutcome::Rejected(Rejection::Invalid(invalid)));
                if block.rules.on_invalid == OnInvalid::Stop {
                    break;
                }
            }
            Err(error) => panic!("the judge stumbled: {error}"),
        }
    }
    note_coinbase(&mut evm.ctx.journaled_state.database);
    let mut state = evm.ctx.journaled_state.database;
    let stopped = transactions.len() < block.transactions.len()
        || (block.rules.on_invalid == OnInvalid::Stop
            && matches!(transactions.last(), Some(TransactionOutcome::Rejected(_))));
    if !stopped {
        for increment in &block.rules.balance_increments {
            let amount = increment.amount.try_into().expect("the amounts are small");
            state
                .increment_balances([(increment.address, amount)])
                .expect("the base is complete");
        }
    }
    Verdict {
        transactions,
        coinbase_balances,
        state,
    }
}

impl<S: StateSource> Verdict<'_, S> {
    /// Compares every account and slot that either side touched. Returns the first difference.
    pub(crate) fn difference(
        &mut self,
        changes: &StateChanges,
        base: &impl StateSource,
    ) -> Option<String> {
        let cached = self.state.cache.accounts.iter();
        let slots: Vec<(Address, Vec<U256>)> = cached
            .map(|(address, account)| {
                let storage = account
                    .account
                    .iter()
                    .flat_map(|account| account.storage.keys());
                (*address, storage.copied().collect())
            })
            .chain(
                changes
                    .accounts
                    .iter()
                    .map(|(address, change)| (*address, change.storage.keys().copied().collect())),
            )
            .collect();
        for (address, slots) in slots {
            let change = changes.accounts.get(&address);
            let ours = match change {
                Some(change) => change.info.clone(),
                None => base.account(address).expect("the base is complete"),
            };
            let theirs = self.state.basic(address).expect("the base is complete");
            if ours != theirs {
                return Some(format!(
                    "account {address}: ours {ours:?}, revm's {theirs:?}"
                ));
            }
            for slot in slots {
                let ours = match change {
                    Some(change) if ours.is_none() || change.storage_cleared => {
                        change.storage.get(&slot).copied().unwrap_or_default()
                    }
                    Some(change) if change.storage.contains_key(&slot) => change.storage[&slot],
                    _ => base.storage(address, slot).expect("the base is complete"),
                };
                let theirs = match theirs {
                    Some(_) => self
                        .state
                        .storage(address, slot)
                        .expect("the base is complete"),
                    None => U256::ZERO,
                };
                if ours != theirs {
                    return Some(format!(
                        "{address}[{slot:#x}]: ours {ours}, revm's {theirs}"
                    ));
                }
            }
        }
        None
    }
}
