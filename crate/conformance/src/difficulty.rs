//! The difficulty that proof of work asked of a block.

use crate::network::NamedFork;
use alloy_consensus::Header;
use alloy_primitives::U256;
use forerun_executor::revm::primitives::hardfork::SpecId;

const LEAST: u64 = 131_072;
/// The difficulty moves by this part of itself, times a factor.
const STEP_DIVISOR: u64 = 2_048;
/// The difficulty falls by at most this many steps.
const MOST_STEPS_DOWN: u64 = 99;
/// Blocks in which the bomb doubles.
const BOMB_PERIOD: u64 = 100_000;

/// What the difficulty of a block at `timestamp` has to be
/// ([EIP-2](https://eips.ethereum.org/EIPS/eip-2),
/// [EIP-100](https://eips.ethereum.org/EIPS/eip-100) from Byzantium on).
pub(crate) fn of_child(fork: &NamedFork, parent: &Header, timestamp: u64) -> U256 {
    let rules = fork.rules();
    let elapsed = timestamp.saturating_sub(parent.timestamp);
    let (up, down) = if rules.has(SpecId::BYZANTIUM) {
        let generations = if parent.ommers_hash_is_empty() { 1 } else { 2 };
        (generations, elapsed / 9)
    } else if rules.has(SpecId::HOMESTEAD) {
        (1, elapsed / 10)
    } else if elapsed < 13 {
        (1, 0)
    } else {
        (0, 1)
    };
    let step = parent.difficulty / U256::from(STEP_DIVISOR);
    let moved = if up >= down {
        parent.difficulty + step * U256::from(up - down)
    } else {
        let steps = (down - up).min(MOST_STEPS_DOWN);
        parent.difficulty.saturating_sub(step * U256::from(steps))
    };
    moved.max(U256::from(LEAST)) + bomb(parent.number + 1, fork.bomb_delay)
}

fn bomb(number: u64, delay: u64) -> U256 {
    let periods = number.saturating_sub(delay) / BOMB_PERIOD;
    match periods.checked_sub(2) {
        Some(doublings) => U256::from(1) << usize::try_from(doublings).unwrap_or(usize::MAX),
        None => U256::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    fn parent(number: u64, timestamp: u64, difficulty: u64) -> Header {
        Header {
            number,
            timestamp,
            difficulty: U256::from(difficulty),
            ..Header::default()
        }
    }

    fn of(fork: &str, parent: &Header, timestamp: u64) -> U256 {
        let fork = NamedFork::by_name(fork).expect("a known fork");
        of_child(&fork, parent, timestamp)
    }

    // Mainnet's genesis and first block.
    #[test]
    fn the_first_block_of_mainnet_has_its_difficulty() {
        assert_eq!(
            of("Frontier", &parent(0, 0, 17_179_869_184), 1_438_269_988),
            U256::from(17_171_480_576_u64)
        );
    }

    #[test]
    fn an_uncle_in_the_parent_counts_from_byzantium_on() {
        let mut nephew = parent(10, 100, 2_048_000);
        assert_eq!(of("Byzantium", &nephew, 109), U256::from(2_048_000));
        nephew.ommers_hash = B256::repeat_byte(1);
        assert_eq!(of("Byzantium", &nephew, 109), U256::from(2_049_000));
        assert_eq!(of("Homestead", &nephew, 109), U256::from(2_049_000));
        assert_eq!(of("Homestead", &nephew, 10_000), U256::from(1_949_000));
    }

    #[test]
    fn the_bomb_goes_off_in_the_third_period() {
        assert_eq!(bomb(199_999, 0), U256::ZERO);
        assert_eq!(bomb(200_000, 0), U256::from(1));
        assert_eq!(bomb(350_000, 0), U256::from(2));
        assert_eq!(bomb(3_199_999, 3_000_000), U256::ZERO);
        assert_eq!(bomb(3_400_000, 3_000_000), U256::from(4));
    }
}
