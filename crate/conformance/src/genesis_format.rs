//! What geth's `genesis.json` and its tests have in common: numbers, accounts, and the configuration that
//! says which forks begin when.

use crate::{
    chain::ChainConfig,
    format::{AccountFields, Quantity},
    network::{NamedFork, Network, Start},
};
use alloy_primitives::{Address, Bytes, U256};
use forerun_executor::{BlobParams, MAINNET_DEPOSIT_CONTRACT};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An account that the state begins with.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Allocation {
    #[serde(default)]
    balance: Number,
    #[serde(default)]
    nonce: Number,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<Quantity, Quantity>,
}

impl From<Allocation> for AccountFields {
    fn from(account: Allocation) -> Self {
        Self {
            balance: Quantity(account.balance.0),
            nonce: Quantity(account.nonce.0),
            code: account.code,
            storage: account.storage,
        }
    }
}

/// A number in any of the ways in which geth reads them: `0x`-hex or decimal text, or a JSON number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Number(pub(crate) U256);

impl Number {
    /// Reads a number.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            other => return Err(format!("{other} is not a number")),
        };
        if text.starts_with("0x") {
            return Ok(Self(Quantity::parse(&text)?.0));
        }
        U256::from_str_radix(&text, 10)
            .map(Self)
            .map_err(|error| format!("{text:?} is not a number of 256 bits: {error}"))
    }

    /// The number in so many bits.
    pub(crate) fn to<T: TryFrom<U256>>(self) -> Result<T, String> {
        Quantity(self.0).to()
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Forks by what `config` calls their first block, in their order. EIP-1283, which Constantinople had
/// and Petersburg took back, is not in the EVM; a block that needs it is refused for its header.
const BY_NUMBER: [(&str, &str); 13] = [
    ("homesteadBlock", "Homestead"),
    ("daoForkBlock", "Dao"),
    ("eip150Block", "EIP150"),
    ("eip158Block", "EIP158"),
    ("byzantiumBlock", "Byzantium"),
    ("constantinopleBlock", "ConstantinopleFix"),
    ("petersburgBlock", "ConstantinopleFix"),
    ("istanbulBlock", "Istanbul"),
    ("muirGlacierBlock", "MuirGlacier"),
    ("berlinBlock", "Berlin"),
    ("londonBlock", "London"),
    ("arrowGlacierBlock", "ArrowGlacier"),
    ("grayGlacierBlock", "GrayGlacier"),
];
/// Forks after the merge by what `config` calls their time, and what `blobSchedule` calls them.
const BY_TIME: [(&str, &str, &str); 6] = [
    ("shanghaiTime", "shanghai", "Shanghai"),
    ("cancunTime", "cancun", "Cancun"),
    ("pragueTime", "prague", "Prague"),
    ("osakaTime", "osaka", "Osaka"),
    ("bpo1Time", "bpo1", "BPO1"),
    ("bpo2Time", "bpo2", "BPO2"),
];
/// Forks that the tests have no chain of.
const UNKNOWN: [&str; 4] = ["bpo3Time", "bpo4Time", "bpo5Time", "amsterdamTime"];

/// Reads `config`. Names may be in small letters or in large ones, as in go-ethereum.
pub(crate) fn read_config(config: &Map<String, Value>) -> Result<ChainConfig, String> {
    let get = |name: &str| {
        let mut fields = config.iter();
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    };
    let number = |name: &str| {
        let given = get(name).filter(|value| !value.is_null());
        given
            .map(|value| Number::read(value).map_err(|reason| format!("config.{name}: {reason}")))
            .transpose()
    };
    if let Some(name) = UNKNOWN.iter().find(|name| get(name).is_some()) {
        return Err(format!("config.{name}: the fork is not known"));
    }
    let mut later = Vec::new();
    for (name, fork) in BY_NUMBER {
        if let Some(first) = number(name)? {
            later.push((NamedFork::by_name(fork)?, Start::Number(first.to()?)));
        }
    }
    if let Some(least) = number("terminalTotalDifficulty")? {
        later.push((
            NamedFork::by_name("Paris")?,
            Start::TotalDifficulty(least.0),
        ));
    }
    for (name, _, fork) in BY_TIME {
        if let Some(first) = number(name)? {
            later.push((NamedFork::by_name(fork)?, Start::Time(first.to()?)));
        }
    }
    let mut blob_params = BTreeMap::new();
    for (_, schedule, fork) in BY_TIME {
        if let Some(given) = get("blobSchedule").and_then(|all| all.get(schedule)) {
            let params = read_blob_params(given)
                .map_err(|reason| format!("config.blobSchedule.{schedule}: {reason}"))?;
            blob_params.insert(fork.to_owned(), params);
        }
    }
    let deposit_contract = match get("depositContractAddress") {
        Some(given) => Address::deserialize(given).map_err(|error| error.to_string())?,
        None => MAINNET_DEPOSIT_CONTRACT,
    };
    Ok(ChainConfig {
        network: Network::with_forks(later),
        chain_id: number("chainId")?
            .ok_or("config.chainId is missing")?
            .to()?,
        blob_params,
        deposit_contract,
    })
}

fn read_blob_params(value: &Value) -> Result<BlobParams, String> {
    let read = |name: &str| {
        let given = value
            .get(name)
            .ok_or_else(|| format!("{name} is missing"))?;
        Number::read(given)?.to()
    };
    Ok(BlobParams {
        target: read("target")?,
        max: read("max")?,
        base_fee_update_fraction: read("baseFeeUpdateFraction")?,
    })
}
