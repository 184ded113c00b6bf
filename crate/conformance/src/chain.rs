//! A chain that blocks are imported into. Each is executed in parallel on the state of its parent,
//! once more in order, and is refused unless all that its header says comes out.

use crate::{
    dao,
    header_rules::{self, Lineage},
    network::{NamedFork, Network},
    receipts::{self, Commitment},
    uncles,
    world::World,
};
use alloy_consensus::{Block as WireBlock, EthereumTxEnvelope, Header, TxEip4844, proofs};
use alloy_eips::{eip2718::Encodable2718, eip4895::Withdrawals, eip7685::Requests};
use alloy_primitives::{Address, B256, U256, map::B256Map};
use alloy_rlp::Decodable;
use forerun_executor::{
    BalanceIncrement, BlobParams, Block, BlockOutcome, BlockRules, OnInvalid, Options, StateSource,
    SystemCalls, TransactionOutcome, execute, execute_interleaved, execute_sequentially,
    revm::{
        context::{BlockEnv, TxEnv, result::ExecutionResult},
        context_interface::block::BlobExcessGasAndPrice,
        primitives::hardfork::SpecId,
    },
};
use forerun_simulator::{Fork, Uncle, decode_signed, mining_rewards};
use std::{collections::BTreeMap, num::NonZeroUsize};

/// A block as it is sent: a blob transaction without its sidecar.
pub(crate) type SentBlock = WireBlock<EthereumTxEnvelope<TxEip4844>>;

/// Why a block is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its bytes are not those of a block.
    Bytes(String),
    /// It holds a transaction that may not be there.
    Transaction(String),
    /// It is not what its header, its parent or the protocol say.
    Block(String),
}

impl Refusal {
    /// Whether this is a reason that a test names: one or several, with `|` between them. Bytes that
    /// say nothing may be meant to be a block or a transaction.
    pub(crate) fn is_one_of(&self, exceptions: &str) -> bool {
        let group = match self {
            Self::Bytes(_) => return true,
            Self::Transaction(_) => "TransactionException.",
            Self::Block(_) => "BlockException.",
        };
        exceptions.split('|').any(|name| name.starts_with(group))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Bytes(reason) | Self::Transaction(reason) | Self::Block(reason)) = self;
        f.write_str(reason)
    }
}

/// A block that was found good, and the state after it.
#[derive(Debug)]
pub(crate) struct ImportedBlock {
    pub(crate) header: Header,
    pub(crate) hash: B256,
    /// Hashes of the uncles it names.
    pub(crate) uncles: Vec<B256>,
    pub(crate) rules: Fork,
    total_difficulty: U256,
    /// The state after it.
    pub(crate) world: World,
}

/// What is the same in all blocks of a chain.
#[derive(Clone, Debug)]
pub(crate) struct ChainConfig {
    pub(crate) network: Network,
    pub(crate) chain_id: u64,
    /// Blob limits that are given, by the fork's name; others are mainnet's.
    pub(crate) blob_params: BTreeMap<String, BlobParams>,
    /// The contract whose logs are deposits.
    pub(crate) deposit_contract: Address,
}

impl ChainConfig {
    /// The rules that a block of a fork has here.
    pub(crate) fn rules(&self, fork: &NamedFork) -> Fork {
        let rules = fork.rules();
        let given = self.blob_params.get(fork.name).copied();
        Fork {
            blob_params: given.or(rules.blob_params),
            ..rules
        }
    }
}

/// All blocks that were found good, of all branches.
#[derive(Debug)]
pub(crate) struct Chain {
    config: ChainConfig,
    blocks: B256Map<ImportedBlock>,
    threads: NonZeroUsize,
}

impl Chain {
    /// A chain that has only its genesis.
    pub(crate) fn new(
        config: ChainConfig,
        header: Header,
        world: World,
        threads: usize,
    ) -> Result<Self, String> {
        let mut chain = Self {
            config,
            blocks: B256Map::default(),
            threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
        };
        if world.root() != header.state_root {
            return Err(format!(
                "the state root of the genesis is {}, not {}",
                world.root(),
                header.state_root
            ));
        }
        let network = &chain.config.network;
        let fork = network.fork_at(header.number, header.timestamp, U256::ZERO);
        let imported = ImportedBlock {
            hash: header.hash_slow(),
            uncles: Vec::new(),
            rules: chain.config.rules(&fork),
            total_difficulty: header.difficulty,
            header,
            world,
        };
        chain.blocks.insert(imported.hash, imported);
        Ok(chain)
    }

    /// What is the same in all blocks.
    pub(crate) const fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// A block that was found good.
    pub(crate) fn block_of(&self, hash: B256) -> Option<&ImportedBlock> {
        self.blocks.get(&hash)
    }

