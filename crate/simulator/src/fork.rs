//! Names of forks, and what a fork fixes beside the EVM: blob limits and the deposit contract.

use crate::fields::{Field, Refusal};
use alloy_primitives::{Address, address};
use forerun_executor::{BlobParams, MAINNET_DEPOSIT_CONTRACT, revm::primitives::hardfork::SpecId};

/// The rules a block is executed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The rules of the EVM.
    pub spec: SpecId,
    /// Blob limits, from Cancun on. They change more often than the EVM does
    /// ([EIP-7892](https://eips.ethereum.org/EIPS/eip-7892)).
    pub blob_params: Option<BlobParams>,
}

const CANCUN: BlobParams = blobs(3, 6, 3_338_477);
const PRAGUE: BlobParams = blobs(6, 9, 5_007_716);
const BPO1: BlobParams = blobs(10, 15, 8_346_193);
const BPO2: BlobParams = blobs(14, 21, 11_684_671);

/// All names, in the order of the forks. Those without a change to the EVM (DAO, the glaciers) go by
/// the one before.
const FORKS: [(&str, SpecId, Option<BlobParams>); 16] = [
    ("FRONTIER", SpecId::FRONTIER, None),
    ("HOMESTEAD", SpecId::HOMESTEAD, None),
    ("TANGERINE", SpecId::TANGERINE, None),
    ("SPURIOUS_DRAGON", SpecId::SPURIOUS_DRAGON, None),
    ("BYZANTIUM", SpecId::BYZANTIUM, None),
    ("PETERSBURG", SpecId::PETERSBURG, None),
    ("ISTANBUL", SpecId::ISTANBUL, None),
    ("BERLIN", SpecId::BERLIN, None),
    ("LONDON", SpecId::LONDON, None),
    ("MERGE", SpecId::MERGE, None),
    ("SHANGHAI", SpecId::SHANGHAI, None),
    ("CANCUN", SpecId::CANCUN, Some(CANCUN)),
    ("PRAGUE", SpecId::PRAGUE, Some(PRAGUE)),
    ("OSAKA", SpecId::OSAKA, Some(PRAGUE)),
    ("BPO1", SpecId::OSAKA, Some(BPO1)),
    ("BPO2", SpecId::OSAKA, Some(BPO2)),
];

const fn blobs(target: u64, max: u64, base_fee_update_fraction: u64) -> BlobParams {
    BlobParams {
        target,
        max,
        base_fee_update_fraction,
    }
}

impl Fork {
    /// Finds a fork by its name; case does not matter.
    pub fn by_name(name: &str) -> Option<Self> {
        FORKS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))
            .map(|&(_, spec, blob_params)| Self { spec, blob_params })
    }

    /// Whether this fork has what `spec` brought.
    pub const fn has(&self, spec: SpecId) -> bool {
        self.spec.is_enabled_in(spec)
    }

    /// Reads a fork's name.
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        Self::by_name(&field.string()?).ok_or_else(|| {
            let names: Vec<_> = FORKS.iter().map(|(name, ..)| *name).collect();
            field.refuse(format!(
                "is not a known fork; known are {}",
                names.join(", ")
            ))
        })
    }

    /// This fork with other blob limits, where some are given.
    pub(crate) fn with_blob_params(self, params: Option<BlobParams>) -> Self {
        Self {
            blob_params: params.or(self.blob_params),
            ..self
        }
    }
}

/// Reads `{ target, max, baseFeeUpdateFraction, schedule? }`. The schedule's name says where the
/// numbers come from and changes nothing.
pub(crate) fn read_blob_params(field: &Field<'_>) -> Result<BlobParams, Refusal> {
    let mut fields = field.object()?;
    let target = fields.require("target")?.quantity_u64()?;
    let max_field = fields.require("max")?;
    let max = max_field.quantity_u64()?;
    let fraction_field = fields.require("baseFeeUpdateFraction")?;
    let base_fee_update_fraction = fraction_field.quantity_u64()?;
    fields.read("schedule", Field::string)?;
    fields.finish()?;
    if max == 0 || max < target {
        return Err(max_field.refuse("must be at least 1 and at least the target"));
    }
    // Keeps blob gas (blobs times 131,072) far from the end of 64 bits.
    if max > u64::from(u32::MAX) {
        return Err(max_field.refuse("must be less than 2^32"));
    }
    if base_fee_update_fraction == 0 {
        return Err(fraction_field.refuse("must not be zero"));
    }
    Ok(BlobParams {
        target,
        max,
        base_fee_update_fraction,
    })
}

/// The contract whose logs are deposits on this chain
/// ([EIP-6110](https://eips.ethereum.org/EIPS/eip-6110)).
pub(crate) const fn deposit_contract(chain_id: u64) -> Address {
    match chain_id {
        11_155_111 => address!("0x7f02C3E3c98b133055B8B348B2Ac625669Ed295D"),
        17_000 => address!("0x4242424242424242424242424242424242424242"),
        _ => MAINNET_DEPOSIT_CONTRACT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(Fork::by_name("osaka"), Fork::by_name("OSAKA"));
        assert_eq!(
            Fork::by_name("Spurious_Dragon").unwrap().spec,
            SpecId::SPURIOUS_DRAGON
        );
        assert_eq!(Fork::by_name("AMSTERDAM"), None);
    }

    #[test]
    fn blob_parameter_forks_share_the_evm_of_osaka() {
        let bpo2 = Fork::by_name("BPO2").unwrap();
        assert_eq!(bpo2.spec, SpecId::OSAKA);
        assert_eq!(bpo2.blob_params, Some(blobs(14, 21, 11_684_671)));
    }
}
