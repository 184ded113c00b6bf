//! What is executed: a block's environment, its transactions in order, and the rules beside the EVM.

use crate::Record;
use revm::{
    context::{BlockEnv, TxEnv},
    primitives::{Address, B256, U256, address, hardfork::SpecId},
};

/// The deposit contract of Ethereum mainnet, whose logs become EIP-6110 requests.
pub const MAINNET_DEPOSIT_CONTRACT: Address =
    address!("0x00000000219ab540356cBB839Cbe05303d7705Fa");

/// An ordered list of transactions and the environment they run in.
#[derive(Clone, Debug)]
pub struct Block {
    /// The chain's id, compared with each transaction's ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    pub chain_id: u64,
    /// The rules of the EVM.
    pub fork: SpecId,
    /// Number, time, base fee in wei, coinbase and the other values that opcodes can see.
    pub env: BlockEnv,
    /// Blob limits, from Cancun on. `None` leaves the number of blobs unchecked.
    pub blob_params: Option<BlobParams>,
    /// The transactions in the order in which they take effect.
    pub transactions: Vec<TxEnv>,
    /// What happens around the transactions.
    pub rules: BlockRules,
}

/// How many blobs a block aims at and allows, and how fast their price moves
/// ([EIP-7840](https://eips.ethereum.org/EIPS/eip-7840)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobParams {
    /// Blobs a block at which the price stays.
    pub target: u64,
    /// Blobs a block at most.
    pub max: u64,
    /// Denominator of the exponential price update.
    pub base_fee_update_fraction: u64,
}

/// What surrounds the execution of the transactions themselves.
#[derive(Clone, Debug, Default)]
pub struct BlockRules {
    /// What a transaction that may not be in a block does to those behind it.
    pub on_invalid: OnInvalid,
    /// What a transaction has to meet.
    pub checks: Checks,
    /// Precompiled contracts that are not where the fork has them.
    pub moved_precompiles: MovedPrecompiles,
    /// Whether a transaction must fit into the gas (and blob gas) that its predecessors left.
    pub gas_admission: bool,
    /// The calls that the protocol itself makes before and after the transactions, as far as the
    /// fork has them. `None` makes none.
    pub system_calls: Option<SystemCalls>,
    /// Which part of the block this is.
    pub part: Part,
    /// Balances credited after the last transaction: withdrawals
    /// ([EIP-4895](https://eips.ethereum.org/EIPS/eip-4895)) and, before the merge, rewards.
    pub balance_increments: Vec<BalanceIncrement>,
    /// Whether to note what the coinbase has before the first transaction and after each:
    /// [`BlockOutcome::coinbase_balances`](crate::BlockOutcome::coinbase_balances).
    pub coinbase_balances: bool,
    /// What is to be recorded of every transaction. It changes nothing about the result.
    pub record: Record,
}

/// What an invalid transaction does to those behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInvalid {
    /// The run ends with it, as a block that holds it is no block.
    #[default]
    Stop,
    /// It takes no effect, as with a builder that leaves it out.
    Skip,
}

/// Which of the chain's conditions a transaction has to meet to be in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches"
)]
pub struct Checks {
    /// Its nonce is the sender's.
    pub nonce: bool,
    /// The sender is no contract ([EIP-3607](https://eips.ethereum.org/EIPS/eip-3607)).
    pub sender_has_no_code: bool,
    /// Its gas limit is at most what one transaction may have
    /// ([EIP-7825](https://eips.ethereum.org/EIPS/eip-7825)).
    pub gas_cap: bool,
    /// Its gas limit is at most the block's.
    pub block_gas: bool,
    /// It pays the base fee, and no more of a tip than it pays at all.
    pub base_fee: bool,
    /// The sender can pay for it. One that cannot gets what the transaction is to send.
    pub balance: bool,
}

impl Checks {
    /// As the chain has it.
    pub const REAL: Self = Self {
        nonce: true,
        sender_has_no_code: true,
        gas_cap: true,
        block_gas: true,
        base_fee: true,
        balance: true,
    };

    /// A sender without funds, with a fee below the base fee or with code may run all the same.
    /// BASEFEE and GASPRICE still show the real values.
    pub const RELAXED: Self = Self {
        sender_has_no_code: false,
        base_fee: false,
        balance: false,
        ..Self::REAL
    };
}

impl Default for Checks {
    fn default() -> Self {
        Self::REAL
    }
}

/// Precompiled contracts that are elsewhere than the fork has them. What is warm from the start of a
/// transaction stays what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedPrecompiles(Vec<(Address, Option<Address>)>);

impl MovedPrecompiles {
    /// Has an address answer as the precompile whose home is `home`, or as none.
    pub fn set(&mut self, address: Address, home: Option<Address>) {
        self.0.retain(|(moved, _)| *moved != address);
        self.0.push((address, home));
    }

    /// What is known here of an address: `Some(None)` if no precompile is there any more.
    pub fn get(&self, address: Address) -> Option<Option<Address>> {
        let found = self.0.iter().find(|(moved, _)| *moved == address);
        found.map(|(_, home)| *home)
    }
}

/// Which part of a block's transactions is executed: a block can be run in pieces, each on the state
/// that the one before left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    #[default]
    Whole,
    /// The first. What follows the last transaction is left to others, but for the requests that are
    /// in the logs.
    First,
    /// One in the middle. As the first, without the calls before the transactions.
    Middle,
    /// The last, without the calls before the transactions.
    Last,
}

impl Part {
    /// Whether the block begins with it.
    pub(crate) const fn begins(self) -> bool {
        matches!(self, Self::Whole | Self::First)
    }

    /// Whether the block ends with it.
    pub(crate) const fn ends(self) -> bool {
        matches!(self, Self::Whole | Self::Last)
    }
}

/// The facts that the protocol's own calls need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemCalls {
    /// Stored by the history contract ([EIP-2935](https://eips.ethereum.org/EIPS/eip-2935)), from
    /// Prague on.
    pub parent_hash: B256,
    /// Stored by the beacon roots contract ([EIP-4788](https://eips.ethereum.org/EIPS/eip-4788)),
    /// from Cancun on.
    pub parent_beacon_block_root: Option<B256>,
    /// Whose logs are deposits ([EIP-6110](https://eips.ethereum.org/EIPS/eip-6110)), from Prague on.
    pub deposit_contract: Address,
}

/// An amount credited to an account outside any transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceIncrement {
    /// Who receives it.
    pub address: Address,
    /// How much, in wei. Zero touches the account all the same, which since
    /// [EIP-161](https://eips.ethereum.org/EIPS/eip-161) removes an empty one.
    pub amount: U256,
}

/// Gas that one blob takes ([EIP-4844](https://eips.ethereum.org/EIPS/eip-4844)).
pub(crate) const GAS_PER_BLOB: u64 = 131_072;

/// Blobs a transaction at most, from Osaka on ([EIP-7594](https://eips.ethereum.org/EIPS/eip-7594)).
const OSAKA_BLOBS_PER_TRANSACTION: u64 = 6;

impl Block {
    /// The most blobs that one transaction may carry.
    pub(crate) fn blobs_per_transaction(&self) -> Option<u64> {
        let max = self.blob_params?.max;
        Some(if self.fork.is_enabled_in(SpecId::OSAKA) {
            max.min(OSAKA_BLOBS_PER_TRANSACTION)
        } else {
            max
        })
    }
}
