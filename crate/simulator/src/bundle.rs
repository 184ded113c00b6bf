//! Bundles: an ordered list of transactions, and what would happen if the next block held them.

use crate::{
    Error, Simulator, access_list,
    block_environment::{BlockDescription, BlockOverrides},
    bundle_result::{self, BundleResult, TransactionResult},
    bundle_trace::Wanted,
    call::Surroundings,
    fields::{Field, Refusal, shown},
    fork::Fork,
    gas_limits,
    ground::Ground,
    intake::{Intake, Origin, Taken},
    overrides::Overrides,
    places::{Place, look_at_each},
    rejection,
    simulator::{Clock, Execution},
};
use alloy_primitives::U64;
use forerun_executor::{
    Block, BlockOutcome, BlockRules, Checks, Guesses, OnInvalid, Rejection, TransactionOutcome,
};
use serde::Deserialize;
use serde_json::Value;

/// A request to simulate a bundle, as JSON:
///
/// ```text
/// { transactions: (signed bytes as 0x-hex
///     | { from, to?, value?, data? | input?, gas?, gasPrice?, maxFeePerGas?, maxPriorityFeePerGas?, nonce?,
///         accessList?, authorizationList?, blobVersionedHashes?, maxFeePerBlobGas?, type?, chainId? })[],
///   block?: { number?, timestamp?, baseFeePerGas?, coinbase?, gasLimit?, prevRandao?, difficulty?, excessBlobGas? },
///   stateOverrides?: { address, balance?, nonce?, code?, state? | stateDiff? }[],
///   feeChecks?: 'real' | 'relaxed', include?: ('gasLimitNeeded' | 'accessList' | 'calls' | 'stateChanges')[],
///   threads?: number, timeline?: boolean }
/// ```
///
/// `include` names what is to be found out beside what the transactions do.
///
/// `timeline` (needs [`Simulator::with_clock`]) has the report say who did what when.
///
/// Holds what was sent; [`Simulator::simulate_bundle`] checks it, so that every mistake in it arrives
/// as an [`Error`] with the field's path and value rather than as a parser's sentence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct BundleRequest(Value);

impl BundleRequest {
    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the text is not JSON.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        parse(json).map(Self)
    }

    pub(crate) fn transactions(&self) -> Option<&Value> {
        self.0.get("transactions")
    }
}

impl From<Value> for BundleRequest {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

/// Parses a request's text.
pub(crate) fn parse(json: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(json).map_err(|error| Error::InvalidRequest {
        field: "(root)".to_owned(),
        value: shown(&String::from_utf8_lossy(&json[..json.len().min(80)])),
        reason: format!("is not JSON: {error}"),
    })
}

/// A request whose fields are checked, but for the transactions.
struct Parts<'a> {
    transactions: Vec<Field<'a>>,
    block: BlockOverrides,
    overrides: Overrides,
    checks: Checks,
    include: Include,
    threads: Option<Field<'a>>,
    timeline: bool,
}

/// What is to be found out beside what the transactions do.
#[derive(Clone, Copy, Debug, Default)]
struct Include {
    gas_limit_needed: bool,
    access_list: bool,
    trace: Wanted,
}

impl Include {
    fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut include = Self::default();
        for entry in field.list()? {
            match entry.string()?.as_str() {
                "gasLimitNeeded" => include.gas_limit_needed = true,
                "accessList" => include.access_list = true,
                "calls" => include.trace.calls = true,
                "stateChanges" => include.trace.state_changes = true,
                _ => {
                    let reason = "is not known here; known are gasLimitNeeded, accessList, calls, \
                                  stateChanges";
                    return Err(entry.refuse(reason));
                }
            }
        }
        Ok(include)
    }
}

