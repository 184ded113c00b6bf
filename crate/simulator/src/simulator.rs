//! The simulator: a snapshot and the threads to run on.

use crate::{
    BundleRequest, BundleResult, Error, PreparedBlock, ReplayRequest, ReplayResult, Snapshot,
    bundle,
    fields::{Field, Refusal},
    overrides::Overridden,
    remote::{Keys, Predictions, Values},
    replay,
};
use forerun_executor::{AnyState, Block, BlockOutcome, Guesses, Options};
use std::num::NonZeroUsize;

/// The most threads a simulator can be asked for.
pub const MAX_THREADS: usize = 64;

/// Tells the time in milliseconds, from any start. This crate has no clock of its own, since
/// WebAssembly has none.
pub(crate) type Clock<'a> = &'a dyn Fn() -> f64;

/// How a request wants its block executed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Execution {
    pub(crate) threads: NonZeroUsize,
    /// Whether the report is to say who did what when.
    pub(crate) timeline: bool,
}

/// Runs bundles and blocks on a snapshot.
///
/// Nothing that a request does changes it: an error, a revert or a bad request leaves it as it was,
/// and any number of requests may run on it at once.
#[derive(Debug)]
pub struct Simulator {
    snapshot: Snapshot,
    predictions: Predictions,
    threads: NonZeroUsize,
    /// The same on every thread, for timelines.
    shared_clock: Option<fn() -> f64>,
    /// None for one thread: then everything runs on the caller's.
    #[cfg(not(target_arch = "wasm32"))]
    pool: Option<rayon::ThreadPool>,
}

impl Simulator {
    /// Sets up a simulator with up to `threads` workers. On WebAssembly these are those of the global
    /// rayon pool, which the page has to have started.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for fewer than 1 or more than [`MAX_THREADS`] threads,
    /// [`Error::Engine`] if the system grants none.
    pub fn new(snapshot: Snapshot, threads: usize) -> Result<Self, Error> {
        let threads = NonZeroUsize::new(threads)
            .filter(|threads| threads.get() <= MAX_THREADS)
            .ok_or_else(|| Error::InvalidRequest {
                field: "threads".to_owned(),
                value: threads.to_string(),
                reason: format!("must be 1 to {MAX_THREADS}"),
            })?;
        Ok(Self {
            snapshot,
            predictions: Predictions::default(),
            threads,
            shared_clock: None,
            #[cfg(not(target_arch = "wasm32"))]
            pool: (threads.get() > 1)
                .then(|| start_pool(threads))
                .transpose()?,
        })
    }

    /// Hands in a clock that tells the same time in milliseconds on every thread. With it, requests
    /// can ask for a timeline; without one there is none.
    #[must_use]
    pub const fn with_clock(mut self, now: fn() -> f64) -> Self {
        self.shared_clock = Some(now);
        self
    }

    /// The state that requests stand on.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Puts pieces of state into a snapshot that is not complete, as JSON:
    ///
    /// ```text
    /// { accounts?: { "<address>": { balance, nonce, code? | codeHash? } },
    ///   storage?: { "<address>": { "<slot>": value } }, codes?: { "<hash>": code },
    ///   blockHashes?: { "<number>": hash } }
    /// ```
    ///
    /// An account without balance, nonce and code counts as absent, as it has since
    /// [EIP-161](https://eips.ethereum.org/EIPS/eip-161), but for one that says `exists: true`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] naming the first field that is wrong; nothing is taken over then.
    pub fn provide(&mut self, values: &[u8]) -> Result<(), Error> {
        self.snapshot.learn(Values::from_json(values)?);
        Ok(())
    }

    /// Says what may be true of state that is not known, in the form of [`provide`](Self::provide):
    /// values of an older block, for example. A prediction can save waves and never changes a result.
    ///
    /// # Errors
    /// As [`provide`](Self::provide).
    pub fn predict(&mut self, values: &[u8]) -> Result<(), Error> {
        self.learn(Values::from_json(values)?);
        Ok(())
    }

    /// Takes values for predictions.
    pub(crate) fn learn(&mut self, mut values: Values) {
        // A code is what its hash says, at any block.
        self.snapshot.learn_codes(std::mem::take(&mut values.codes));
        self.predictions.learn(values);
    }

    /// Moves on to the state behind another block, of which nothing is known yet but what `snapshot`
    /// holds. What was known until now becomes a prediction; codes stay known, since their hashes say
    /// what they are.
    pub fn move_to(&mut self, snapshot: Snapshot) {
        let before = std::mem::replace(&mut self.snapshot, snapshot);
        self.learn(before.into_values());
    }

    /// All that is known, as JSON in the form of [`provide`](Self::provide). With `only`, all that is
    /// known of these.
    pub fn known(&self, only: Option<&Keys>) -> String {
        self.snapshot.known(only)
    }

