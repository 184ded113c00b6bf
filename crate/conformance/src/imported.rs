//! A chain out of a genesis and the blocks behind it, imported block by block, and the state after
//! each as a snapshot for the simulator.

use crate::{
    chain::{Chain, ImportedBlock, SentBlock, decode},
    genesis::Genesis,
};
use alloy_consensus::{Block as WireBlock, BlockBody, transaction::SignerRecoverable};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::B256;
use alloy_rlp::Encodable;
use serde_json::{Map, Value, json};

/// How many blocks back BLOCKHASH sees.
const ANCESTORS: usize = 256;

/// A chain whose every block was executed in parallel and found to be as its header says.
#[derive(Debug)]
pub struct ImportedChain {
    chain: Chain,
    /// The blocks by their numbers, from the genesis on.
    blocks: Vec<(B256, SentBlock)>,
}

impl ImportedChain {
    /// Imports a chain: `genesis` is geth's `genesis.json`, `blocks` are the blocks behind it, one
    /// after the other, in RLP. So many workers execute each block.
    ///
    /// Every header is checked, by the rules of its fork and against what executing its block came
    /// to: gas, receipts, bloom, requests, withdrawals and the state's root.
    ///
    /// # Errors
    /// What is wrong with the genesis, or with the first block that was refused.
    pub fn import(genesis: &[u8], mut blocks: &[u8], threads: usize) -> Result<Self, String> {
        let Genesis {
            config,
            header,
            world,
        } = Genesis::read(genesis).map_err(|reason| format!("the genesis: {reason}"))?;
        let first = WireBlock {
            header: header.clone(),
            body: BlockBody {
                withdrawals: header.withdrawals_root.map(|_| Withdrawals::default()),
                ..BlockBody::default()
            },
        };
        let mut imported = Self {
            blocks: vec![(header.hash_slow(), first)],
            chain: Chain::new(config, header, world, threads)?,
        };
        while !blocks.is_empty() {
            let index = imported.blocks.len();
            let (block, rest) =
                first_of(blocks).map_err(|error| format!("block {index}: {error}"))?;
            imported
                .add(block)
                .map_err(|reason| format!("block {index}: {reason}"))?;
            blocks = rest;
        }
        Ok(imported)
    }

    fn add(&mut self, rlp: &[u8]) -> Result<(), String> {
        let sent = decode(rlp)?;
        let head = self.blocks[self.blocks.len() - 1].0;
        if sent.header.parent_hash != head {
            return Err(format!("the parent is not {head}, the block before"));
        }
        self.chain
            .import_block(&sent)
            .map_err(|refusal| refusal.to_string())?;
        self.blocks.push((sent.header.hash_slow(), sent));
        Ok(())
    }

    /// The number of the last block.
    pub const fn head(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    /// The hash of a block.
    pub fn hash_of(&self, number: u64) -> Option<B256> {
        let (hash, _) = self.blocks.get(usize::try_from(number).ok()?)?;
        Some(*hash)
    }

    /// The number of the block with this hash.
    pub fn number_of(&self, hash: B256) -> Option<u64> {
        let place = self.blocks.iter().position(|(known, _)| *known == hash);
        place.map(|place| place as u64)
    }

    /// The fork of a block, as the simulator calls it; empty where there is no such block.
    pub fn fork_at(&self, number: u64) -> &'static str {
        let hash = self.hash_of(number);
        let block = hash.and_then(|hash| self.chain.block_of(hash));
        block.map_or("", |block| self.chain.fork_of(block).simulator_name())
    }

    /// The state after a block as a snapshot in JSON, complete, with the block as
    /// `eth_getBlockByNumber` gives it with all its transactions.
    ///
    /// # Errors
    /// That there is no such block, or a transaction in it without a signer.
    pub fn snapshot(&self, number: u64) -> Result<String, String> {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let found = self.blocks.get(place).and_then(|(hash, sent)| {
            let imported = self.chain.block_of(*hash)?;
            Some((imported, sent))
        });
        let (imported, sent) = found.ok_or_else(|| format!("there is no block {number}"))?;
        let oldest = place.saturating_sub(ANCESTORS);
        let hashes: Map<_, _> = (oldest..=place)
            .map(|number| (format!("{number:#x}"), json!(self.blocks[number].0)))
            .collect();
        let fork = self.chain.fork_of(imported);
        let mut snapshot = json!({
            "chainId": self.chain.config().chain_id,
            "fork": fork.simulator_name(),
            "block": block_json(imported, sent)?,
            "accounts": imported.world.to_json(),
            "blockHashes": hashes,
        });
        if let Some(params) = imported.rules.blob_params {
            snapshot["blobParams"] = json!({
                "target": params.target,
                "max": params.max,
                "baseFeeUpdateFraction": params.base_fee_update_fraction,
            });
        }
        Ok(snapshot.to_string())
    }
}

/// The first block of several, and what is behind it.
fn first_of(blocks: &[u8]) -> Result<(&[u8], &[u8]), alloy_rlp::Error> {
    let mut rest = blocks;
    let header = alloy_rlp::Header::decode(&mut rest)?;
    let length = blocks.len() - rest.len() + header.payload_length;
    blocks
        .split_at_checked(length)
        .ok_or(alloy_rlp::Error::InputTooShort)
}

fn block_json(imported: &ImportedBlock, sent: &SentBlock) -> Result<Value, String> {
    let mut block = serde_json::to_value(&imported.header).map_err(|error| error.to_string())?;
    block["hash"] = json!(imported.hash);
    block["size"] = quantity(sent.length() as u64);
    block["uncles"] = json!(imported.uncles);
    if let Some(withdrawals) = &sent.body.withdrawals {
        block["withdrawals"] = json!(withdrawals);
    }
    let transactions: Result<Vec<_>, String> = (0..sent.body.transactions.len())
        .map(|index| transaction_json(imported, sent, index))
        .collect();
    block["transactions"] = Value::Array(transactions?);
    Ok(block)
}

fn transaction_json(
    imported: &ImportedBlock,
    sent: &SentBlock,
    index: usize,
) -> Result<Value, String> {
    use alloy_consensus::Transaction;

    let tx = &sent.body.transactions[index];
    let signer = tx.recover_signer().map_err(|error| error.to_string())?;
    let mut json = serde_json::to_value(tx).map_err(|error| error.to_string())?;
    json["from"] = json!(signer);
    json["gasPrice"] = quantity(tx.effective_gas_price(sent.header.base_fee_per_gas));
    json["blockHash"] = json!(imported.hash);
    json["blockNumber"] = quantity(sent.header.number);
    json["blockTimestamp"] = quantity(sent.header.timestamp);
    json["transactionIndex"] = quantity(index as u64);
    Ok(json)
}

fn quantity(number: impl Into<u128>) -> Value {
    Value::String(format!("{:#x}", number.into()))
}
