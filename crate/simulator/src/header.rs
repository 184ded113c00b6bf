//! Block headers as an RPC server gives them.

use crate::{
    fields::{Field, Refusal},
    fork::Fork,
};
use alloy_primitives::{Address, B256, Bloom, U256};
use forerun_executor::revm::primitives::hardfork::SpecId;

/// A block's header, under the names of `eth_getBlockByNumber`.
///
/// Servers add fields of their own and forks bring new ones, so names that are not known are passed
/// over here: a header is data about a block, not an option of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// `number`
    pub number: u64,
    /// `hash`
    pub hash: Option<B256>,
    /// `parentHash`
    pub parent_hash: Option<B256>,
    /// `timestamp`, in seconds
    pub timestamp: u64,
    /// `gasLimit`
    pub gas_limit: u64,
    /// `gasUsed`
    pub gas_used: Option<u64>,
    /// `baseFeePerGas`, in wei
    pub base_fee: Option<u64>,
    /// `miner`
    pub miner: Address,
    /// `mixHash`; PREVRANDAO from the merge on
    pub mix_hash: Option<B256>,
    /// `difficulty`
    pub difficulty: U256,
    /// `excessBlobGas`
    pub excess_blob_gas: Option<u64>,
    /// `blobGasUsed`
    pub blob_gas_used: Option<u64>,
    /// `parentBeaconBlockRoot`
    pub parent_beacon_block_root: Option<B256>,
    /// `receiptsRoot`
    pub receipts_root: Option<B256>,
    /// `logsBloom`
    pub logs_bloom: Option<Bloom>,
    /// `requestsHash`
    pub requests_hash: Option<B256>,
    /// `stateRoot`
    pub state_root: Option<B256>,
}

impl Header {
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        Ok(Self {
            number: fields.require("number")?.quantity_u64()?,
            hash: fields.read("hash", Field::hash)?,
            parent_hash: fields.read("parentHash", Field::hash)?,
            timestamp: fields.require("timestamp")?.quantity_u64()?,
            gas_limit: fields.require("gasLimit")?.quantity_u64()?,
            gas_used: fields.read("gasUsed", Field::quantity_u64)?,
            base_fee: fields.read("baseFeePerGas", Field::quantity_u64)?,
            miner: fields.read("miner", Field::address)?.unwrap_or_default(),
            mix_hash: fields.read("mixHash", Field::hash)?,
            difficulty: fields
                .read("difficulty", Field::quantity)?
                .unwrap_or_default(),
            excess_blob_gas: fields.read("excessBlobGas", Field::quantity_u64)?,
            blob_gas_used: fields.read("blobGasUsed", Field::quantity_u64)?,
            parent_beacon_block_root: fields.read("parentBeaconBlockRoot", Field::hash)?,
            receipts_root: fields.read("receiptsRoot", Field::hash)?,
            logs_bloom: fields.read("logsBloom", read_bloom)?,
            requests_hash: fields.read("requestsHash", Field::hash)?,
            state_root: fields.read("stateRoot", Field::hash)?,
        })
    }

    /// Refuses a header that lacks what its fork brought.
    pub(crate) fn check_fork(&self, path: &str, fork: &Fork) -> Result<(), Refusal> {
        let needs = [
            ("baseFeePerGas", SpecId::LONDON, self.base_fee.is_some()),
            ("mixHash", SpecId::MERGE, self.mix_hash.is_some()),
            (
                "excessBlobGas",
                SpecId::CANCUN,
                self.excess_blob_gas.is_some(),
            ),
        ];
        match needs
            .iter()
            .find(|(_, spec, there)| fork.has(*spec) && !there)
        {
            Some((name, spec, _)) => Err(Refusal::missing(
                format!("{path}.{name}"),
                format!("is missing; blocks have it from {spec} on"),
            )),
            None => Ok(()),
        }
    }
}

fn read_bloom(field: &Field<'_>) -> Result<Bloom, Refusal> {
    let bytes = field.bytes()?;
    if bytes.len() != 256 {
        return Err(field.refuse(format!("must be 256 bytes, not {}", bytes.len())));
    }
    Ok(Bloom::from_slice(&bytes))
}
