//! Execution in order, on settled state: the sequential loop, and what a parallel run settles on.
//!
//! It is as lean as revm allows. One journal carries the state from transaction to transaction, so
//! what one has loaded the next finds there, and nothing is cloned or written back in between. Three
//! things make it write back and start over: before Spurious Dragon every transaction does, because
//! an empty account that was touched and one that was not are told apart then only by writing back;
//! a transaction that destroyed an account does, since the journal would take the account for
//! existing; and so does an authorization by an account that was touched without coming to be.
//!
//! In a parallel run one worker, the driver, owns the sequence. A transaction that nobody ran ahead
//! runs here as it would alone, but for showing to the others what it wrote. The result of one that
//! was run ahead and stands is put into the journal, as if the transaction had run here. So the
//! journal and what lies below it are the settled state, and what was read too early is found out by
//! asking them.

use crate::{
    Block, BlockOutcome, ExecutorError, OnInvalid, Rejection, Report, StateChanges, StateError,
    StateSource, TransactionOutcome,
    ahead::{Ahead, Execution, Speculator},
    audience::Audience,
    boundary::{self, write_back},
    changes::{FinalAccount, Part},
    evm::{self, Ending, PaidAtOnce, WorkerContext, WorkerError, WorkerEvm},
    meter::Meter,
    overlay::Overlay,
    place::Place,
    reads::{Facts, Truth},
    recording::Recording,
    speculation::{Settled, View},
    store::Store,
    visible::{Visible, version_of},
    writes::{AccountWrite, SlotWrite, Writes},
};
use revm::{
    context::{
        JournalTr, TxEnv,
        either::Either,
        result::{EVMError, ExecutionResult},
    },
    context_interface::journaled_state::account::JournaledAccountTr,
    handler::FrameResult,
    primitives::{Address, B256, Bytes, PRECOMPILE3, U256, hardfork::SpecId},
    state::{AccountInfo, Bytecode, EvmStorageSlot, TransactionId},
};
use std::cell::{Cell, RefCell};

/// Whether a run goes on behind a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Stop,
}

/// A block in execution, settled up to some transaction.
pub(crate) struct Sequence<'a, S: StateSource> {
    block: &'a Block,
    evm: WorkerEvm<'a, S>,
    ending: InOrder<'a>,
    meter: Meter,
    pub(crate) transactions: Vec<TransactionOutcome>,
    coinbase_balances: Vec<U256>,
    recordings: Vec<Option<Box<Recording>>>,
    write_back_always: bool,
}

