//! Which calls run together.
//!
//! A call runs with those before it if its transaction is known without their results: its gas limit
//! and nonce, and that the block and the request have room for it whatever the others use.

use super::{
    fault::{fault, fee_fault},
    logs::{Counter, Numbered},
    run::Run,
};
use crate::rpc::{Failure, RpcError, TransactionArgs};
use alloy_primitives::{Address, Bytes, map::AddressMap};
use forerun_executor::{
    AccountChange, Block, Layer, Part, Recording, Rejection, StateChanges, StateSource,
    TransactionOutcome,
    revm::{context::TxEnv, primitives::hardfork::SpecId, state::AccountInfo},
};

/// The block has no room for a call.
const BLOCK_GAS: i64 = -38015;
/// First byte of the requests that are in the logs ([EIP-6110](https://eips.ethereum.org/EIPS/eip-6110)).
const DEPOSITS: u8 = 0;

/// A call with its gas and nonce.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) args: TransactionArgs,
    /// Whether it was to have more gas than the request has left.
    pub(super) is_capped: bool,
}

/// What a block's calls came to.
#[derive(Debug)]
pub(super) struct Executed {
    /// The block as it was executed; the transactions are those of the last segment.
    pub(super) block: Block,
    pub(super) calls: Vec<Call>,
    pub(super) outcomes: Vec<TransactionOutcome>,
    pub(super) logs: Vec<Vec<Numbered>>,
    pub(super) gas_used: u64,
    pub(super) blob_gas_used: u64,
    pub(super) requests: Vec<Bytes>,
}

/// A block in execution.
pub(super) struct Segments<'r, 'a> {
    run: &'r mut Run<'a>,
    done: Executed,
    /// Calls that wait to be executed together, and their transactions.
    waiting: Vec<Call>,
    has_begun: bool,
    /// Gas that the waiting ones may use.
    claimed: u64,
    /// Nonces behind the waiting ones.
    nonces: AddressMap<u64>,
    /// Whether a waiting one may change a nonce that is not its sender's.
    moves_nonces: bool,
    /// Whose nonce begins anew behind the last of the waiting ones, for which none may wait.
    overflows: Option<Address>,
    /// What deposit requests hold so far.
    deposits: Vec<u8>,
    counter: Counter,
}

impl<'r, 'a> Segments<'r, 'a> {
    pub(super) fn new(run: &'r mut Run<'a>, block: Block) -> Self {
        Self {
            run,
            done: Executed {
                block,
                calls: Vec::new(),
                outcomes: Vec::new(),
                logs: Vec::new(),
                gas_used: 0,
                blob_gas_used: 0,
                requests: Vec::new(),
            },
            waiting: Vec::new(),
            has_begun: false,
            claimed: 0,
            nonces: AddressMap::default(),
            moves_nonces: false,
            overflows: None,
            deposits: Vec::new(),
            counter: Counter::default(),
        }
    }

    /// Adds a call, which waits until it has to be executed.
    pub(super) fn call(&mut self, call: &TransactionArgs) -> Result<(), Failure> {
        if !self.add(call)? {
            self.flush(false)?;
            self.add(call)?;
        }
        Ok(())
    }

    /// Executes what still waits, and ends the block.
    pub(super) fn finish(mut self) -> Result<Executed, Failure> {
        self.flush(true)?;
        if !self.deposits.is_empty() {
            self.deposits.insert(0, DEPOSITS);
            self.done.requests.insert(0, self.deposits.into());
        }
        Ok(self.done)
    }

    /// Adds a call if all is known that it depends on, which is so where none waits. One that cannot
    /// be executed is refused only when those before it have been.
    fn add(&mut self, call: &TransactionArgs) -> Result<bool, Failure> {
        let validation = self.run.flags.validation;
        let is_first = self.waiting.is_empty();
        let base_fee = self.done.block.env.basefee;
        let left = self
            .done
            .block
            .env
            .gas_limit
            .saturating_sub(self.done.gas_used);
        let checked = call.check(self.run.chain_id);
        let fault_of_fees = fee_fault(call, base_fee, validation).filter(|_| !validation);
        let gas = call.gas.unwrap_or(left);
        let room = left.min(self.run.budget).saturating_sub(self.claimed);
        let sender = self.account(call.from)?;
        let nonce = self.nonces.get(&call.from).copied();
        let nonce = nonce.unwrap_or(sender.nonce);
        let overflows = !validation && nonce == u64::MAX;
        let moves_itself = self.moves_nonces || !sender.is_empty_code_hash();
        if !is_first
            && (call.gas.is_none()
                || gas > room
                || checked.is_err()
                || fault_of_fees.is_some()
                || (call.nonce.is_none() && moves_itself)
                || overflows
                || self.overflows.is_some())
        {
            return Ok(false);
        }
        if gas > left {
            let message = format!("block gas limit reached: remaining: {left}, required: {gas}");
            return Err(RpcError::new(BLOCK_GAS, message).into());
        }
        checked?;
        let mut args = call.clone();
        args.gas = Some(gas.min(self.run.budget));
        args.nonce = Some(call.nonce.unwrap_or(nonce));
        let mut tx = self.transaction(&args);
        if fault_of_fees.is_some() {
            let block = &self.done.block;
            return Err(fault(&args, &tx, block, &sender, validation, None).into());
        }
        if !validation {
            // Nobody looks at it. This helps who runs ahead, and the last of all nonces is refused.
            tx.nonce = nonce.min(u64::MAX - 1);
        }
        let creates = args.to.is_none();
        self.overflows = (overflows && !creates).then_some(args.from);
        self.moves_nonces |= args.authorizations.is_some();
        self.claimed = self.claimed.saturating_add(tx.gas_limit);
        self.nonces.insert(args.from, nonce.saturating_add(1));
        self.done.block.transactions.push(tx);
        self.waiting.push(Call {
            is_capped: gas > self.run.budget,
            args,
        });
        Ok(true)
    }

