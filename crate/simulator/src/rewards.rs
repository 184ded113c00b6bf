//! What a block credits outside its transactions: withdrawals since Shanghai, rewards until the
//! merge.

use crate::{
    fields::{Field, Refusal},
    fork::Fork,
};
use alloy_primitives::{Address, U256};
use forerun_executor::{BalanceIncrement, revm::primitives::hardfork::SpecId};

const WEI_PER_GWEI: u64 = 1_000_000_000;
const WEI_PER_ETHER: u64 = 1_000_000_000_000_000_000;

/// Generations an uncle may be away from its nephew, plus one: the reward shrinks with each.
const UNCLE_REWARD_DIVISOR: u64 = 8;
/// The nephew's miner gets this part of the block reward for each uncle.
const NEPHEW_REWARD_DIVISOR: u64 = 32;

/// Reads `[{ index, validatorIndex, address, amount }]`, amounts in gwei
/// ([EIP-4895](https://eips.ethereum.org/EIPS/eip-4895)).
pub(crate) fn read_withdrawals(field: &Field<'_>) -> Result<Vec<BalanceIncrement>, Refusal> {
    let read = |entry: Field<'_>| {
        let mut fields = entry.object()?;
        fields.read("index", Field::quantity_u64)?;
        fields.read("validatorIndex", Field::quantity_u64)?;
        let address = fields.require("address")?.address()?;
        let gwei = fields.require("amount")?.quantity_u64()?;
        fields.finish()?;
        let amount = U256::from(gwei) * U256::from(WEI_PER_GWEI);
        Ok(BalanceIncrement { address, amount })
    };
    field.list()?.into_iter().map(read).collect()
}

/// What is known of an uncle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncle {
    /// Its hash, as `eth_getBlockByNumber` gives it: that it exists.
    Hash,
    /// Its header.
    Header {
        /// Who mined it.
        miner: Address,
        /// At which height.
        number: u64,
    },
}

/// Reads a list of hashes or headers.
pub(crate) fn read_uncles(field: &Field<'_>) -> Result<Vec<Uncle>, Refusal> {
    let read = |entry: Field<'_>| {
        if entry.value().is_string() {
            return entry.hash().map(|_| Uncle::Hash);
        }
        let mut fields = entry.object()?;
        // The rest of the header is passed over, as with the block's own.
        Ok(Uncle::Header {
            miner: fields.require("miner")?.address()?,
            number: fields.require("number")?.quantity_u64()?,
        })
    };
    field.list()?.into_iter().map(read).collect()
}

/// Block and uncle rewards by Ethereum mainnet's schedule: 5 ether, 3 from Byzantium
/// ([EIP-649](https://eips.ethereum.org/EIPS/eip-649)), 2 from Petersburg
/// ([EIP-1234](https://eips.ethereum.org/EIPS/eip-1234)), none from the merge on.
///
/// An uncle of which only the hash is known pays its nephew's miner but not its own.
pub fn mining_rewards(
    number: u64,
    miner: Address,
    uncles: &[Uncle],
    fork: &Fork,
) -> Vec<BalanceIncrement> {
    if fork.has(SpecId::MERGE) {
        return Vec::new();
    }
    let ether = if fork.has(SpecId::PETERSBURG) {
        2
    } else if fork.has(SpecId::BYZANTIUM) {
        3
    } else {
        5
    };
    let reward = U256::from(ether * WEI_PER_ETHER);
    let nephew = reward / U256::from(NEPHEW_REWARD_DIVISOR) * U256::from(uncles.len());
    let mut increments = Vec::with_capacity(1 + uncles.len());
    for uncle in uncles {
        if let Uncle::Header {
            miner,
            number: height,
        } = uncle
        {
            let age = number.saturating_sub(*height);
            let share = UNCLE_REWARD_DIVISOR.saturating_sub(age);
            increments.push(BalanceIncrement {
                address: *miner,
                amount: reward * U256::from(share) / U256::from(UNCLE_REWARD_DIVISOR),
            });
        }
    }
    increments.push(BalanceIncrement {
        address: miner,
        amount: reward + nephew,
    });
    increments
}

#[cfg(test)]
mod tests {
    use super::*;

    // The rule of the yellow paper, section 11.3, with the reward of Homestead: the nephew's miner
    // 5 + 5/32 ether, the uncle's 7/8 of 5 for one generation.
    #[test]
    fn an_uncle_pays_both_miners() {
        let miner = Address::repeat_byte(1);
        let other = Address::repeat_byte(2);
        let fork = Fork::by_name("HOMESTEAD").unwrap();
        let known = mining_rewards(
            10,
            miner,
            &[Uncle::Header {
                miner: other,
                number: 9,
            }],
            &fork,
        );
        let (uncle_amount, amount) = (4_375_000_000_000_000_000_u64, 5_156_250_000_000_000_000_u64);
        assert_eq!(
            known,
            [
                BalanceIncrement {
                    address: other,
                    amount: U256::from(uncle_amount)
                },
                BalanceIncrement {
                    address: miner,
                    amount: U256::from(amount)
                },
            ]
        );
        let hash_only = mining_rewards(10, miner, &[Uncle::Hash], &fork);
        assert_eq!(hash_only, known[1..]);
    }

    #[test]
    fn the_merge_ended_rewards() {
        let fork = Fork::by_name("MERGE").unwrap();
        assert!(mining_rewards(1, Address::ZERO, &[], &fork).is_empty());
    }
}