impl<'a, S: StateSource> Sequence<'a, S> {
    /// Does what comes before the first transaction. With `audience`, whatever is settled here is
    /// shown there.
    pub(crate) fn start(
        block: &'a Block,
        base: &'a S,
        audience: Option<&'a Visible>,
    ) -> Result<Self, ExecutorError> {
        let mut evm = evm::build(block, Store::settled(base));
        boundary::before_transactions(block, &mut evm)?;
        let audience = audience.map(|visible| {
            let mut audience = Audience::new(visible, block.transactions.len());
            audience.show_start(&evm.ctx.journaled_state.database.settled);
            // Every transaction changes it.
            let coinbase = block.env.beneficiary;
            audience.marks.mark(Place::of_account(coinbase));
            // Its touch survives a revert (K.1 of the Yellow Paper), of which no entry tells.
            audience.marks.mark(Place::of_account(PRECOMPILE3));
            RefCell::new(audience)
        });
        let mut sequence = Self {
            block,
            evm,
            ending: InOrder {
                audience,
                destroyed: Cell::new(false),
            },
            meter: Meter::new(block),
            transactions: Vec::with_capacity(block.transactions.len()),
            coinbase_balances: Vec::new(),
            recordings: Vec::new(),
            write_back_always: !block.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON),
        };
        sequence.note_coinbase()?;
        Ok(sequence)
    }

    /// Notes what the coinbase has behind the last transaction, if anybody asks.
    fn note_coinbase(&mut self) -> Result<(), ExecutorError> {
        let settled = self.transactions.len();
        if self.block.rules.coinbase_balances && self.coinbase_balances.len() <= settled {
            let facts = self.facts(self.block.env.beneficiary).map_err(|error| {
                let transaction = settled.checked_sub(1);
                evm::fatal(transaction, EVMError::Database(error))
            })?;
            self.coinbase_balances.push(facts.balance);
        }
        Ok(())
    }

    /// Whether the next transaction fits into what the block has left; if not, it is rejected.
    pub(crate) fn admit(&mut self) -> Result<(), Flow> {
        let tx = &self.block.transactions[self.transactions.len()];
        match self.meter.admit(tx) {
            Ok(()) => Ok(()),
            Err(rejection) => Err(self.reject(rejection)),
        }
    }

    /// Executes the next transaction, which was admitted.
    pub(crate) fn run(&mut self) -> Result<Flow, ExecutorError> {
        if self.block.rules.record.is_on() {
            self.run_recorded()
        } else {
            self.run_directly()
        }
    }

    /// Executes it in a journal of its own, which tells what it touched, and takes it over.
    fn run_recorded(&mut self) -> Result<Flow, ExecutorError> {
        let (block, index) = (self.block, self.transactions.len());
        let view = View::of_settled(&*self);
        let mut speculator = Speculator::with(block, self.settled().base(), view);
        let mut execution = speculator.execute(block, index, Box::default());
        let result = match std::mem::take(&mut execution.result) {
            Ahead::Executed(result) => Ok(result),
            Ahead::Invalid(invalid) => Err(invalid),
            // It came to no end: whatever stopped it is said there.
            Ahead::Missing | Ahead::Panicked => return self.run_directly(),
        };
        if let Some(audience) = &mut self.ending.audience {
            let audience = audience.get_mut();
            audience.turn_to(version_of(index), block.transactions[index].caller);
            audience.show_writes(&execution.writes);
        }
        let Execution {
            mut writes,
            fee,
            recording,
            ..
        } = *execution;
        self.take_over(result, &mut writes, fee, recording)
    }

    fn run_directly(&mut self) -> Result<Flow, ExecutorError> {
        let index = self.transactions.len();
        let tx = &self.block.transactions[index];
        if let Some(audience) = &mut self.ending.audience {
            audience.get_mut().turn_to(version_of(index), tx.caller);
        }
        if self.may_mistake_an_authority(tx) {
            self.write_back();
        }
        let flow = match evm::run(&mut self.evm, tx.clone(), &self.ending) {
            Ok(result) => self.count(result),
            Err(EVMError::Transaction(invalid)) => self.reject(Rejection::Invalid(invalid)),
            Err(error) => return Err(evm::fatal(Some(index), error)),
        };
        if self.ending.destroyed.take() || self.write_back_always {
            self.write_back();
        }
        self.note_coinbase()?;
        Ok(flow)
    }

    /// Begins or ends to show to others the values of what is settled.
    pub(crate) fn set_shows(&mut self, shows: bool) {
        if let Some(audience) = &mut self.ending.audience {
            let journal = &self.evm.ctx.journaled_state;
            audience.get_mut().set_shows(shows, journal);
        }
    }

    #[cfg_attr(
        not(feature = "fast-interpreter"),
        expect(
            clippy::missing_const_for_fn,
            reason = "with the feature it goes through a dereference"
        )
    )]
    fn settled(&self) -> &Overlay<'a, S> {
        &self.evm.ctx.journaled_state.database.settled
    }

    fn write_back(&mut self) {
        // Behind it the journal does not know any more which accounts were created.
        if let Some(audience) = &mut self.ending.audience {
            audience.get_mut().show(&self.evm.ctx.journaled_state);
        }
        write_back(&mut self.evm);
    }

    /// Whether revm would take an authority of the transaction for existing that does not: one that
    /// an earlier transaction touched without leaving anything in it, which shows in the journal
    /// only by having been written back. It decides what an authorization costs.
    fn may_mistake_an_authority(&self, tx: &TxEnv) -> bool {
        let state = &self.evm.ctx.journaled_state.inner.state;
        tx.authorization_list
            .iter()
            .any(|authorization| match authorization {
                Either::Left(_) => true,
                Either::Right(recovered) => recovered
                    .authority()
                    .and_then(|authority| state.get(&authority))
                    .is_some_and(|account| {
                        account.is_loaded_as_not_existing()
                            && account.is_touched()
                            && account.is_empty()
                    }),
            })
    }

    /// Takes over what the next transaction came to elsewhere: an execution whose every read holds
    /// here.
    pub(crate) fn take_over(
        &mut self,
        result: Result<ExecutionResult, revm::context::result::InvalidTransaction>,
        writes: &mut Writes,
        fee: Option<U256>,
        recording: Option<Box<Recording>>,
    ) -> Result<Flow, ExecutorError> {
        let result = match result {
            Ok(result) => result,
            Err(invalid) => return Ok(self.reject(Rejection::Invalid(invalid))),
        };
        if let Some(mut recording) = recording {
            let index = self.transactions.len();
            let (block, coinbase) = (self.block, self.block.env.beneficiary);
            let settled = recording.settle(self, &block.transactions[index], coinbase, fee);
            settled.map_err(|error| evm::fatal(Some(index), EVMError::Database(error)))?;
            self.recordings.resize_with(index, || None);
            self.recordings.push(Some(recording));
        }
        if let Some(audience) = &mut self.ending.audience {
            audience.get_mut().took_over(writes);
        }
        for write in writes.accounts.drain(..) {
            self.put_account(write);
        }
        for write in &writes.slots {
            self.put_slot(*write);
        }
        let journal = &mut self.evm.ctx.journaled_state;
        if let Some(fee) = fee {
            // As revm pays it, and for zero too: it touches the account.
            let coinbase = self.block.env.beneficiary;
            journal
                .load_account_mut(coinbase)
                .map_err(|error| {
                    evm::fatal(Some(self.transactions.len()), EVMError::Database(error))
                })?
                .data
                .incr_balance(fee);
        }
        journal.commit_tx();
        if self.write_back_always {
            write_back(&mut self.evm);
        }
        let flow = self.count(result);
        self.note_coinbase()?;
        Ok(flow)
    }

    /// An account that the journal has is changed there. One that it has not is changed below it,
    /// and so is one whose storage is void now: the journal would still know the old slots.
    fn put_account(&mut self, write: AccountWrite) {
        let journal = &mut self.evm.ctx.journaled_state;
        if write.storage_cleared {
            journal.inner.state.remove(&write.address);
        } else if let Some(Some(info)) = &write.info
            && let Some(account) = journal.inner.state.get_mut(&write.address)
        {
            let known = account
                .info
                .code
                .take()
                .filter(|_| account.info.code_hash == info.code_hash);
            account.info.clone_from(info);
            // Whoever only moved a balance may never have loaded the code.
            account.info.code = account.info.code.take().or(known);
            account.mark_touch();
            return;
        }
        journal.database.settled.apply_account(write);
    }

    fn put_slot(&mut self, write: SlotWrite) {
        let journal = &mut self.evm.ctx.journaled_state;
        let Some(account) = journal.inner.state.get_mut(&write.address) else {
            journal.database.settled.apply_slot(write);
            return;
        };
        account.mark_touch();
        // Whoever loads the slot next takes its present value for the original one, since the slot
        // is of a transaction before: numbers of transactions only grow.
        match account.storage.get_mut(&write.slot) {
            Some(slot) => slot.present_value = write.value,
            None => {
                let mut slot = EvmStorageSlot::new(write.value, TransactionId::ZERO);
                slot.mark_cold();
                account.storage.insert(write.slot, slot);
            }
        }
    }

    fn count(&mut self, result: ExecutionResult) -> Flow {
        let tx = &self.block.transactions[self.transactions.len()];
        self.meter.count(tx, &result);
        self.transactions.push(TransactionOutcome::Executed(result));
        Flow::Next
    }

    fn reject(&mut self, rejection: Rejection) -> Flow {
        self.transactions
            .push(TransactionOutcome::Rejected(rejection));
        // It had no effect.
        self.coinbase_balances
            .extend(self.coinbase_balances.last().copied());
        match self.block.rules.on_invalid {
            OnInvalid::Skip => Flow::Next,
            OnInvalid::Stop => Flow::Stop,
        }
    }

    /// Does what follows the last transaction.
    pub(crate) fn finish(mut self) -> Result<Finished, ExecutorError> {
        if self.block.rules.record.is_on() {
            let count = self.transactions.len();
            self.recordings.resize_with(count, || None);
        }
        let requests = if boundary::is_complete(self.block, &self.transactions) {
            boundary::after_transactions(self.block, &self.transactions, &mut self.evm)?
        } else {
            Vec::new()
        };
        let mut journal = evm::into_context(self.evm).journaled_state;
        let state = journal.inner.finalize();
        Ok(Finished {
            transactions: self.transactions,
            recordings: self.recordings,
            gas_used: self.meter.gas_used,
            blob_gas_used: self.meter.blob_gas_used,
            requests,
            coinbase_balances: self.coinbase_balances,
            accounts: journal.database.settled.into_final(state),
        })
    }
}

