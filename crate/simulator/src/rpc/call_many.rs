//! `eth_callMany`: calls one after another, each on what the ones before it left.

use super::{
    Failure, RpcError, Session, TransactionArgs,
    block_param::{pinned_header, require_pinned},
    call::output,
    params::{is_minus_one, optional, required},
    refusal::refused,
    stage::{GAS_CAP, Refused, Stage},
};
use crate::{block_environment::SLOT_SECONDS, fields::Field, json, snapshot::read_block_hashes};
use alloy_primitives::{Address, U256};
use forerun_executor::{
    Record, Recording, TransactionOutcome,
    revm::context::{TxEnv, result::ExecutionResult},
};
use serde_json::Value;

/// `eth_callMany`: bundles of calls, each `{ transactions, blockOverride? }`; the block,
/// `{ blockNumber, transactionIndex? }`; state overrides; a limit of time, which is not looked at.
///
/// The first bundle is in the pinned block's environment, behind all its transactions, and each one
/// after it in a block of its own. Answers with a list of lists of `{ value }` or `{ error }`.
pub(crate) fn call_many(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let overrides = optional(params, 2);
    for_each_call(
        session,
        params,
        overrides.as_ref(),
        Record::NOTHING,
        &|out, done| {
            match output(done.result) {
                Ok(value) => {
                    out.push_str("{\"value\":");
                    json::text(out, &value);
                }
                Err(error) => {
                    out.push_str("{\"error\":");
                    json::escaped(out, &error.message);
                }
            }
            out.push('}');
            Ok(())
        },
    )
}

/// A call that was executed.
pub(crate) struct Done<'a> {
    pub(crate) transaction: &'a TxEnv,
    pub(crate) result: ExecutionResult,
    pub(crate) recording: Option<&'a Recording>,
    pub(crate) coinbase: Address,
    /// How many logs there are in its bundle before it.
    pub(crate) logs_before: usize,
}

/// Writes of a call what there is to say of it.
type Tell<'a> = &'a dyn Fn(&mut String, Done<'_>) -> Result<(), Failure>;

/// Goes through bundles of calls, and puts together what is told of each call.
pub(crate) fn for_each_call(
    session: &Session<'_>,
    params: &[Value],
    overrides: Option<&Field<'_>>,
    record: Record,
    tell: Tell<'_>,
) -> Result<String, Failure> {
    let bundles = required(params, 0)?.list()?;
    if bundles.is_empty() {
        return Err(RpcError::params("bundles are empty").into());
    }
    if let Some(context) = optional(params, 1) {
        check_context(session, &context)?;
    }
    let mut stage = Stage::read(session, overrides, None)?;
    let mut out = String::from("[");
    for (index, bundle) in bundles.iter().enumerate() {
        json::separate(&mut out, index);
        let mut fields = bundle.object()?;
        let mut here = stage.clone();
        if let Some(field) = fields.get("blockOverride") {
            override_block(&mut here, &field)?;
        }
        let list = fields
            .get("transactions")
            .or_else(|| fields.get("transaction"));
        let list = list
            .map(|field| field.list())
            .transpose()?
            .unwrap_or_default();
        let calls = list.iter().map(|field| here.args(field));
        let calls = calls.collect::<Result<Vec<_>, _>>()?;
        run(session, &mut here, &calls, record, &mut out, tell)?;
        stage.layer = here.layer;
        stage.env.number = stage.env.number.saturating_add(U256::ONE);
        let time = stage.env.timestamp;
        stage.env.timestamp = time.saturating_add(U256::from(SLOT_SECONDS));
    }
    out.push(']');
    Ok(out)
}

/// Refuses any place but that behind the pinned block, where its state is known.
fn check_context(session: &Session<'_>, context: &Field<'_>) -> Result<(), Failure> {
    let mut fields = context.object()?;
    require_pinned(session, fields.get("blockNumber").as_ref())?;
    let Some(index) = fields.get("transactionIndex") else {
        return Ok(());
    };
    if is_minus_one(&index) {
        return Ok(());
    }
    let index = index.quantity_u64()?;
    let given = session.snapshot().given_block();
    let list = given.and_then(|block| block.get("transactions")?.as_array());
    if list.is_some_and(|list| index >= list.len() as u64) {
        return Ok(());
    }
    let number = pinned_header(session)?.number;
    let message = format!("the state inside block {number} is not here, only that behind it");
    Err(RpcError::new(RpcError::SERVER, message).into())
}

/// Puts other values into a bundle's block, and gives other blocks other hashes.
fn override_block(stage: &mut Stage, field: &Field<'_>) -> Result<(), Failure> {
    stage.override_block(field)?;
    if let Some(field) = field.object()?.get("blockHash") {
        for (number, hash) in read_block_hashes(&field)? {
            stage.layer.set_block_hash(number, hash);
        }
    }
    Ok(())
}

/// Executes calls in order. Those that follow one another and are all free, or all not, are one block:
/// what they see of it is the same.
fn run(
    session: &Session<'_>,
    stage: &mut Stage,
    calls: &[TransactionArgs],
    record: Record,
    out: &mut String,
    tell: Tell<'_>,
) -> Result<(), Failure> {
    out.push('[');
    let groups = calls.chunk_by(|one, next| stage.is_free(one) == stage.is_free(next));
    let groups: Vec<_> = groups.collect();
    let (mut count, mut logs_before) = (0, 0);
    for group in groups {
        let mut block = stage.block(group);
        block.rules.record = record;
        let outcome = session.execute(&block, &stage.layer)?;
        let calls = block.transactions.iter().zip(outcome.transactions);
        for (index, (tx, outcome_of_call)) in calls.enumerate() {
            json::separate(out, count);
            count += 1;
            let result = match outcome_of_call {
                TransactionOutcome::Executed(result) => result,
                TransactionOutcome::Rejected(rejection) => {
                    let error = refused(&rejection, tx, &block);
                    let gas = tx.gas_limit.min(GAS_CAP);
                    return Err(Refused { rejection, error }.of_call(gas).into());
                }
            };
            let logs = result.logs().len();
            let done = Done {
                transaction: tx,
                result,
                recording: outcome.recordings.get(index).and_then(Option::as_deref),
                coinbase: block.env.beneficiary,
                logs_before,
            };
            tell(out, done)?;
            logs_before += logs;
        }
        stage.layer.advance(&outcome.changes);
    }
    out.push(']');
    Ok(())
}
