//! Runs state tests: one transaction on a given state, its state root and logs.

use crate::{
    format::Quantity,
    network::NamedFork,
    skips,
    state_format::{Environment, Expectation, StateTest},
    verdict::{CaseName, Verdict},
    world::World,
};
use alloy_primitives::{B256, U256, keccak256};
use forerun_executor::{
    Block, BlockOutcome, BlockRules, ExecutorError, OnInvalid, Options, StateSource,
    TransactionOutcome, execute_interleaved, execute_sequentially,
    revm::{
        context::{BlockEnv, TxEnv},
        context_interface::block::BlobExcessGasAndPrice,
        primitives::{Log, hardfork::SpecId},
    },
};
use forerun_simulator::{Fork, decode_signed};
use std::num::NonZeroUsize;

const PLAYED_WORKERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// One fork with one choice of data, gas and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateCase<'a> {
    test: &'a StateTest,
    pub(crate) fork: &'a str,
    /// Its place in the fork's list.
    pub(crate) index: usize,
    expected: &'a Expectation,
}

/// All cases of a test.
pub(crate) fn cases(test: &StateTest) -> impl Iterator<Item = StateCase<'_>> {
    test.post.iter().flat_map(move |(fork, list)| {
        let each = list.iter().enumerate();
        each.map(move |(index, expected)| StateCase {
            test,
            fork,
            index,
            expected,
        })
    })
}

/// Runs a case.
pub(crate) fn run(name: &CaseName<'_>, case: &StateCase<'_>) -> Verdict {
    let fork = match NamedFork::by_name(case.fork) {
        Ok(fork) => fork,
        Err(reason) => return Verdict::Skipped(reason),
    };
    if let Some(reason) = skips::reason(name.file, name.test) {
        return Verdict::Skipped(reason.to_owned());
    }
    match check(case, fork) {
        Ok(()) => Verdict::Passed,
        Err(difference) => Verdict::Failed(difference),
    }
}

fn check(case: &StateCase<'_>, fork: NamedFork) -> Result<(), String> {
    let StateTest {
        env, pre, config, ..
    } = &case.test;
    let mut rules = fork.rules();
    rules.blob_params = config.blob_params(case.fork)?.or(rules.blob_params);
    let chain_id = config.chain_id()?;
    let mut world = World::read(pre)?;
    let outcome = transaction(case, chain_id, &rules)
        .and_then(|tx| execute(env, &rules, chain_id, tx, &mut world));
    let logs = match (outcome, &case.expected.expect_exception) {
        (Ok(logs), None) => logs,
        (Err(Stop::Refused(_)), Some(_)) => Vec::new(),
        (Ok(_), Some(exception)) => {
            return Err(format!("ran, and should be refused for {exception}"));
        }
        (Err(Stop::Refused(reason)), None) => return Err(format!("refused: {reason}")),
        (Err(Stop::Broken(problem)), _) => return Err(problem),
    };
    let root = world.root();
    if root != case.expected.hash {
        return Err(format!(
            "the state root is {root}, not {}",
            case.expected.hash
        ));
    }
    let hash = hash_of_logs(&logs);
    if hash != case.expected.logs {
        return Err(format!(
            "the hash of {} logs is {hash}, not {}",
            logs.len(),
            case.expected.logs
        ));
    }
    Ok(())
}

/// Why there is nothing to compare.
enum Stop {
    /// The transaction may not be in the block.
    Refused(String),
    /// The test or the engine is at fault.
    Broken(String),
}

