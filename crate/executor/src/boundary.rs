//! What a block does around its transactions: the protocol's own calls, withdrawals and rewards.
//!
//! All of it runs on settled state, on the thread that drives the block.

use crate::{
    Block, ExecutorError, OnInvalid, Part, StateError, StateSource, SystemCalls,
    TransactionOutcome,
    evm::{self, WorkerEvm, fatal},
};
use revm::{
    context::{JournalTr, result::ExecutionResult},
    context_interface::journaled_state::account::JournaledAccountTr,
    primitives::{Address, AddressMap, B256, Bytes, Log, U256, address, b256, hardfork::SpecId},
};

/// [EIP-4788](https://eips.ethereum.org/EIPS/eip-4788)
const BEACON_ROOTS: Address = address!("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
/// [EIP-2935](https://eips.ethereum.org/EIPS/eip-2935)
const HISTORY_STORAGE: Address = address!("0x0000F90827F1C53a10cb7A02335B175320002935");
/// [EIP-7002](https://eips.ethereum.org/EIPS/eip-7002)
const WITHDRAWAL_REQUESTS: Address = address!("0x00000961Ef480Eb55e80D19ad83579A64c007002");
/// [EIP-7251](https://eips.ethereum.org/EIPS/eip-7251)
const CONSOLIDATION_REQUESTS: Address = address!("0x0000BBdDc7CE488642fb579F8B00f3a590007251");

const DEPOSIT_REQUEST_TYPE: u8 = 0;
const WITHDRAWAL_REQUEST_TYPE: u8 = 1;
const CONSOLIDATION_REQUEST_TYPE: u8 = 2;

/// Topic of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`, as EIP-6110 fixes it.
const DEPOSIT_TOPIC: B256 =
    b256!("0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");

/// Calls the beacon roots and the history contract, as far as the fork has them.
pub(crate) fn before_transactions<S: StateSource>(
    block: &Block,
    evm: &mut WorkerEvm<'_, S>,
) -> Result<(), ExecutorError> {
    // The genesis block has no parent to tell of.
    let Some(calls) = block
        .rules
        .system_calls
        .filter(|_| block.rules.part.begins() && !block.env.number.is_zero())
    else {
        return Ok(());
    };
    // What these two return is ignored, and so is their absence: the specifications say so.
    if let Some(root) = calls.parent_beacon_block_root
        && block.fork.is_enabled_in(SpecId::CANCUN)
    {
        system_call(evm, BEACON_ROOTS, root.0.into())?;
    }
    if block.fork.is_enabled_in(SpecId::PRAGUE) {
        system_call(evm, HISTORY_STORAGE, calls.parent_hash.0.into())?;
    }
    write_back(evm);
    Ok(())
}

/// Whether all transactions are in the block, so that it goes on behind them.
pub(crate) fn is_complete(block: &Block, transactions: &[TransactionOutcome]) -> bool {
    let stopped = block.rules.on_invalid == OnInvalid::Stop
        && matches!(transactions.last(), Some(TransactionOutcome::Rejected(_)));
    !stopped && transactions.len() == block.transactions.len()
}

/// Credits withdrawals and rewards and collects the EIP-7685 requests.
pub(crate) fn after_transactions<S: StateSource>(
    block: &Block,
    transactions: &[TransactionOutcome],
    evm: &mut WorkerEvm<'_, S>,
) -> Result<Vec<Bytes>, ExecutorError> {
    if block.rules.part.ends() {
        increment_balances(block, evm).map_err(|error| ExecutorError::State {
            transaction: None,
            error,
        })?;
    }
    match block.rules.system_calls {
        Some(calls) if block.fork.is_enabled_in(SpecId::PRAGUE) => {
            collect_requests(block.rules.part, calls, transactions, evm)
        }
        _ => Ok(Vec::new()),
    }
}

fn increment_balances<S: StateSource>(
    block: &Block,
    evm: &mut WorkerEvm<'_, S>,
) -> Result<(), StateError> {
    // One credit of the sum is the same as several, also where it touches with nothing.
    let mut sums = AddressMap::<U256>::default();
    for increment in &block.rules.balance_increments {
        let sum = sums.entry(increment.address).or_default();
        *sum = sum.saturating_add(increment.amount);
    }
    let journal = &mut evm.ctx.journaled_state;
    for (address, amount) in sums {
        // As revm has it, a balance that would overflow stays.
        journal.load_account_mut(address)?.data.incr_balance(amount);
    }
    journal.commit_tx();
    if !block.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON) {
        write_back(evm);
    }
    Ok(())
}