    /// What is predicted of state that is not known.
    pub(crate) const fn predictions(&self) -> &Predictions {
        &self.predictions
    }

    /// How many workers a request may have.
    pub const fn threads(&self) -> usize {
        self.threads.get()
    }

    /// Simulates a bundle.
    ///
    /// # Errors
    /// Any [`Error`]: for a request or a transaction that is not well formed, for a transaction that
    /// could not be in the block at its place, and for state that is missing.
    pub fn simulate_bundle(&self, request: &BundleRequest) -> Result<BundleResult, Error> {
        bundle::prepare(self, request, &self.snapshot)?.run(self, None)
    }

    /// Simulates a bundle and measures the execution with the caller's clock, which tells
    /// milliseconds.
    ///
    /// # Errors
    /// As [`simulate_bundle`](Self::simulate_bundle).
    pub fn simulate_bundle_timed(
        &self,
        request: &BundleRequest,
        now: &dyn Fn() -> f64,
    ) -> Result<BundleResult, Error> {
        bundle::prepare(self, request, &self.snapshot)?.run(self, Some(now))
    }

    /// Replays a block on the state before it and checks the outcome against its header. A mismatch
    /// is a result: [`ReplayResult::checks`].
    ///
    /// # Errors
    /// Any [`Error`], as with [`simulate_bundle`](Self::simulate_bundle).
    pub fn replay_block(&self, request: &ReplayRequest) -> Result<ReplayResult, Error> {
        replay::prepare(self, request, &self.snapshot)?.run(self, None)
    }

    /// Replays a block and measures the executions with the caller's clock, which tells milliseconds.
    ///
    /// # Errors
    /// As [`replay_block`](Self::replay_block).
    pub fn replay_block_timed(
        &self,
        request: &ReplayRequest,
        now: &dyn Fn() -> f64,
    ) -> Result<ReplayResult, Error> {
        replay::prepare(self, request, &self.snapshot)?.run(self, Some(now))
    }

    /// Reads a replay request into what the executor runs, and does not run it. For tests and tools
    /// that execute a block of the chain in a way of their own.
    ///
    /// # Errors
    /// Any [`Error`] that [`replay_block`](Self::replay_block) reports before it executes.
    pub fn prepare_block(&self, request: &ReplayRequest) -> Result<PreparedBlock<'_>, Error> {
        let prepared = replay::prepare(self, request, &self.snapshot)?;
        Ok(PreparedBlock::new(prepared, &self.snapshot))
    }

    /// The threads that a request asks for, or all there are.
    pub(crate) fn threads_for(&self, wanted: Option<&Field<'_>>) -> Result<NonZeroUsize, Error> {
        let Some(field) = wanted else {
            return Ok(self.threads);
        };
        let threads = field.quantity_u64().map_err(Refusal::in_request)?;
        usize::try_from(threads)
            .ok()
            .and_then(NonZeroUsize::new)
            .filter(|threads| *threads <= self.threads)
            .ok_or_else(|| {
                field
                    .refuse(format!("must be 1 to {}, the simulator's", self.threads))
                    .in_request()
            })
    }

    /// Executes a block.
    pub(crate) fn execute(
        &self,
        execution: Execution,
        block: &Block,
        state: &Overridden<'_>,
    ) -> Result<BlockOutcome, Error> {
        let mut options = Options::new(execution.threads);
        options.clock = self.shared_clock.filter(|_| execution.timeline);
        self.execute_on(options, block, state)
    }

    /// Executes a block on any state.
    pub(crate) fn execute_on(
        &self,
        options: Options,
        block: &Block,
        state: &dyn Guesses,
    ) -> Result<BlockOutcome, Error> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(pool) = &self.pool {
            return Ok(AnyState(state).execute_beside(pool, block, options)?);
        }
        Ok(AnyState(state).execute(block, options)?)
    }

    /// Executes a block by the plain loop, for comparison.
    pub(crate) fn execute_sequentially(
        &self,
        block: &Block,
        state: &Overridden<'_>,
    ) -> Result<BlockOutcome, Error> {
        Ok(AnyState(state).execute_sequentially(block)?)
    }

    /// Does work where rayon finds this simulator's workers.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn on_pool<T: Send>(
        &self,
        threads: NonZeroUsize,
        work: impl FnOnce() -> T + Send,
    ) -> T {
        match &self.pool {
            Some(pool) if threads.get() > 1 => pool.install(work),
            _ => work(),
        }
    }

    /// Does work. There is one pool, the global one.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn on_pool<T: Send>(
        &self,
        _threads: NonZeroUsize,
        work: impl FnOnce() -> T + Send,
    ) -> T {
        work()
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn start_pool(threads: NonZeroUsize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .thread_name(|index| format!("forerun-{index}"))
        .build()
        .map_err(|error| Error::Engine {
            message: format!("no thread pool: {error}"),
        })
}
