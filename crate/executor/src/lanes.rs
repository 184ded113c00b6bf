//! Many independent lists of blocks over one state, in one run.
//!
//! A *lane* is a chain of blocks: each stands on what the one before it left. Lanes know nothing of
//! one another, so they are what there is to do in parallel first, without any speculation: every
//! thread takes one lane after another and drives it. What a lane offers to helpers waits in the
//! pool's queues, and is taken by threads for which there is no lane left. So a lane that is alone,
//! or the last, gets all threads.

use crate::{
    Block, BlockOutcome, ExecutorError, Guesses, Options, StateChanges, StateError, StateSource,
    parallel::{execute_on, panic_message},
    pool::Pool,
    side_by_side::side_by_side_on,
};
use revm::{
    primitives::{Address, AddressMap, B256, B256Map, HashMap, StorageKeyMap, U256},
    state::{AccountInfo, Bytecode},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What became of a lane: the outcome of each of its blocks, or the error that its first block without
/// an outcome ended with. Other lanes go on.
pub type LaneOutcome = Result<Vec<BlockOutcome>, ExecutorError>;

/// Executes lanes of blocks on the rayon pool this is called from, and on the calling thread. The
/// outcomes come in the order of the lanes.
///
/// Each block's [`StateChanges`] are against the state before that block. Memory grows with what the
/// lanes in work have changed, and with the outcomes.
pub fn execute_lanes<S: StateSource>(
    lanes: &[&[Block]],
    state: &S,
    options: Options,
) -> Vec<LaneOutcome> {
    execute_lanes_on(Pool::Current, lanes, state, options)
}

/// Executes lanes of blocks as [`execute_lanes`] does, with the threads of this pool beside the
/// calling one.
pub fn execute_lanes_beside<S: StateSource>(
    pool: &rayon::ThreadPool,
    lanes: &[&[Block]],
    state: &S,
    options: Options,
) -> Vec<LaneOutcome> {
    execute_lanes_on(Pool::Beside(pool), lanes, state, options)
}

fn execute_lanes_on<S: StateSource>(
    pool: Pool<'_>,
    lanes: &[&[Block]],
    state: &S,
    options: Options,
) -> Vec<LaneOutcome> {
    side_by_side_on(pool, options.threads.get(), lanes.len(), &|index| {
        // A panic ends this lane and no other.
        let driven = catch_unwind(AssertUnwindSafe(|| {
            drive(pool, lanes[index], state, options)
        }));
        driven.unwrap_or_else(|panic| {
            Err(ExecutorError::WorkerPanicked(panic_message(panic.as_ref())))
        })
    })
}

fn drive<S: StateSource>(
    pool: Pool<'_>,
    lane: &[Block],
    state: &S,
    options: Options,
) -> LaneOutcome {
    let mut layer = Layer::default();
    let mut outcomes = Vec::with_capacity(lane.len());
    for block in lane {
        let state = layer.over(state);
        let outcome = execute_on(pool, block, &state, options)?;
        layer.advance(&outcome.changes);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// What some blocks changed, all of them together: a state of its own only over the one before the first.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    accounts: AddressMap<ChangedAccount>,
    codes: B256Map<Bytecode>,
    block_hashes: HashMap<u64, B256>,
}

#[derive(Clone, Debug, Default)]
struct ChangedAccount {
    info: Option<AccountInfo>,
    storage_cleared: bool,
    storage: StorageKeyMap<U256>,
}

impl Layer {
    /// Puts the changes of the next block on top.
    pub fn advance(&mut self, changes: &StateChanges) {
        for (address, change) in &changes.accounts {
            let account = self.accounts.entry(*address).or_default();
            account.info.clone_from(&change.info);
            if change.storage_cleared || change.info.is_none() {
                account.storage_cleared = true;
                account.storage.clear();
            }
            account
                .storage
                .extend(change.storage.iter().map(|(slot, value)| (*slot, *value)));
        }
        let codes = changes.codes.iter();
        self.codes
            .extend(codes.map(|(hash, code)| (*hash, code.clone())));
    }

    /// Lets BLOCKHASH answer with this for a block.
    pub fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    /// The accounts that changed, each with whether its storage is void but for what follows, and the
    /// slots that changed. In no order.
    pub fn changed(&self) -> impl Iterator<Item = (Address, bool, &StorageKeyMap<U256>)> + '_ {
        let accounts = self.accounts.iter();
        accounts.map(|(address, account)| (*address, account.storage_cleared, &account.storage))
    }

    /// The state that these changes make of the one before them.
    pub const fn over<'a, S>(&'a self, base: &'a S) -> Chained<'a, S> {
        Chained { base, layer: self }
    }
}

/// A state behind some blocks: the changes of all of them over the state before the first.
#[derive(Debug)]
pub struct Chained<'a, S> {
    base: &'a S,
    layer: &'a Layer,
}

impl<S: StateSource> StateSource for Chained<'_, S> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let Some(changed) = self.layer.accounts.get(&address) else {
            return self.base.account(address);
        };
        let mut info = changed.info.clone();
        if let Some(info) = &mut info
            && info.code.is_none()
        {
            info.code = self.layer.codes.get(&info.code_hash).cloned();
        }
        Ok(info)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.layer.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let Some(changed) = self.layer.accounts.get(&address) else {
            return self.base.storage(address, slot);
        };
        match changed.storage.get(&slot) {
            Some(value) => Ok(*value),
            None if changed.storage_cleared => Ok(U256::ZERO),
            None => self.base.storage(address, slot),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        match self.layer.block_hashes.get(&number) {
            Some(hash) => Ok(*hash),
            None => self.base.block_hash(number),
        }
    }
}

impl<S: Guesses> Guesses for Chained<'_, S> {
    fn guessed(&self) -> u64 {
        self.base.guessed()
    }
}
