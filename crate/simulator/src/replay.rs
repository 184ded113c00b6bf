//! Replays a block of the chain and checks it against its own header.

use crate::{
    Error, Simulator, block_environment,
    bundle::{on_invalid, parse, timed},
    call::Surroundings,
    fields::{Field, Refusal},
    forgotten::Forgotten,
    fork::{Fork, deposit_contract, read_blob_params},
    ground::Ground,
    header::Header,
    intake::{Intake, Origin},
    overrides::Overrides,
    receipts, rejection,
    report::Report,
    rewards,
    simulator::{Clock, Execution},
    snapshot::{Snapshot, read_block_hashes},
};
use alloy_eips::eip7685::Requests;
use alloy_primitives::{B256, Bloom, U64};
use forerun_executor::{
    BalanceIncrement, Block, BlockOutcome, BlockRules, StateChanges, StateSource, SystemCalls,
    TransactionOutcome, revm::primitives::hardfork::SpecId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZeroUsize;

/// A request to replay a block, as JSON:
///
/// ```text
/// { block: { header (as an RPC server gives it), transactions: (signed bytes as 0x-hex | RPC objects with `raw`
///       | RPC objects without a signature)[],
///     withdrawals?: { index?, validatorIndex?, address, amount (gwei) }[], uncles?: (hash | header)[] },
///   fork?, blobParams?, blockHashes?, threads?: number, compare?: boolean, repeat?: number,
///   timeline?: boolean, remember?: boolean }
/// ```
///
/// The simulator's snapshot is the state before the first transaction. The protocol's own calls are
/// made if the header has a `parentHash`. `repeat` (1 to 1,000, needs a clock) executes as often, in
/// parallel and in order by turns, and reports every time that was measured. With `remember: false`
/// these executions find no result of a signature or precompile that is known from another, and
/// neither does anything that runs beside them. `timeline` is that of
/// [`BundleRequest`](crate::BundleRequest), like which it is checked when it is used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ReplayRequest(Value);

impl ReplayRequest {
    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the text is not JSON.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        parse(json).map(Self)
    }

    pub(crate) fn transactions(&self) -> Option<&Value> {
        self.0.get("block")?.get("transactions")
    }
}

impl From<Value> for ReplayRequest {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

/// What a replayed block came to, beside what its header says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayResult {
    /// Height of the block.
    pub number: U64,
    /// How many transactions it has.
    pub transactions: usize,
    /// Gas of all transactions.
    pub gas_used: U64,
    /// What the header says, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas_used_expected: Option<U64>,
    /// From Byzantium on.
    pub receipts_root: Option<B256>,
    /// What the header says, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipts_root_expected: Option<B256>,
    /// The OR over all receipts.
    pub logs_bloom: Bloom,
    /// From Prague on, where the protocol's own calls were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_hash: Option<B256>,
    /// Whether it all fits.
    pub checks: Checks,
    /// Whether a sequential run came to the same result in all parts. Only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identical: Option<bool>,
    /// How the run went.
    pub report: Report,
    /// Time of the execution alone, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// Time of the sequential execution, if it was asked for and measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequential_milliseconds: Option<f64>,
    /// All times that were measured, in the order of the runs. Only with `repeat`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Times>,
    /// The net change of state, withdrawals and rewards included. Not part of the JSON form.
    #[serde(skip)]
    pub changes: StateChanges,
}

/// How long one turn of a repeated replay took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Times {
    /// The parallel execution, in milliseconds.
    pub parallel: f64,
    /// The sequential one, in milliseconds.
    pub sequential: f64,
}

impl ReplayResult {
    /// Whether nothing that could be checked came out differently.
    pub fn passed(&self) -> bool {
        self.checks.passed() && self.identical != Some(false)
    }
}

/// Whether results equal the header's; `null` where there is nothing to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// `gasUsed`
    pub gas_used: Option<bool>,
    /// `receiptsRoot`, from Byzantium on
    pub receipts_root: Option<bool>,
    /// `logsBloom`
    pub logs_bloom: Option<bool>,
    /// `requestsHash`, from Prague on
    pub requests_hash: Option<bool>,
}

impl Checks {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        ![
            self.gas_used,
            self.receipts_root,
            self.logs_bloom,
            self.requests_hash,
        ]
        .contains(&Some(false))
    }
}

/// A request whose fields are checked, but for the transactions.
struct Parts<'a> {
    fork: Fork,
    header: Header,
    transactions: Vec<Field<'a>>,
    increments: Vec<BalanceIncrement>,
    overrides: Overrides,
    threads: Option<Field<'a>>,
    compare: bool,
    repeat: u64,
    timeline: bool,
    remember: bool,
}

const MOST_REPETITIONS: u64 = 1_000;

