//! Runs blockchain tests: every good block is imported, every bad one refused, and the state at the
//! head is the expected one.

use crate::{
    blockchain_format::BlockchainTest,
    chain::{Chain, ChainConfig, decode},
    network::Network,
    verdict::Verdict,
    world::World,
};
use forerun_executor::MAINNET_DEPOSIT_CONTRACT;
use std::collections::BTreeMap;

/// Runs a test, its blocks on this many workers.
pub(crate) fn run(test: &BlockchainTest, threads: usize) -> Verdict {
    let network = match Network::by_name(&test.network) {
        Ok(network) => network,
        Err(reason) => return Verdict::Skipped(reason),
    };
    match check(test, network, threads) {
        Ok(()) => Verdict::Passed,
        Err(difference) => Verdict::Failed(difference),
    }
}

fn check(test: &BlockchainTest, network: Network, threads: usize) -> Result<(), String> {
    let mut blob_params = BTreeMap::new();
    for fork in test.config.blob_schedule.keys() {
        let given = test.config.blob_params(fork)?;
        blob_params.extend(given.map(|params| (fork.clone(), params)));
    }
    let config = ChainConfig {
        network,
        chain_id: test.config.chain_id()?,
        blob_params,
        deposit_contract: MAINNET_DEPOSIT_CONTRACT,
    };
    let genesis = decode(&test.genesis).map_err(|reason| format!("the genesis: {reason}"))?;
    let mut chain = Chain::new(config, genesis.header, World::read(&test.pre)?, threads)?;
    for (index, block) in test.blocks.iter().enumerate() {
        match (chain.import(&block.rlp), &block.expect_exception) {
            (Ok(()), None) => {}
            (Err(refusal), Some(exceptions)) if refusal.is_one_of(exceptions) => {}
            (Err(refusal), Some(exceptions)) => {
                return Err(format!(
                    "block {index} was refused, but not for {exceptions}: {refusal}"
                ));
            }
            (Ok(()), Some(exception)) => {
                return Err(format!(
                    "block {index} was imported, and should be refused for {exception}"
                ));
            }
            (Err(reason), None) => return Err(format!("block {index} was refused: {reason}")),
        }
    }
    let head = chain
        .block_of(test.last_block_hash)
        .ok_or_else(|| format!("no block has the hash {}", test.last_block_hash))?;
    let world = &head.world;
    if let Some(expected) = &test.post_state
        && let Some(difference) = world.first_difference(&World::read(expected)?)
    {
        return Err(format!("at the end {difference}"));
    }
    match test.post_state_hash {
        Some(expected) if world.root() != expected => Err(format!(
            "at the end the state root is {}, not {expected}",
            world.root()
        )),
        None if test.post_state.is_none() => Err("the test does not say what to expect".into()),
        _ => Ok(()),
    }
}