impl<'a> Parts<'a> {
    fn read(request: &'a Value) -> Result<Self, Refusal> {
        let mut fields = Field::root(request).object()?;
        let list = fields.require("transactions")?;
        let parts = Self {
            transactions: list.list()?,
            block: fields
                .read("block", BlockOverrides::read)?
                .unwrap_or_default(),
            overrides: fields
                .read("stateOverrides", Overrides::read)?
                .unwrap_or_default(),
            checks: fields
                .read("feeChecks", read_fee_checks)?
                .unwrap_or_default(),
            include: fields.read("include", Include::read)?.unwrap_or_default(),
            threads: fields.get("threads"),
            timeline: fields.read("timeline", Field::boolean)?.unwrap_or_default(),
        };
        fields.finish()?;
        if parts.transactions.is_empty() {
            return Err(list.refuse("is empty; a bundle has at least one transaction"));
        }
        Ok(parts)
    }
}

fn read_fee_checks(field: &Field<'_>) -> Result<Checks, Refusal> {
    match field.string()?.as_str() {
        "real" => Ok(Checks::REAL),
        "relaxed" => Ok(Checks::RELAXED),
        _ => Err(field.refuse("must be real or relaxed")),
    }
}

/// A bundle that is read and checked: all but run. No system calls are made: what they write no
/// bundle can do without their contracts' state, which a snapshot need not have.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) block: Block,
    pub(crate) overrides: Overrides,
    fork: Fork,
    taken: Vec<Taken>,
    include: Include,
    pub(crate) execution: Execution,
}

/// Reads a bundle, and checks all of it that can be checked without running it.
pub(crate) fn prepare(
    simulator: &Simulator,
    request: &BundleRequest,
    ground: &dyn Ground,
) -> Result<Prepared, Error> {
    let parts = Parts::read(&request.0).map_err(Refusal::in_request)?;
    let threads = simulator.threads_for(parts.threads.as_ref())?;
    let snapshot = simulator.snapshot();
    let fork = snapshot.fork();
    let env = parts
        .block
        .environment(snapshot.block(), &fork)
        .map_err(Refusal::in_request)?;
    let intake = Intake {
        surroundings: Surroundings {
            chain_id: snapshot.chain_id(),
            fork: &fork,
            block: &env,
        },
        origin: Origin::Bundle,
        funded: parts.checks.balance,
        threads,
    };
    let state = parts.overrides.over(ground);
    let taken = simulator.on_pool(threads, || intake.read(&parts.transactions, &state))?;
    let block = Block {
        chain_id: snapshot.chain_id(),
        fork: fork.spec,
        env,
        blob_params: fork.blob_params,
        transactions: taken
            .iter()
            .map(|taken| taken.transaction.env.clone())
            .collect(),
        rules: BlockRules {
            on_invalid: on_invalid(ground),
            checks: parts.checks,
            // Checked below: a gas limit that was filled in claims more than its transaction uses.
            gas_admission: false,
            record: parts.include.trace.record(taken.len()),
            ..BlockRules::default()
        },
    };
    Ok(Prepared {
        block,
        fork,
        taken,
        include: parts.include,
        execution: Execution {
            threads,
            timeline: parts.timeline,
        },
        overrides: parts.overrides,
    })
}

impl Prepared {
    /// Runs the bundle on a state that is known.
    pub(crate) fn run(
        &self,
        simulator: &Simulator,
        clock: Option<Clock<'_>>,
    ) -> Result<BundleResult, Error> {
        let state = self.overrides.over(simulator.snapshot());
        let (outcome, milliseconds) = timed(clock, || {
            simulator.execute(self.execution, &self.block, &state)
        })?;
        self.answer(outcome, milliseconds, simulator, &state)
    }

    /// Says what a run on a state came to.
    pub(crate) fn answer(
        &self,
        outcome: BlockOutcome,
        milliseconds: Option<f64>,
        simulator: &Simulator,
        state: &dyn Guesses,
    ) -> Result<BundleResult, Error> {
        check_admission(&self.taken, &self.block, &outcome)?;
        let told = self.include.trace.told(&self.block, &outcome);
        let mut result = BundleResult {
            block: BlockDescription::of(&self.block.env, &self.fork),
            milliseconds,
            state_changes: told.state_changes.clone(),
            ..bundle_result::describe(&self.taken, &self.block, outcome)
        };
        told.into_results(&mut result.transactions);
        self.look_closer(simulator, state, &mut result.transactions)?;
        Ok(result)
    }
}