    /// A block, its parent, and so on to the genesis.
    pub(crate) fn lineage<'a>(
        &'a self,
        block: &'a ImportedBlock,
    ) -> impl Iterator<Item = &'a ImportedBlock> {
        std::iter::successors(Some(block), |block| {
            self.blocks.get(&block.header.parent_hash)
        })
    }

    /// Refuses a header that is not valid on this parent.
    pub(crate) fn check_header(
        &self,
        header: &Header,
        parent: &ImportedBlock,
    ) -> Result<(), String> {
        let fork = self.fork_on(header, parent);
        header_rules::check(&Lineage {
            header,
            fork: &fork,
            rules: &self.config.rules(&fork),
            parent: &parent.header,
            parent_rules: &parent.rules,
            dao_block: self.config.network.dao_block(),
        })
    }

    /// Takes a block in, or says why it is none.
    pub(crate) fn import(&mut self, rlp: &[u8]) -> Result<(), Refusal> {
        self.import_block(&decode(rlp).map_err(Refusal::Bytes)?)
    }

    /// Takes a block in whose bytes were read, or says why it is none.
    pub(crate) fn import_block(&mut self, sent: &SentBlock) -> Result<(), Refusal> {
        let imported = self.execute(sent)?;
        self.blocks.insert(imported.hash, imported);
        Ok(())
    }

    fn execute(&self, sent: &SentBlock) -> Result<ImportedBlock, Refusal> {
        let header = &sent.header;
        let parent = self
            .blocks
            .get(&header.parent_hash)
            .ok_or_else(|| Refusal::Block("the parent is not known".into()))?;
        self.check_header(header, parent).map_err(Refusal::Block)?;
        uncles::check(self, parent, &sent.body.ommers).map_err(Refusal::Block)?;

        let rules = self.config.rules(&self.fork_on(header, parent));
        let mut world = parent.world.clone();
        if self.config.network.dao_block() == Some(header.number) {
            dao::move_balances(&mut world);
        }
        let block = self.block(sent, &rules).map_err(Refusal::Transaction)?;
        let hashes = |number| {
            self.lineage(parent)
                .find(|ancestor| ancestor.header.number == number)
                .map_or(B256::ZERO, |ancestor| ancestor.hash)
        };
        let outcome = self
            .run(&block, &world.with_hashes(hashes))
            .map_err(Refusal::Block)?;
        let results = results(&outcome).map_err(Refusal::Transaction)?;
        let roots = (!rules.has(SpecId::BYZANTIUM))
            .then(|| self.roots_after_each(&block, &world, hashes))
            .transpose()
            .map_err(Refusal::Block)?;
        let receipts = receipts::commit(&block.transactions, &results, roots.as_deref());
        // Only now: a block with a bad transaction is to be refused for that, and the header of such
        // a block may be wrong in other ways too.
        check_body(sent)
            .and_then(|()| check_outcome(header, &outcome, &receipts))
            .map_err(Refusal::Block)?;
        world.apply(outcome.changes);
        compare("state root", world.root(), header.state_root).map_err(Refusal::Block)?;
        Ok(ImportedBlock {
            hash: header.hash_slow(),
            uncles: sent.body.ommers.iter().map(Header::hash_slow).collect(),
            rules,
            total_difficulty: parent.total_difficulty + header.difficulty,
            header: header.clone(),
            world,
        })
    }

    /// The fork that a block is of.
    pub(crate) fn fork_of(&self, block: &ImportedBlock) -> NamedFork {
        let before = block
            .total_difficulty
            .saturating_sub(block.header.difficulty);
        let Header {
            number, timestamp, ..
        } = block.header;
        self.config.network.fork_at(number, timestamp, before)
    }

    fn fork_on(&self, header: &Header, parent: &ImportedBlock) -> NamedFork {
        self.config
            .network
            .fork_at(header.number, header.timestamp, parent.total_difficulty)
    }

    fn block(&self, sent: &SentBlock, rules: &Fork) -> Result<Block, String> {
        let header = &sent.header;
        let transactions: Result<Vec<TxEnv>, String> = sent
            .body
            .transactions
            .iter()
            .map(|tx| {
                decode_signed(&tx.encoded_2718(), self.config.chain_id, rules)
                    .map_err(|error| error.to_string())
            })
            .collect();
        Ok(Block {
            chain_id: self.config.chain_id,
            fork: rules.spec,
            env: block_env(header, rules),
            blob_params: rules.blob_params,
            transactions: transactions?,
            rules: BlockRules {
                on_invalid: OnInvalid::Stop,
                gas_admission: true,
                system_calls: Some(SystemCalls {
                    parent_hash: header.parent_hash,
                    parent_beacon_block_root: header.parent_beacon_block_root,
                    deposit_contract: self.config.deposit_contract,
                }),
                balance_increments: increments(sent, rules),
                ..BlockRules::default()
            },
        })
    }

    /// Executes a block in parallel, in order, and with played workers, which do not leave a single
    /// transaction to the sequential loop as the parallel run does.
    fn run(&self, block: &Block, state: &impl StateSource) -> Result<BlockOutcome, String> {
        let options = Options::new(self.threads);
        let workers = self.threads.saturating_add(1);
        let mut step = 0_usize;
        let in_turn = |workers: usize| {
            step += 1;
            step % workers
        };
        let parallel = execute(block, state, options).map_err(|error| error.to_string());
        let others = [
            execute_sequentially(block, state),
            execute_interleaved(block, state, Options::new(workers), in_turn),
        ];
        let same = others.iter().all(|other| match (&parallel, other) {
            (Ok(a), Ok(b)) => a.same_result(b),
            (Err(a), Err(b)) => *a == b.to_string(),
            _ => false,
        });
        // A bad block must not pass for refused because of this.
        assert!(
            same,
            "the parallel result is not that of the sequential run"
        );
        parallel
    }

    /// The state root after each transaction, had by executing ever longer parts of the block.
    fn roots_after_each(
        &self,
        block: &Block,
        world: &World,
        hashes: impl Fn(u64) -> B256 + Sync + Copy,
    ) -> Result<Vec<B256>, String> {
        let part = |length: usize| {
            let part = Block {
                transactions: block.transactions[..length].to_vec(),
                rules: BlockRules {
                    balance_increments: Vec::new(),
                    ..block.rules.clone()
                },
                ..block.clone()
            };
            let outcome = self.run(&part, &world.with_hashes(hashes))?;
            let mut world = world.clone();
            world.apply(outcome.changes);
            Ok(world.root())
        };
        (1..=block.transactions.len()).map(part).collect()
    }
}