impl<'a> Parts<'a> {
    fn read(request: &'a Value, default_fork: Fork) -> Result<Self, Refusal> {
        let mut fields = Field::root(request).object()?;
        let fork = fields
            .read("fork", Fork::read)?
            .unwrap_or(default_fork)
            .with_blob_params(fields.read("blobParams", read_blob_params)?);
        let block_hashes = fields
            .read("blockHashes", read_block_hashes)?
            .unwrap_or_default();
        let mut block = fields.require("block")?.object()?;
        let header = Header::read(&block.require("header")?)?;
        let transactions = block.require("transactions")?.list()?;
        let uncles = block
            .read("uncles", rewards::read_uncles)?
            .unwrap_or_default();
        let mut increments = rewards::mining_rewards(header.number, header.miner, &uncles, &fork);
        increments.extend(
            block
                .read("withdrawals", rewards::read_withdrawals)?
                .unwrap_or_default(),
        );
        block.finish()?;
        let parts = Self {
            fork,
            header,
            transactions,
            increments,
            overrides: Overrides::of_block_hashes(block_hashes),
            threads: fields.get("threads"),
            compare: fields.read("compare", Field::boolean)?.unwrap_or_default(),
            repeat: fields.read("repeat", read_repetitions)?.unwrap_or_default(),
            timeline: fields.read("timeline", Field::boolean)?.unwrap_or_default(),
            remember: fields.read("remember", Field::boolean)?.unwrap_or(true),
        };
        fields.finish()?;
        Ok(parts)
    }

    /// The block, with its transactions read and their signers found on so many threads.
    fn block(
        &self,
        simulator: &Simulator,
        threads: NonZeroUsize,
        ground: &dyn Ground,
    ) -> Result<Block, Error> {
        let Self { fork, header, .. } = self;
        let snapshot = simulator.snapshot();
        let env = block_environment::of_header(header, "block.header", fork)
            .map_err(Refusal::in_request)?;
        let state = self.overrides.over(ground);
        let intake = Intake {
            surroundings: Surroundings {
                chain_id: snapshot.chain_id(),
                fork,
                block: &env,
            },
            origin: Origin::Rpc,
            funded: true,
            threads,
        };
        let taken = simulator.on_pool(threads, || intake.read(&self.transactions, &state))?;
        Ok(Block {
            chain_id: snapshot.chain_id(),
            fork: fork.spec,
            env,
            blob_params: fork.blob_params,
            transactions: taken
                .into_iter()
                .map(|taken| taken.transaction.env)
                .collect(),
            rules: BlockRules {
                on_invalid: on_invalid(ground),
                gas_admission: true,
                system_calls: header.parent_hash.map(|parent_hash| SystemCalls {
                    parent_hash,
                    parent_beacon_block_root: header.parent_beacon_block_root,
                    deposit_contract: deposit_contract(snapshot.chain_id()),
                }),
                balance_increments: self.increments.clone(),
                ..BlockRules::default()
            },
        })
    }
}

/// A block of the chain as a replay hands it to the executor, and the state it stands on. For
/// running it otherwise than [`Simulator::replay_block`] does: in parts, or with
/// [`Options`](forerun_executor::Options) of one's own.
#[derive(Clone, Debug)]
pub struct PreparedBlock<'a> {
    /// Environment, transactions and rules.
    pub block: Block,
    snapshot: &'a Snapshot,
    overrides: Overrides,
}

impl PreparedBlock<'_> {
    /// The state before the first transaction: the simulator's snapshot with the request's block
    /// hashes.
    pub const fn state(&self) -> impl StateSource {
        self.overrides.over(self.snapshot)
    }
}

impl<'a> PreparedBlock<'a> {
    pub(crate) fn new(prepared: Prepared, snapshot: &'a Snapshot) -> Self {
        Self {
            block: prepared.block,
            snapshot,
            overrides: prepared.overrides,
        }
    }
}

fn read_repetitions(field: &Field<'_>) -> Result<u64, Refusal> {
    let repeat = field.quantity_u64()?;
    if repeat == 0 || repeat > MOST_REPETITIONS {
        return Err(field.refuse(format!("must be 1 to {MOST_REPETITIONS}")));
    }
    Ok(repeat)
}

/// A replay that is read and checked: all but run.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) block: Block,
    pub(crate) overrides: Overrides,
    fork: Fork,
    header: Header,
    pub(crate) execution: Execution,
    compare: bool,
    repeat: u64,
    remember: bool,
}

/// Reads a replay, and checks all of it that can be checked without running it.
pub(crate) fn prepare(
    simulator: &Simulator,
    request: &ReplayRequest,
    ground: &dyn Ground,
) -> Result<Prepared, Error> {
    let parts =
        Parts::read(&request.0, simulator.snapshot().fork()).map_err(Refusal::in_request)?;
    let threads = simulator.threads_for(parts.threads.as_ref())?;
    Ok(Prepared {
        block: parts.block(simulator, threads, ground)?,
        overrides: parts.overrides,
        fork: parts.fork,
        header: parts.header,
        execution: Execution {
            threads,
            timeline: parts.timeline,
        },
        compare: parts.compare,
        repeat: parts.repeat,
        remember: parts.remember,
    })
}