impl Prepared {
    /// Finds out what was asked for beside what the transactions do.
    fn look_closer(
        &self,
        simulator: &Simulator,
        state: &dyn Guesses,
        transactions: &mut [TransactionResult],
    ) -> Result<(), Error> {
        let Include {
            gas_limit_needed,
            access_list,
            trace: _,
        } = self.include;
        if !gas_limit_needed && !access_list {
            return Ok(());
        }
        let look = |place: &Place<'_>| {
            let limit = gas_limit_needed.then(|| gas_limits::needed(place));
            let list = access_list.then(|| access_list::of(place));
            Ok((limit.transpose()?, list.transpose()?.flatten()))
        };
        let threads = self.execution.threads;
        let found = look_at_each(simulator, threads, &self.block, state, &look)?;
        for (transaction, (limit, list)) in transactions.iter_mut().zip(found) {
            transaction.gas_limit_needed = limit.map(|limit| limit.map(U64::from));
            transaction.access_list = list;
        }
        Ok(())
    }
}

/// Does something and measures it, if there is a clock.
pub(crate) fn timed<T>(
    clock: Option<Clock<'_>>,
    run: impl FnOnce() -> Result<T, Error>,
) -> Result<(T, Option<f64>), Error> {
    let start = clock.map(|now| now());
    let outcome = run()?;
    Ok((outcome, clock.zip(start).map(|(now, start)| now() - start)))
}

/// What an invalid transaction does to those behind it.
pub(crate) fn on_invalid(ground: &dyn Ground) -> OnInvalid {
    if ground.goes_on() {
        OnInvalid::Skip
    } else {
        OnInvalid::Stop
    }
}

/// Names the first transaction that could not stand at its place.
fn check_admission(taken: &[Taken], block: &Block, outcome: &BlockOutcome) -> Result<(), Error> {
    match first_refused(taken, block, outcome) {
        Some((index, rejection)) => {
            let tx = &block.transactions[index];
            Err(rejection::objection(&rejection, tx, block).at(index))
        }
        None => Ok(()),
    }
}

/// The first transaction that could not stand at its place: refused by the executor, or without room
/// in the block. A written gas limit has to fit into what is left, as on the chain; of one that was
/// filled in only the gas it used.
pub(crate) fn first_refused(
    taken: &[Taken],
    block: &Block,
    outcome: &BlockOutcome,
) -> Option<(usize, Rejection)> {
    let mut gas_left = block.env.gas_limit;
    let mut blob_gas_left = block.blob_params.map_or(u64::MAX, |p| {
        p.max.saturating_mul(crate::fees::GAS_PER_BLOB)
    });
    for (index, (taken, outcome)) in taken.iter().zip(&outcome.transactions).enumerate() {
        let tx = &taken.transaction.env;
        let result = match outcome {
            TransactionOutcome::Rejected(rejection) => return Some((index, rejection.clone())),
            TransactionOutcome::Executed(result) => result,
        };
        let used = result.tx_gas_used();
        let claimed = if taken.gas_given { tx.gas_limit } else { used };
        if claimed > gas_left {
            let rejection = Rejection::BlockGas {
                limit: claimed,
                remaining: gas_left,
            };
            return Some((index, rejection));
        }
        gas_left = gas_left.saturating_sub(used);
        let blob_gas = (tx.blob_hashes.len() as u64).saturating_mul(crate::fees::GAS_PER_BLOB);
        if blob_gas > blob_gas_left {
            let rejection = Rejection::BlobGas {
                needed: blob_gas,
                remaining: blob_gas_left,
            };
            return Some((index, rejection));
        }
        blob_gas_left -= blob_gas;
    }
    None
}
