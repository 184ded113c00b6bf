//! What is executed: a block's environment, its transactions in order, and the rules beside the EVM.

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
    /// Whether senders must be able to pay.
    pub fee_checks: FeeChecks,
    /// Whether a transaction must fit into the gas (and blob gas) that its predecessors left.
    pub gas_admission: bool,
    /// The calls that the protocol itself makes before and after the transactions, as far as the
    /// fork has them. `None` makes none.
    pub system_calls: Option<SystemCalls>,
    /// Balances credited after the last transaction: withdrawals
    /// ([EIP-4895](https://eips.ethereum.org/EIPS/eip-4895)) and, before the merge, rewards.
    pub balance_increments: Vec<BalanceIncrement>,
    /// Whether to note what the coinbase has before the first transaction and after each:
    /// [`BlockOutcome::coinbase_balances`](crate::BlockOutcome::coinbase_balances).
    pub coinbase_balances: bool,
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

/// Whether senders must be able to pay for their transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeeChecks {
    /// As the chain has it.
    #[default]
    Real,
    /// A sender without funds, with a fee below the base fee or with code
    /// ([EIP-3607](https://eips.ethereum.org/EIPS/eip-3607)) may run all the same. BASEFEE and
    /// GASPRICE still show the real values.
    Relaxed,
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
