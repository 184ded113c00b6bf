//! Runs blocks of transactions one after another through the executor and prints the state that they
//! leave behind. `demo/contracts/build.mjs` makes the demo's snapshot with it, `tools/bench` the state
//! that its own cases stand on.
//!
//! In: a plan as JSON on standard input (chain id, fork, first balances, blocks of calls). Out: the
//! results of each block, all accounts and their codes as JSON on standard output. Each block runs on
//! one thread and on several, and both must come to the same result.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use forerun_executor::{
    AccountChange, Block, BlockOutcome, BlockRules, Options, StateChanges, StateError, StateSource,
    TransactionOutcome, execute, execute_sequentially,
    revm::{
        context::{BlockEnv, TxEnv, result::ExecutionResult},
        context_interface::block::BlobExcessGasAndPrice,
        primitives::{StorageKey, StorageValue, hardfork::SpecId},
        state::{AccountInfo, Bytecode},
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    error::Error,
    io::{Read as _, Write as _},
    num::NonZeroUsize,
};

/// EIP-4844's price constant in its Prague form; no transaction of a deployment carries a blob.
const BLOB_BASE_FEE_UPDATE_FRACTION: u64 = 5_007_716;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    chain_id: u64,
    fork: String,
    genesis: BTreeMap<Address, Funds>,
    blocks: Vec<PlannedBlock>,
}