/// A block that is settled to its end. What it changed is still to be compared with what was before.
#[derive(Debug)]
pub(crate) struct Finished {
    transactions: Vec<TransactionOutcome>,
    recordings: Vec<Option<Box<Recording>>>,
    gas_used: u64,
    blob_gas_used: u64,
    requests: Vec<Bytes>,
    coinbase_balances: Vec<U256>,
    pub(crate) accounts: Vec<(Address, FinalAccount)>,
}

impl Finished {
    /// Puts the outcome together.
    pub(crate) fn with(
        self,
        report: Report,
        parts: impl IntoIterator<Item = Result<Part, StateError>>,
    ) -> Result<BlockOutcome, ExecutorError> {
        let parts: Result<Vec<_>, _> = parts.into_iter().collect();
        let parts = parts.map_err(|error| ExecutorError::State {
            transaction: None,
            error,
        })?;
        Ok(BlockOutcome {
            transactions: self.transactions,
            recordings: self.recordings,
            gas_used: self.gas_used,
            blob_gas_used: self.blob_gas_used,
            requests: self.requests,
            coinbase_balances: self.coinbase_balances,
            changes: StateChanges::of(parts),
            report,
        })
    }

    /// Compares everything with what was before, on this thread, and puts the outcome together.
    pub(crate) fn outcome<S: StateSource>(
        mut self,
        base: &S,
        report: Report,
    ) -> Result<BlockOutcome, ExecutorError> {
        let accounts = std::mem::take(&mut self.accounts);
        self.with(report, [Part::canonical(base, accounts)])
    }
}

