//! What is asked for.

use crate::{
    block_environment::SLOT_SECONDS,
    fields::{Field, Refusal},
    rpc::{
        BlockOverrides, Failure, RpcError, Session, StateOverrides, TransactionArgs,
        block_param::pinned_header,
    },
};

/// The most blocks of a request, those between them included.
const MOST_BLOCKS: u64 = 256;
const MOST_CALLS_OF_BLOCK: usize = 5_000;
const MOST_CALLS: usize = 10_000;

const NUMBER_ORDER: i64 = -38020;
const TIME_ORDER: i64 = -38021;

/// A block to simulate.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockRequest {
    pub(super) overrides: BlockOverrides,
    pub(super) state: StateOverrides,
    pub(super) calls: Vec<TransactionArgs>,
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    blocks: Vec<BlockRequest>,
    pub(super) flags: Flags,
}

/// What holds for all blocks of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    /// Whether transfers of ether stand among the logs.
    pub(super) trace_transfers: bool,
    /// Whether nonces and fees are checked as on the chain.
    pub(super) validation: bool,
    /// Whether transactions are given in full, and not as hashes.
    pub(super) full_transactions: bool,
}

/// A block with its number and time.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) number: u64,
    pub(super) time: u64,
    pub(super) block: BlockRequest,
}

impl Request {
    /// Reads a request.
    pub(super) fn read(field: &Field<'_>) -> Result<Self, Failure> {
        let mut fields = field.object()?;
        let blocks = fields.read("blockStateCalls", Field::list)?;
        let blocks = blocks.unwrap_or_default();
        if blocks.is_empty() {
            return Err(RpcError::params("empty input").into());
        }
        if blocks.len() as u64 > MOST_BLOCKS {
            return Err(too_many_blocks().into());
        }
        let mut flag = |name| -> Result<bool, Refusal> {
            Ok(fields.read(name, Field::boolean)?.unwrap_or_default())
        };
        let flags = Flags {
            trace_transfers: flag("traceTransfers")?,
            validation: flag("validation")?,
            full_transactions: flag("returnFullTransactions")?,
        };
        let mut request = Self {
            blocks: Vec::with_capacity(blocks.len()),
            flags,
        };
        let mut count = 0;
        for field in &blocks {
            let block = read_block(field)?;
            let calls = block.calls.len();
            let over = |calls: String, most: usize| {
                RpcError::new(RpcError::LIMIT, format!("too many calls{calls} > {most}"))
            };
            if calls > MOST_CALLS_OF_BLOCK {
                return Err(over(format!(" in block: {calls}"), MOST_CALLS_OF_BLOCK).into());
            }
            count += calls;
            if count > MOST_CALLS {
                return Err(over(format!(": {count}"), MOST_CALLS).into());
            }
            request.blocks.push(block);
        }
        Ok(request)
    }

    /// The blocks with those between them, which are empty: each with a number and a time of its own.
    pub(super) fn plan(self, session: &Session<'_>) -> Result<Vec<Planned>, Failure> {
        let base = pinned_header(session)?;
        let (mut number, mut time) = (base.number, base.timestamp);
        let mut plan = Vec::with_capacity(self.blocks.len());
        for block in self.blocks {
            let wanted = block
                .overrides
                .number
                .unwrap_or_else(|| number.saturating_add(1));
            if wanted <= number {
                let message = format!("block numbers must be in order: {wanted} <= {number}");
                return Err(RpcError::new(NUMBER_ORDER, message).into());
            }
            if wanted - base.number > MOST_BLOCKS {
                return Err(too_many_blocks().into());
            }
            for number in number + 1..wanted {
                time = time.saturating_add(SLOT_SECONDS);
                plan.push(Planned {
                    number,
                    time,
                    block: BlockRequest::default(),
                });
            }
            let wanted_time = block
                .overrides
                .time
                .unwrap_or_else(|| time.saturating_add(SLOT_SECONDS));
            if wanted_time <= time {
                let message = format!("block timestamps must be in order: {wanted_time} <= {time}");
                return Err(RpcError::new(TIME_ORDER, message).into());
            }
            (number, time) = (wanted, wanted_time);
            plan.push(Planned {
                number,
                time,
                block,
            });
        }
        Ok(plan)
    }
}

fn too_many_blocks() -> RpcError {
    RpcError::new(RpcError::LIMIT, "too many blocks")
}

fn read_block(field: &Field<'_>) -> Result<BlockRequest, Refusal> {
    let mut fields = field.object()?;
    let calls = fields.read("calls", Field::list)?.unwrap_or_default();
    Ok(BlockRequest {
        overrides: fields
            .read("blockOverrides", BlockOverrides::read)?
            .unwrap_or_default(),
        state: fields
            .read("stateOverrides", StateOverrides::read)?
            .unwrap_or_default(),
        calls: calls
            .iter()
            .map(TransactionArgs::read)
            .collect::<Result<_, _>>()?,
    })
}