#[derive(Deserialize)]
struct Funds {
    balance: U256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedBlock {
    number: U256,
    timestamp: U256,
    gas_limit: U256,
    base_fee_per_gas: U256,
    miner: Address,
    mix_hash: B256,
    transactions: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    from: Address,
    to: Option<Address>,
    data: Bytes,
    value: U256,
    gas: U256,
    gas_price: U256,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deployed {
    blocks: Vec<RanBlock>,
    accounts: BTreeMap<String, DeployedAccount>,
    codes: BTreeMap<B256, Bytes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RanBlock {
    gas_used: U256,
    results: Vec<RanTransaction>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RanTransaction {
    status: &'static str,
    gas_used: U256,
    output: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeployedAccount {
    balance: U256,
    nonce: U256,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_hash: Option<B256>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<U256, U256>,
}

/// The state, all of it: what is not here does not exist.
#[derive(Default)]
struct World {
    accounts: BTreeMap<Address, AccountInfo>,
    storage: BTreeMap<Address, BTreeMap<U256, U256>>,
    codes: BTreeMap<B256, Bytecode>,
}

impl StateSource for World {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        Ok(self.accounts.get(&address).cloned())
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.codes.get(&hash).cloned().ok_or(StateError::Code(hash))
    }

    fn storage(&self, address: Address, slot: StorageKey) -> Result<StorageValue, StateError> {
        Ok(self
            .storage
            .get(&address)
            .and_then(|slots| slots.get(&slot))
            .copied()
            .unwrap_or_default())
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        Err(StateError::BlockHash(number))
    }
}

impl World {
    fn apply(&mut self, changes: StateChanges) {
        self.codes.extend(changes.codes);
        for (
            address,
            AccountChange {
                info,
                storage_cleared,
                storage,
            },
        ) in changes.accounts
        {
            match info {
                Some(info) => self.accounts.insert(address, info),
                None => self.accounts.remove(&address),
            };
            let slots = self.storage.entry(address).or_default();
            if storage_cleared {
                slots.clear();
            }
            slots.extend(storage);
            slots.retain(|_, value| !value.is_zero());
        }
    }
}

fn environment(planned: &PlannedBlock) -> Result<BlockEnv, Box<dyn Error>> {
    Ok(BlockEnv {
        number: planned.number,
        beneficiary: planned.miner,
        timestamp: planned.timestamp,
        gas_limit: u64::try_from(planned.gas_limit)?,
        basefee: u64::try_from(planned.base_fee_per_gas)?,
        prevrandao: Some(planned.mix_hash),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(
            0,
            BLOB_BASE_FEE_UPDATE_FRACTION,
        )),
        ..BlockEnv::default()
    })
}

/// Calls as transactions, each with the sender's next nonce.
fn transactions(
    chain_id: u64,
    calls: &[Call],
    world: &World,
) -> Result<Vec<TxEnv>, Box<dyn Error>> {
    let mut nonces = BTreeMap::<Address, u64>::new();
    calls
        .iter()
        .map(|call| {
            let nonce = nonces.entry(call.from).or_insert_with(|| {
                world
                    .accounts
                    .get(&call.from)
                    .map_or(0, |account| account.nonce)
            });
            let env = TxEnv {
                caller: call.from,
                gas_limit: u64::try_from(call.gas)?,
                gas_price: u128::try_from(call.gas_price)?,
                kind: call.to.map_or(TxKind::Create, TxKind::Call),
                value: call.value,
                data: call.data.clone(),
                nonce: *nonce,
                chain_id: Some(chain_id),
                ..TxEnv::default()
            };
            *nonce += 1;
            Ok(env)
        })
        .collect()
}

fn run(block: &Block, world: &World) -> Result<BlockOutcome, Box<dyn Error>> {
    let sequential = execute_sequentially(block, world)?;
    for threads in [2, 4] {
        let threads = NonZeroUsize::new(threads).ok_or("no threads")?;
        let parallel = execute(block, world, Options::new(threads))?;
        if !parallel.same_result(&sequential) {
            return Err(format!("{threads} threads came to another result than one").into());
        }
    }
    Ok(sequential)
}

fn describe(outcome: &TransactionOutcome) -> Result<RanTransaction, Box<dyn Error>> {
    let result = match outcome {
        TransactionOutcome::Executed(result) => result,
        TransactionOutcome::Rejected(why) => {
            return Ok(RanTransaction {
                status: "rejected",
                gas_used: U256::ZERO,
                output: why.to_string(),
            });
        }
    };
    let (status, output) = match result {
        ExecutionResult::Success { output, .. } => ("success", hex::encode_prefixed(output.data())),
        ExecutionResult::Revert { output, .. } => ("reverted", hex::encode_prefixed(output)),
        ExecutionResult::Halt { reason, .. } => ("halted", format!("{reason:?}")),
    };
    Ok(RanTransaction {
        status,
        gas_used: U256::from(result.tx_gas_used()),
        output,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut json = String::new();
    std::io::stdin().read_to_string(&mut json)?;
    let plan: Plan = serde_json::from_str(&json)?;
    let fork = match plan.fork.as_str() {
        // The last in which a contract can be destroyed after the transaction that created it.
        "SHANGHAI" => SpecId::SHANGHAI,
        "PRAGUE" => SpecId::PRAGUE,
        "OSAKA" => SpecId::OSAKA,
        other => return Err(format!("the fork {other} is not one that deployments use").into()),
    };

    let mut world = World::default();
    for (address, Funds { balance }) in plan.genesis {
        world.accounts.insert(
            address,
            AccountInfo {
                balance,
                ..AccountInfo::default()
            },
        );
    }

    let mut blocks = Vec::new();
    for planned in &plan.blocks {
        let block = Block {
            chain_id: plan.chain_id,
            fork,
            env: environment(planned)?,
            blob_params: None,
            transactions: transactions(plan.chain_id, &planned.transactions, &world)?,
            rules: BlockRules {
                gas_admission: true,
                ..BlockRules::default()
            },
        };
        let outcome = run(&block, &world)?;
        blocks.push(RanBlock {
            gas_used: U256::from(outcome.gas_used),
            results: outcome
                .transactions
                .iter()
                .map(describe)
                .collect::<Result<_, _>>()?,
        });
        world.apply(outcome.changes);
    }

    let mut accounts = BTreeMap::new();
    for (address, info) in &world.accounts {
        let account = DeployedAccount {
            balance: info.balance,
            nonce: U256::from(info.nonce),
            code_hash: (!info.is_empty_code_hash()).then_some(info.code_hash),
            storage: world.storage.get(address).cloned().unwrap_or_default(),
        };
        // Lower case: the form of addresses in JSON-RPC answers.
        accounts.insert(format!("{address:#x}"), account);
    }
    let codes = world
        .codes
        .iter()
        .map(|(hash, code)| (*hash, code.original_bytes()))
        .collect();
    let deployed = Deployed {
        blocks,
        accounts,
        codes,
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &deployed)?;
    out.flush()?;
    Ok(())
}
