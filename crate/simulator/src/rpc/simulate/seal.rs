//! The header of an executed block.

use super::{
    logs::Numbered,
    segments::{Call, Executed},
};
use crate::{fork::Fork, receipts};
use alloy_consensus::Header;
use alloy_eips::{eip4895::Withdrawal, eip7685::Requests};
use alloy_primitives::{B256, keccak256};
use alloy_rlp::{Encodable, length_of_length};
use alloy_trie::root::ordered_trie_root_encoded;
use forerun_executor::{
    TransactionOutcome,
    revm::{context::BlockEnv, primitives::hardfork::SpecId},
};

/// A block that is done.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) header: Header,
    pub(super) hash: B256,
    /// Bytes of the block in RLP.
    pub(super) size: usize,
    pub(super) env: BlockEnv,
    pub(super) calls: Vec<Call>,
    /// The hashes of the transactions.
    pub(super) hashes: Vec<B256>,
    pub(super) outcomes: Vec<TransactionOutcome>,
    pub(super) logs: Vec<Vec<Numbered>>,
    pub(super) withdrawals: Option<Vec<Withdrawal>>,
}

/// Fills in a header what follows from the block. It comes with what follows from others.
pub(super) fn seal(
    executed: Executed,
    fork: &Fork,
    chain_id: u64,
    header: Header,
    withdrawals: Vec<Withdrawal>,
) -> Sealed {
    let Executed {
        block,
        calls,
        outcomes,
        logs,
        gas_used,
        blob_gas_used,
        requests,
    } = executed;
    let env = block.env;
    let encoded = calls.iter().map(|call| call.args.encoded(chain_id));
    let transactions: Vec<_> = encoded.collect();
    let hashes: Vec<B256> = transactions.iter().map(keccak256).collect();
    let receipts = receipts::commit(&mut calls.iter().map(|call| call.args.tx_type()), &outcomes);
    let withdrawals = fork.has(SpecId::SHANGHAI).then_some(withdrawals);
    let encoded_withdrawals: Vec<Vec<u8>> = withdrawals
        .iter()
        .flatten()
        .map(|withdrawal| {
            let mut out = Vec::with_capacity(64);
            withdrawal.encode(&mut out);
            out
        })
        .collect();
    let header = Header {
        beneficiary: env.beneficiary,
        transactions_root: ordered_trie_root_encoded(&transactions),
        receipts_root: receipts.root,
        logs_bloom: receipts.bloom,
        difficulty: env.difficulty,
        number: env.number.saturating_to(),
        gas_limit: env.gas_limit,
        gas_used,
        timestamp: env.timestamp.saturating_to(),
        mix_hash: env.prevrandao.unwrap_or_default(),
        base_fee_per_gas: fork.has(SpecId::LONDON).then_some(env.basefee),
        withdrawals_root: withdrawals
            .is_some()
            .then(|| ordered_trie_root_encoded(&encoded_withdrawals)),
        blob_gas_used: fork.has(SpecId::CANCUN).then_some(blob_gas_used),
        requests_hash: fork
            .has(SpecId::PRAGUE)
            .then(|| Requests::new(requests).requests_hash()),
        ..header
    };
    let mut list = 0;
    for bytes in &transactions {
        list += bytes.len();
        // All types but the first stand in the list as a string of bytes.
        if bytes.first().is_some_and(|first| *first < 0x80) {
            list += length_of_length(bytes.len());
        }
    }
    let uncles = 1;
    let mut payload = header.length() + in_list(list) + uncles;
    if withdrawals.is_some() {
        payload += in_list(encoded_withdrawals.iter().map(Vec::len).sum());
    }
    Sealed {
        hash: header.hash_slow(),
        size: in_list(payload),
        header,
        env,
        calls,
        hashes,
        outcomes,
        logs,
        withdrawals,
    }
}

/// Bytes of a list with so many bytes in it.
const fn in_list(payload: usize) -> usize {
    length_of_length(payload) + payload
}