fn collect_requests<S: StateSource>(
    part: Part,
    calls: SystemCalls,
    transactions: &[TransactionOutcome],
    evm: &mut WorkerEvm<'_, S>,
) -> Result<Vec<Bytes>, ExecutorError> {
    let mut requests = vec![(DEPOSIT_REQUEST_TYPE, deposits(calls, transactions)?)];
    for (kind, contract) in [
        (WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUESTS),
        (CONSOLIDATION_REQUEST_TYPE, CONSOLIDATION_REQUESTS),
    ] {
        if !part.ends() {
            break;
        }
        let result = system_call(evm, contract, Bytes::new())?;
        let output = result.output().cloned().unwrap_or_default();
        if !result.is_success() {
            return Err(ExecutorError::SystemCall { contract, output });
        }
        requests.push((kind, output.to_vec()));
    }
    let requests = requests.into_iter().filter(|(_, data)| !data.is_empty());
    Ok(requests
        .map(|(kind, data)| [&[kind][..], &data].concat().into())
        .collect())
}

fn deposits(
    calls: SystemCalls,
    transactions: &[TransactionOutcome],
) -> Result<Vec<u8>, ExecutorError> {
    let mut data = Vec::new();
    for transaction in transactions {
        let TransactionOutcome::Executed(ExecutionResult::Success { logs, .. }) = transaction
        else {
            continue;
        };
        for log in logs {
            if log.address == calls.deposit_contract
                && log.data.topics().first() == Some(&DEPOSIT_TOPIC)
            {
                data.extend(deposit(log)?);
            }
        }
    }
    Ok(data)
}

/// The fields of a deposit log as EIP-6110 lays them out: five byte strings, ABI-encoded, whose
/// offsets and lengths are fixed. Anything else makes the block invalid.
fn deposit(log: &Log) -> Result<Vec<u8>, ExecutorError> {
    /// Offset of each string in the log's data, and its length: public key, withdrawal
    /// credentials, amount, signature, index.
    const FIELDS: [(usize, usize); 5] = [(160, 48), (256, 32), (320, 8), (384, 96), (512, 8)];
    const SIZE: usize = 576;

    let data = &log.data.data;
    let malformed = || ExecutorError::DepositLog(data.clone());
    let word = |at: usize| data.get(at..at + 32).map(U256::from_be_slice);
    if data.len() != SIZE {
        return Err(malformed());
    }
    let mut fields = Vec::with_capacity(192);
    for (field, (offset, length)) in FIELDS.into_iter().enumerate() {
        if word(32 * field) != Some(U256::from(offset)) || word(offset) != Some(U256::from(length))
        {
            return Err(malformed());
        }
        let start = offset + 32;
        fields.extend_from_slice(data.get(start..start + length).ok_or_else(malformed)?);
    }
    Ok(fields)
}

fn system_call<S: StateSource>(
    evm: &mut WorkerEvm<'_, S>,
    contract: Address,
    data: Bytes,
) -> Result<ExecutionResult, ExecutorError> {
    evm::system_call(evm, contract, data).map_err(|error| fatal(None, error))
}

/// Writes the journal back to the state below it and starts over.
pub(crate) fn write_back<S: StateSource>(evm: &mut WorkerEvm<'_, S>) {
    let state = evm.ctx.journaled_state.finalize();
    evm.ctx.journaled_state.database.settled.absorb(state);
}