    /// The sender before those that wait.
    fn account(&self, address: Address) -> Result<AccountInfo, Failure> {
        account(self.run, &self.run.layer, address)
    }

    fn transaction(&self, args: &TransactionArgs) -> TxEnv {
        let block = &self.done.block;
        let mut tx = args.environment(self.run.chain_id);
        if tx.tx_type == 2 && !block.fork.is_enabled_in(SpecId::LONDON) {
            tx.tx_type = u8::from(args.access_list.is_some());
            tx.gas_priority_fee = None;
        }
        // Without validation nobody needs to offer anything for blobs; they cost what they cost.
        if !self.run.flags.validation
            && args.blob_fee_cap() == 0
            && args.blob_hashes.is_some()
            && let Some(blobs) = block.env.blob_excess_gas_and_price
        {
            tx.max_fee_per_blob_gas = blobs.blob_gasprice;
        }
        tx
    }

    /// Executes all that wait.
    fn flush(&mut self, is_last: bool) -> Result<(), Failure> {
        let block = &mut self.done.block;
        block.rules.part = match (self.has_begun, is_last) {
            (false, true) => Part::Whole,
            (false, false) => Part::First,
            (true, false) => Part::Middle,
            (true, true) => Part::Last,
        };
        let outcome = self.run.session.execute(block, &self.run.layer)?;
        let rejected = outcome.transactions.iter().position(is_rejected);
        if let Some(index) = rejected
            && let TransactionOutcome::Rejected(rejection) = &outcome.transactions[index]
        {
            return Err(self.refusal(index, rejection)?.into());
        }
        self.has_begun = true;
        self.run.layer.advance(&outcome.changes);
        self.run.budget = self.run.budget.saturating_sub(outcome.gas_used);
        self.done.gas_used = self.done.gas_used.saturating_add(outcome.gas_used);
        self.done.blob_gas_used += outcome.blob_gas_used;
        for request in outcome.requests {
            match request.split_first() {
                Some((&DEPOSITS, deposits)) => self.deposits.extend_from_slice(deposits),
                _ => self.done.requests.push(request),
            }
        }
        for (index, transaction) in outcome.transactions.into_iter().enumerate() {
            let recording = outcome.recordings.get(index).and_then(Option::as_deref);
            let logs = self.logs(&transaction, recording)?;
            self.done.logs.push(logs);
            self.done.outcomes.push(transaction);
        }
        self.done.calls.append(&mut self.waiting);
        self.done.block.transactions.clear();
        self.claimed = 0;
        self.nonces.clear();
        self.moves_nonces = false;
        if let Some(address) = self.overflows.take() {
            self.begin_nonces_anew(address)?;
        }
        Ok(())
    }

    fn logs(
        &mut self,
        outcome: &TransactionOutcome,
        recording: Option<&Recording>,
    ) -> Result<Vec<Numbered>, Failure> {
        let transfers = self.run.flags.trace_transfers;
        match (recording.filter(|recording| !recording.truncated), outcome) {
            (Some(recording), _) => Ok(self.counter.recorded(recording, transfers)),
            (None, _) if transfers => {
                let message = "a call makes too many calls for its transfers to be traced";
                Err(RpcError::new(RpcError::SERVER, message).into())
            }
            (None, TransactionOutcome::Executed(result)) => Ok(self.counter.left(result)),
            (None, TransactionOutcome::Rejected(_)) => Ok(Vec::new()),
        }
    }

    /// Behind the last nonce there is the first, as with geth where nonces are not checked. revm stays
    /// at the last.
    fn begin_nonces_anew(&mut self, address: Address) -> Result<(), Failure> {
        let mut info = self.account(address)?;
        (info.nonce, info.code) = (0, None);
        let change = AccountChange {
            info: Some(info),
            storage_cleared: false,
            storage: Default::default(),
        };
        let mut changes = StateChanges::default();
        changes.accounts.insert(address, change);
        self.run.layer.advance(&changes);
        Ok(())
    }

    /// The error of the first transaction that is refused: looked for on the state that those before
    /// it leave.
    fn refusal(&self, index: usize, rejection: &Rejection) -> Result<RpcError, Failure> {
        let (call, tx) = (&self.waiting[index], &self.done.block.transactions[index]);
        let mut before = self.done.block.clone();
        before.transactions.truncate(index);
        let mut layer = self.run.layer.clone();
        layer.advance(&self.run.session.execute(&before, &layer)?.changes);
        let sender = account(self.run, &layer, call.args.from)?;
        let validation = self.run.flags.validation;
        let block = &self.done.block;
        Ok(fault(
            &call.args,
            tx,
            block,
            &sender,
            validation,
            Some(rejection),
        ))
    }
}

const fn is_rejected(outcome: &TransactionOutcome) -> bool {
    matches!(outcome, TransactionOutcome::Rejected(_))
}

fn account(run: &Run<'_>, layer: &Layer, address: Address) -> Result<AccountInfo, Failure> {
    let base = run.session.base();
    Ok(layer.over(&base).account(address)?.unwrap_or_default())
}