impl Prepared {
    /// Replays the block on a state that is known.
    pub(crate) fn run(
        &self,
        simulator: &Simulator,
        clock: Option<Clock<'_>>,
    ) -> Result<ReplayResult, Error> {
        let state = self.overrides.over(simulator.snapshot());
        let forgotten = (!self.remember).then(Forgotten::new);
        // The parallel run comes first and meets the colder caches: the comparison does not flatter it.
        let (outcome, milliseconds) = timed(clock, || {
            simulator.execute(self.execution, &self.block, &state)
        })?;
        drop(forgotten);
        self.answer(outcome, milliseconds, simulator, clock)
    }

    /// Says what a run came to, after it was compared and measured as often as the request asks for.
    pub(crate) fn answer(
        &self,
        outcome: BlockOutcome,
        milliseconds: Option<f64>,
        simulator: &Simulator,
        clock: Option<Clock<'_>>,
    ) -> Result<ReplayResult, Error> {
        let Self {
            block, execution, ..
        } = self;
        check_accepted(block, &outcome)?;
        let forgotten = (!self.remember).then(Forgotten::new);
        let state = self.overrides.over(simulator.snapshot());
        let (mut identical, mut sequential_milliseconds) = (None, None);
        if self.compare {
            let (sequential, time) =
                timed(clock, || simulator.execute_sequentially(block, &state))?;
            identical = Some(outcome.same_result(&sequential));
            sequential_milliseconds = time;
        }
        let mut runs = Vec::new();
        let turns = clock.map_or(0, |_| self.repeat);
        for turn in 0..turns {
            let forget = || forgotten.iter().for_each(Forgotten::again);
            let parallel = || {
                forget();
                timed(clock, || simulator.execute(*execution, block, &state))
            };
            let sequential = || {
                forget();
                timed(clock, || simulator.execute_sequentially(block, &state))
            };
            // By turns, so that neither has the other's warm caches more often.
            let (ahead, behind) = if turn % 2 == 0 {
                let ahead = parallel()?;
                (ahead, sequential()?)
            } else {
                let behind = sequential()?;
                (parallel()?, behind)
            };
            if !ahead.0.same_result(&behind.0) {
                identical = Some(false);
            }
            runs.push(Times {
                parallel: ahead.1.unwrap_or_default(),
                sequential: behind.1.unwrap_or_default(),
            });
        }
        let result = check(&self.fork, &self.header, block, outcome);
        Ok(ReplayResult {
            runs,
            identical,
            milliseconds,
            sequential_milliseconds,
            ..result
        })
    }
}

/// A block that holds an invalid transaction is no block.
fn check_accepted(block: &Block, outcome: &BlockOutcome) -> Result<(), Error> {
    for (index, (tx, outcome)) in block
        .transactions
        .iter()
        .zip(&outcome.transactions)
        .enumerate()
    {
        if let TransactionOutcome::Rejected(rejection) = outcome {
            return Err(rejection::objection(rejection, tx, block).at(index));
        }
    }
    Ok(())
}

/// Compares an outcome with the header.
fn check(fork: &Fork, header: &Header, block: &Block, outcome: BlockOutcome) -> ReplayResult {
    let commitment = receipts::commit(
        &mut block.transactions.iter().map(|tx| tx.tx_type),
        &outcome.transactions,
    );
    let receipts_root = fork.has(SpecId::BYZANTIUM).then_some(commitment.root);
    let called = block.rules.system_calls.is_some();
    let requests_hash = (called && fork.has(SpecId::PRAGUE))
        .then(|| Requests::new(outcome.requests).requests_hash());
    ReplayResult {
        number: U64::from(header.number),
        transactions: block.transactions.len(),
        gas_used: U64::from(outcome.gas_used),
        gas_used_expected: header.gas_used.map(U64::from),
        receipts_root,
        receipts_root_expected: header.receipts_root,
        logs_bloom: commitment.bloom,
        requests_hash,
        checks: Checks {
            gas_used: header.gas_used.map(|expected| outcome.gas_used == expected),
            receipts_root: equal(receipts_root, header.receipts_root),
            logs_bloom: header
                .logs_bloom
                .map(|expected| commitment.bloom == expected),
            requests_hash: equal(requests_hash, header.requests_hash),
        },
        identical: None,
        report: outcome.report.into(),
        milliseconds: None,
        sequential_milliseconds: None,
        runs: Vec::new(),
        changes: outcome.changes,
    }
}

fn equal<T: PartialEq>(found: Option<T>, expected: Option<T>) -> Option<bool> {
    Some(found? == expected?)
}
