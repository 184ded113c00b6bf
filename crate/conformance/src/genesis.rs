//! The genesis of a chain as geth's `genesis.json` has it: which forks begin when, the header of the
//! first block, and the state that it begins with.

use crate::{
    chain::ChainConfig,
    format::{AccountFields, Accounts, Quantity},
    network::{NamedFork, Network, Start},
    world::World,
};
use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_eips::{eip1559::INITIAL_BASE_FEE, eip7685::EMPTY_REQUESTS_HASH};
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use forerun_executor::{BlobParams, MAINNET_DEPOSIT_CONTRACT, revm::primitives::hardfork::SpecId};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A genesis that was read.
#[derive(Debug)]
pub(crate) struct Genesis {
    pub(crate) config: ChainConfig,
    pub(crate) header: Header,
    pub(crate) world: World,
}

impl Genesis {
    /// Reads a genesis, or says what is wrong with it.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let file: GenesisFile = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let config = read_config(&file.config)?;
        let accounts: Result<Accounts, String> = file
            .alloc
            .into_iter()
            .map(|(address, account)| Ok((address, account.into_fields()?)))
            .collect();
        let world = World::read(&accounts?)?;
        let mut header = Header {
            state_root: world.root(),
            beneficiary: file.coinbase,
            difficulty: file.difficulty.0,
            gas_limit: file.gas_limit.to()?,
            timestamp: file.timestamp.to()?,
            extra_data: file.extra_data,
            mix_hash: file.mix_hash,
            nonce: B64::from(file.nonce.to::<u64>()?),
            ..Header::default()
        };
        let rules = config
            .network
            .fork_at(0, header.timestamp, U256::ZERO)
            .rules();
        if rules.has(SpecId::LONDON) {
            let given = file.base_fee_per_gas.map(Number::to).transpose()?;
            header.base_fee_per_gas = Some(given.unwrap_or(INITIAL_BASE_FEE));
        }
        if rules.has(SpecId::SHANGHAI) {
            header.withdrawals_root = Some(EMPTY_ROOT_HASH);
        }
        if rules.has(SpecId::CANCUN) {
            let read = |number: Option<Number>| number.map_or(Ok(0), Number::to);
            header.excess_blob_gas = Some(read(file.excess_blob_gas)?);
            header.blob_gas_used = Some(read(file.blob_gas_used)?);
            header.parent_beacon_block_root = Some(B256::ZERO);
        }
        if rules.has(SpecId::PRAGUE) {
            header.requests_hash = Some(EMPTY_REQUESTS_HASH);
        }
        Ok(Self {
            config,
            header,
            world,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenesisFile {
    config: Map<String, Value>,
    #[serde(default)]
    nonce: Number,
    #[serde(default)]
    timestamp: Number,
    #[serde(default)]
    extra_data: Bytes,
    gas_limit: Number,
    #[serde(default)]
    difficulty: Number,
    #[serde(default)]
    mix_hash: B256,
    #[serde(default)]
    coinbase: Address,
    alloc: BTreeMap<Address, GenesisAccount>,
    base_fee_per_gas: Option<Number>,
    excess_blob_gas: Option<Number>,
    blob_gas_used: Option<Number>,
}

#[derive(Debug, Deserialize)]
struct GenesisAccount {
    #[serde(default)]
    balance: Number,
    #[serde(default)]
    nonce: Number,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<B256, B256>,
}

impl GenesisAccount {
    fn into_fields(self) -> Result<AccountFields, String> {
        let slots = self.storage.into_iter();
        Ok(AccountFields {
            balance: Quantity(self.balance.0),
            nonce: Quantity(self.nonce.0),
            code: self.code,
            storage: slots
                .map(|(slot, value)| (Quantity(slot.into()), Quantity(value.into())))
                .collect(),
        })
    }
}

/// A number in any of the ways in which geth reads them: `0x`-hex or decimal text, or a JSON number.
#[derive(Clone, Copy, Debug, Default)]
struct Number(U256);

impl Number {
    fn read(value: &Value) -> Result<Self, String> {
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

    fn to<T: TryFrom<U256>>(self) -> Result<T, String> {
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

fn read_config(config: &Map<String, Value>) -> Result<ChainConfig, String> {
    let number = |name: &str| {
        let given = config.get(name).filter(|value| !value.is_null());
        given
            .map(|value| Number::read(value).map_err(|reason| format!("config.{name}: {reason}")))
            .transpose()
    };
    if let Some(name) = UNKNOWN.iter().find(|name| config.contains_key(**name)) {
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
        if let Some(given) = config.get("blobSchedule").and_then(|all| all.get(schedule)) {
            let params = read_blob_params(given)
                .map_err(|reason| format!("config.blobSchedule.{schedule}: {reason}"))?;
            blob_params.insert(fork.to_owned(), params);
        }
    }
    let deposit_contract = match config.get("depositContractAddress") {
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
