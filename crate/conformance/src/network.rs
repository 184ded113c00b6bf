//! Forks under the names that the tests have for them, and networks that go from one to the next.

use alloy_primitives::U256;
use forerun_executor::revm::primitives::hardfork::SpecId;
use forerun_simulator::Fork;

/// A fork, with what it changed outside the EVM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NamedFork {
    pub(crate) name: &'static str,
    /// What the simulator calls it.
    rules: &'static str,
    /// Blocks by which the difficulty bomb is late.
    pub(crate) bomb_delay: u64,
}

const fn fork(name: &'static str, rules: &'static str, bomb_delay: u64) -> NamedFork {
    NamedFork {
        name,
        rules,
        bomb_delay,
    }
}

// Delays of the bomb: EIP-649, EIP-1234, EIP-2384, EIP-3554, EIP-4345, EIP-5133.
const FORKS: [NamedFork; 23] = [
    fork("Frontier", "FRONTIER", 0),
    fork("Homestead", "HOMESTEAD", 0),
    fork("Dao", "HOMESTEAD", 0),
    fork("EIP150", "TANGERINE", 0),
    fork("EIP158", "SPURIOUS_DRAGON", 0),
    fork("Byzantium", "BYZANTIUM", 3_000_000),
    fork("ConstantinopleFix", "PETERSBURG", 5_000_000),
    fork("Istanbul", "ISTANBUL", 5_000_000),
    fork("MuirGlacier", "ISTANBUL", 9_000_000),
    fork("Berlin", "BERLIN", 9_000_000),
    fork("London", "LONDON", 9_700_000),
    fork("ArrowGlacier", "LONDON", 10_700_000),
    fork("GrayGlacier", "LONDON", 11_400_000),
    fork("Merge", "MERGE", 0),
    fork("Paris", "MERGE", 0),
    fork("Shanghai", "SHANGHAI", 0),
    fork("Cancun", "CANCUN", 0),
    fork("Prague", "PRAGUE", 0),
    fork("Osaka", "OSAKA", 0),
    fork("BPO1", "BPO1", 0),
    fork("BPO2", "BPO2", 0),
    // Other names of forks above.
    fork("Petersburg", "PETERSBURG", 5_000_000),
    fork("SpuriousDragon", "SPURIOUS_DRAGON", 0),
];

impl NamedFork {
    /// Finds a fork, or says why tests of it are not run.
    pub(crate) fn by_name(name: &str) -> Result<Self, String> {
        if name == "Constantinople" {
            return Err(
                "Constantinople: its EIP-1283 never ran on mainnet and is not in the EVM".into(),
            );
        }
        FORKS
            .into_iter()
            .find(|fork| fork.name == name)
            .ok_or_else(|| format!("{name}: the fork is not known"))
    }

    /// What the simulator calls it.
    pub(crate) const fn simulator_name(&self) -> &'static str {
        self.rules
    }

    /// The rules as the simulator has them.
    pub(crate) fn rules(&self) -> Fork {
        // The table above has only names that it knows, as a test makes sure.
        Fork::by_name(self.rules).unwrap_or(Fork {
            spec: SpecId::default(),
            blob_params: None,
        })
    }
}

/// When a fork begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Number(u64),
    Time(u64),
    /// As soon as the blocks before have this total difficulty.
    TotalDifficulty(U256),
}

impl Start {
    fn has_come(self, number: u64, time: u64, parent_difficulty: U256) -> bool {
        match self {
            Self::Number(first) => number >= first,
            Self::Time(first) => time >= first,
            Self::TotalDifficulty(least) => parent_difficulty >= least,
        }
    }
}

/// The forks of a network: the first, and those that follow, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    first: NamedFork,
    later: Vec<(NamedFork, Start)>,
}

impl Network {
    /// A network that begins with Frontier, and the forks that follow, in their order.
    pub(crate) const fn with_forks(later: Vec<(NamedFork, Start)>) -> Self {
        Self {
            first: FORKS[0],
            later,
        }
    }

    /// Reads `Cancun`, `BerlinToLondonAt5`, `ParisToShanghaiAtTime15k` or
    /// `ArrowGlacierToParisAtDiffC0000`.
    pub(crate) fn by_name(name: &str) -> Result<Self, String> {
        let transition = name.split_once("At").and_then(|(forks, start)| {
            let (first, second) = forks.split_once("To")?;
            Some((first, second, read_start(start)?))
        });
        let Some((first, second, start)) = transition else {
            let first = NamedFork::by_name(name)?;
            return Ok(Self {
                first,
                later: Vec::new(),
            });
        };
        Ok(Self {
            first: NamedFork::by_name(first)?,
            later: vec![(NamedFork::by_name(second)?, start)],
        })
    }

    /// The fork of a block on a parent with this total difficulty.
    pub(crate) fn fork_at(&self, number: u64, time: u64, parent_difficulty: U256) -> NamedFork {
        let mut begun = self.later.iter().rev();
        let last = begun.find(|(_, start)| start.has_come(number, time, parent_difficulty));
        last.map_or(self.first, |(fork, _)| *fork)
    }

    /// The block at which the DAO's balances are moved, if this network is one of those that do.
    pub(crate) fn dao_block(&self) -> Option<u64> {
        self.later.iter().find_map(|(fork, start)| match start {
            Start::Number(number) if fork.name == "Dao" => Some(*number),
            _ => None,
        })
    }
}

fn read_start(text: &str) -> Option<Start> {
    if let Some(difficulty) = text.strip_prefix("Diff") {
        return U256::from_str_radix(difficulty, 16)
            .ok()
            .map(Start::TotalDifficulty);
    }
    if let Some(time) = text.strip_prefix("Time") {
        let (digits, factor) = time
            .strip_suffix('k')
            .map_or((time, 1), |digits| (digits, 1000));
        return digits
            .parse::<u64>()
            .ok()?
            .checked_mul(factor)
            .map(Start::Time);
    }
    text.parse().ok().map(Start::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fork_of_the_table_is_known_to_the_simulator() {
        for fork in FORKS {
            assert!(Fork::by_name(fork.rules).is_some(), "{}", fork.rules);
        }
    }

    #[test]
    fn a_network_changes_its_fork_when_its_name_says() {
        let name_at = |network: &str, number, time, difficulty: u64| {
            Network::by_name(network)
                .expect("a known network")
                .fork_at(number, time, U256::from(difficulty))
                .name
        };
        assert_eq!(name_at("Cancun", 9, 9, 9), "Cancun");
        assert_eq!(name_at("BerlinToLondonAt5", 4, 99_999, 0), "Berlin");
        assert_eq!(name_at("BerlinToLondonAt5", 5, 0, 0), "London");
        assert_eq!(name_at("ParisToShanghaiAtTime15k", 9, 14_999, 0), "Paris");
        assert_eq!(
            name_at("ParisToShanghaiAtTime15k", 1, 15_000, 0),
            "Shanghai"
        );
        let glacier = "ArrowGlacierToParisAtDiffC0000";
        assert_eq!(name_at(glacier, 9, 9, 0xb_ffff), "ArrowGlacier");
        assert_eq!(name_at(glacier, 9, 9, 0xc_0000), "Paris");
    }

    #[test]
    fn what_is_not_run_has_a_reason() {
        for (network, named) in [
            ("Constantinople", "EIP-1283"),
            ("ByzantiumToConstantinopleAt5", "EIP-1283"),
            ("Atlantis", "Atlantis"),
        ] {
            let reason = Network::by_name(network).unwrap_err();
            assert!(reason.contains(named), "{reason}");
        }
    }
}
