//! Runs a test of a tracer: executes one transaction, records it, and compares what is told of it.

use crate::{
    chain::ChainConfig, genesis_format::read_config, tracer_format::TracerTest, verdict::Verdict,
    world::World,
};
use alloy_primitives::U256;
use forerun_executor::{
    Block, BlockOutcome, BlockRules, Options, StateSource, TransactionOutcome, execute_interleaved,
    execute_sequentially,
    revm::{
        context::BlockEnv, context_interface::block::BlobExcessGasAndPrice,
        primitives::hardfork::SpecId,
    },
};
use forerun_simulator::{Fork, Traced, Tracer, decode_signed};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, path::Path};

/// The tracers by the folders that their tests are in.
const FOLDERS: [(&str, &str); 4] = [
    ("call_tracer", "callTracer"),
    ("call_tracer_withLog", "callTracer"),
    ("prestate_tracer", "prestateTracer"),
    ("prestate_tracer_with_diff_mode", "prestateTracer"),
];

/// Runs a test whose file lies there.
pub(crate) fn run(test: &TracerTest, file: &Path) -> Verdict {
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
    let folder = folder.to_string_lossy();
    let known = FOLDERS.into_iter().find(|(name, _)| *name == folder);
    let Some((_, tracer)) = known else {
        let reason = format!("{folder:?} is no folder of a tracer that is known");
        // Nothing but the folder says which tracer it is.
        return if folder.is_empty() {
            Verdict::Failed(format!("{reason}: name a folder above it"))
        } else {
            Verdict::Skipped(reason)
        };
    };
    match check(test, tracer) {
        Ok(()) => Verdict::Passed,
        Err(difference) => Verdict::Failed(difference),
    }
}

fn check(test: &TracerTest, tracer: &str) -> Result<(), String> {
    let options = json!({ "tracer": tracer, "tracerConfig": test.tracer_config });
    let tracer = Tracer::read(&options)?;
    let config = read_config(&test.genesis.config)?;
    let rules = rules_of(test, &config)?;
    let mut block = block(test, config.chain_id, &rules)?;
    block.rules.record = tracer.record();
    let world = World::read(&test.genesis.clone().into_accounts())?;
    let state = world.with_hashes(|_| Default::default());
    for outcome in both_ways(&block, &state)? {
        let told = told(&tracer, &block, &outcome)?;
        if told != test.result {
            return Err(format!("it is told as {told} and not as {}", test.result));
        }
    }
    Ok(())
}

/// The one transaction in order, and as the workers of a parallel run would do it.
fn both_ways(block: &Block, state: &impl StateSource) -> Result<[BlockOutcome; 2], String> {
    let options = Options::new(NonZeroUsize::MIN.saturating_add(1));
    let parallel = execute_interleaved(block, state, options, |workers| workers - 1);
    let sequential = execute_sequentially(block, state);
    let said = |error: forerun_executor::ExecutorError| error.to_string();
    Ok([sequential.map_err(said)?, parallel.map_err(said)?])
}

fn told(tracer: &Tracer, block: &Block, outcome: &BlockOutcome) -> Result<Value, String> {
    let result = match outcome.transactions.first() {
        Some(TransactionOutcome::Executed(result)) => result,
        Some(TransactionOutcome::Rejected(rejection)) => return Err(rejection.to_string()),
        None => return Err("the transaction was not run".to_owned()),
    };
    let recording = outcome.recordings.first().and_then(Option::as_ref);
    let text = tracer.write(&Traced {
        recording: recording.ok_or("the transaction was not recorded")?,
        transaction: &block.transactions[0],
        result,
        coinbase: block.env.beneficiary,
        logs_before: 0,
    })?;
    serde_json::from_str(&text).map_err(|error| format!("what is told is no JSON: {error}"))
}

/// The rules that the transaction's block has.
fn rules_of(test: &TracerTest, config: &ChainConfig) -> Result<Fork, String> {
    let context = &test.context;
    // The total difficulty before is not in the test; after the merge there is none to add.
    let is_merged = context.difficulty.0.is_zero();
    let difficulty = if is_merged { U256::MAX } else { U256::ZERO };
    let (number, time) = (context.number.to()?, context.timestamp.to()?);
    let fork = config.network.fork_at(number, time, difficulty);
    Ok(config.rules(&fork))
}

fn block(test: &TracerTest, chain_id: u64, rules: &Fork) -> Result<Block, String> {
    let merged = rules.has(SpecId::MERGE);
    let (genesis, context) = (&test.genesis, &test.context);
    let excess = genesis.excess_blob_gas.unwrap_or_default().to()?;
    let fraction = rules
        .blob_params
        .map(|params| params.base_fee_update_fraction);
    let tx = decode_signed(&test.input, chain_id, rules).map_err(|error| error.to_string())?;
    Ok(Block {
        chain_id,
        fork: rules.spec,
        env: BlockEnv {
            number: context.number.0,
            beneficiary: context.miner,
            timestamp: context.timestamp.0,
            gas_limit: context.gas_limit.to()?,
            basefee: context.base_fee_per_gas.to()?,
            difficulty: context.difficulty.0,
            prevrandao: merged.then(|| genesis.mix_hash.unwrap_or_default()),
            blob_excess_gas_and_price: fraction
                .map(|fraction| BlobExcessGasAndPrice::new(excess, fraction)),
            ..BlockEnv::default()
        },
        blob_params: rules.blob_params,
        transactions: vec![tx],
        rules: BlockRules::default(),
    })
}