/// The transaction of a case: from its bytes, which have to say what the fields say, or from the
/// fields where there are no bytes.
fn transaction(case: &StateCase<'_>, chain_id: u64, rules: &Fork) -> Result<TxEnv, Stop> {
    let fields = case.test.transaction.transaction(case.expected.indexes);
    let Some(bytes) = &case.expected.txbytes else {
        let tx = fields.map_err(Stop::Refused)?;
        // Types of their own name their chain; the fields don't.
        let chain_id = (tx.tx_type > 0).then_some(chain_id);
        return Ok(TxEnv { chain_id, ..tx });
    };
    let decoded =
        decode_signed(bytes, chain_id, rules).map_err(|error| Stop::Refused(error.to_string()))?;
    let fields = fields.map_err(Stop::Broken)?;
    let named = TxEnv {
        chain_id: decoded.chain_id,
        ..fields
    };
    if decoded != named {
        return Err(Stop::Broken(format!(
            "the bytes are of {decoded:?}, the fields of {named:?}"
        )));
    }
    Ok(decoded)
}

/// Executes the one transaction, changes the state and gives the logs.
fn execute(
    env: &Environment,
    rules: &Fork,
    chain_id: u64,
    tx: TxEnv,
    world: &mut World,
) -> Result<Vec<Log>, Stop> {
    let block = Block {
        chain_id,
        fork: rules.spec,
        env: block_env(env, rules).map_err(Stop::Broken)?,
        blob_params: rules.blob_params,
        transactions: vec![tx],
        rules: BlockRules {
            on_invalid: OnInvalid::Stop,
            gas_admission: true,
            ..BlockRules::default()
        },
    };
    let outcome = run_both_ways(&block, &world.with_hashes(hash_of_number))?;
    match outcome.transactions.into_iter().next() {
        Some(TransactionOutcome::Executed(result)) => {
            world.apply(outcome.changes);
            let success = result.is_success();
            Ok(if success {
                result.into_logs()
            } else {
                Vec::new()
            })
        }
        Some(TransactionOutcome::Rejected(rejection)) => {
            // Whatever it claims to have changed shows in the root.
            world.apply(outcome.changes);
            Err(Stop::Refused(rejection.to_string()))
        }
        None => Err(Stop::Broken("the transaction was not run".into())),
    }
}

/// Executes a block in order, and once more as the workers of a parallel run would. One transaction
/// leaves them nothing to do at once, but they take it another way: on versions of the state, with
/// the fee set aside.
fn run_both_ways(block: &Block, state: &impl StateSource) -> Result<BlockOutcome, Stop> {
    let broken = |error: ExecutorError| Stop::Broken(error.to_string());
    // At once: one case takes longer than all others together.
    let (sequential, parallel) = rayon::join(
        || execute_sequentially(block, state),
        || execute_interleaved(block, state, Options::new(PLAYED_WORKERS), |_| 0),
    );
    let (sequential, parallel) = (sequential.map_err(broken)?, parallel.map_err(broken)?);
    if parallel.same_result(&sequential) {
        Ok(sequential)
    } else {
        Err(Stop::Broken(
            "the parallel result is not that of the sequential run".into(),
        ))
    }
}

fn block_env(env: &Environment, rules: &Fork) -> Result<BlockEnv, String> {
    let merged = rules.has(SpecId::MERGE);
    let excess = env.current_excess_blob_gas.map(Quantity::to).transpose()?;
    let fraction = rules
        .blob_params
        .map(|params| params.base_fee_update_fraction);
    Ok(BlockEnv {
        number: env.current_number.0,
        beneficiary: env.current_coinbase,
        timestamp: env.current_timestamp.0,
        gas_limit: env.current_gas_limit.to()?,
        basefee: env.current_base_fee.map_or(Ok(0), Quantity::to)?,
        difficulty: if merged {
            U256::ZERO
        } else {
            env.current_difficulty.0
        },
        prevrandao: merged.then(|| env.current_random.unwrap_or_default()),
        blob_excess_gas_and_price: fraction
            .map(|fraction| BlobExcessGasAndPrice::new(excess.unwrap_or_default(), fraction)),
        ..BlockEnv::default()
    })
}

/// State tests have no chain; the hash of a block is by agreement that of its number in decimal.
fn hash_of_number(number: u64) -> B256 {
    keccak256(number.to_string())
}

fn hash_of_logs(logs: &[Log]) -> B256 {
    let mut list = Vec::new();
    alloy_rlp::encode_list(logs, &mut list);
    keccak256(list)
}