impl<'a, S: StateSource> Sequence<'a, S> {
    /// The account as it is now, if the journal has it.
    fn journaled(&self, address: Address) -> Option<Option<&AccountInfo>> {
        let account = self.evm.ctx.journaled_state.inner.state.get(&address)?;
        // What is touched and empty is as good as removed, and what is not touched is as it was
        // loaded. Before Spurious Dragon the journal is empty whenever this is asked.
        let exists = if account.is_touched() {
            !account.is_empty()
        } else {
            !account.is_loaded_as_not_existing()
        };
        Some(exists.then_some(&account.info))
    }
}

impl<S: StateSource> Settled for Sequence<'_, S> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        match self.journaled(address) {
            Some(info) => Ok(info.cloned()),
            None => self.settled().account(address),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.settled().code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.slot(address, slot)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.settled().base().block_hash(number)
    }
}

impl<T: Settled> Settled for RefCell<T> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.borrow().account(address)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.borrow().code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.borrow().storage(address, slot)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.borrow().block_hash(number)
    }
}

impl<S: StateSource> Truth for Sequence<'_, S> {
    fn facts(&self, address: Address) -> Result<Facts, StateError> {
        match self.journaled(address) {
            Some(info) => Ok(Facts::of(info)),
            None => Ok(Facts::of(self.settled().account(address)?.as_ref())),
        }
    }

    fn slot(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let journal = &self.evm.ctx.journaled_state;
        let Some(account) = journal.inner.state.get(&address) else {
            return journal.database.settled.slot(address, slot);
        };
        match account.storage.get(&slot) {
            Some(found) => Ok(found.present_value),
            None if account.is_created() => Ok(U256::ZERO),
            None => journal.database.settled.slot(address, slot),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.settled().base().block_hash(number)
    }

    fn may_have_changed(&self, account: Place) -> bool {
        let audience = self.ending.audience.as_ref();
        audience.is_none_or(|audience| audience.borrow().marks.has(account))
    }

    fn may_slot_have_changed(&self, address: Address, slot: Place) -> bool {
        let audience = self.ending.audience.as_ref();
        audience.is_none_or(|audience| audience.borrow().marks.has_slot(address, slot))
    }
}

/// revm's own ending, except that it notices when an account was destroyed, which the journal forgets
/// as soon as the transaction is through, and that it lets an audience know what was written.
struct InOrder<'a> {
    audience: Option<RefCell<Audience<'a>>>,
    destroyed: Cell<bool>,
}

impl<S: StateSource> Ending<S> for InOrder<'_> {
    fn pay(
        &self,
        context: &mut WorkerContext<'_, S>,
        result: &FrameResult,
    ) -> Result<(), WorkerError> {
        let journal = &context.journaled_state;
        if !journal.inner.selfdestructed_addresses.is_empty() {
            self.destroyed.set(true);
        }
        if let Some(audience) = &self.audience {
            audience.borrow_mut().settled_directly(journal);
        }
        PaidAtOnce.pay(context, result)
    }
}