/// Reads a block that stands alone.
pub(crate) fn decode(rlp: &[u8]) -> Result<SentBlock, String> {
    let mut rest = rlp;
    let block = SentBlock::decode(&mut rest).map_err(|error| format!("no block: {error}"))?;
    if rest.is_empty() {
        Ok(block)
    } else {
        Err(format!("{} bytes behind the block", rest.len()))
    }
}

/// Compares a body with the roots in its header.
fn check_body(sent: &SentBlock) -> Result<(), String> {
    let SentBlock { header, body } = sent;
    compare(
        "transactions root",
        proofs::calculate_transaction_root(&body.transactions),
        header.transactions_root,
    )?;
    compare(
        "uncles hash",
        body.calculate_ommers_root(),
        header.ommers_hash,
    )?;
    compare(
        "withdrawals root",
        body.calculate_withdrawals_root(),
        header.withdrawals_root,
    )
}

/// Compares what came out with the header, but for the state.
fn check_outcome(
    header: &Header,
    outcome: &BlockOutcome,
    receipts: &Commitment,
) -> Result<(), String> {
    compare("gas used", outcome.gas_used, header.gas_used)?;
    compare("receipts root", receipts.root, header.receipts_root)?;
    compare("logs bloom", receipts.bloom, header.logs_bloom)?;
    if let Some(expected) = header.blob_gas_used {
        compare("blob gas used", outcome.blob_gas_used, expected)?;
    }
    if let Some(expected) = header.requests_hash {
        let hash = Requests::new(outcome.requests.clone()).requests_hash();
        compare("requests hash", hash, expected)?;
    }
    Ok(())
}

fn block_env(header: &Header, rules: &Fork) -> BlockEnv {
    let fraction = rules
        .blob_params
        .map(|params| params.base_fee_update_fraction);
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: header.difficulty,
        prevrandao: rules.has(SpecId::MERGE).then_some(header.mix_hash),
        blob_excess_gas_and_price: header
            .excess_blob_gas
            .zip(fraction)
            .map(|(excess, fraction)| BlobExcessGasAndPrice::new(excess, fraction)),
        ..BlockEnv::default()
    }
}

fn increments(sent: &SentBlock, rules: &Fork) -> Vec<BalanceIncrement> {
    let header = &sent.header;
    let uncles = sent.body.ommers.iter().map(|uncle| Uncle::Header {
        miner: uncle.beneficiary,
        number: uncle.number,
    });
    let uncles: Vec<_> = uncles.collect();
    let mut increments = mining_rewards(header.number, header.beneficiary, &uncles, rules);
    let withdrawals = sent.body.withdrawals.iter().flat_map(Withdrawals::iter);
    increments.extend(withdrawals.map(|withdrawal| BalanceIncrement {
        address: withdrawal.address,
        amount: withdrawal.amount_wei(),
    }));
    increments
}

/// The results of all transactions, unless one may not be in the block.
fn results(outcome: &BlockOutcome) -> Result<Vec<&ExecutionResult>, String> {
    let each = outcome.transactions.iter().enumerate();
    each.map(|(index, outcome)| match outcome {
        TransactionOutcome::Executed(result) => Ok(result),
        TransactionOutcome::Rejected(reason) => Err(format!("transaction {index}: {reason}")),
    })
    .collect()
}

fn compare<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: T,
    expected: T,
) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("the {what} is {found:?}, not {expected:?}"))
    }
}
