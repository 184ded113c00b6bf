//! Executes an ordered list of EVM transactions speculatively, on many threads, and yields exactly
//! what executing them one after another yields.
//!
//! The order of a block fixes its result; it does not fix the order in which the work is done. One
//! worker, the driver, settles transaction after transaction. The others run transactions ahead of
//! their turn on the state they can see, note everything they read, and a transaction's result stands
//! if, when its turn has come, every value it read is still the value it would read now. If not, it
//! is executed once more, on state that can no longer change. So no transaction runs more than twice
//! and parallelism shows in time and in the [`Report`], never in a result.
//!
//! | module | holds |
//! |---|---|
//! | [`block`](Block) | what is executed: environment, transactions, rules |
//! | [`state`](StateSource) | where the state below the block is read |
//! | [`known`](KnownAccount) | what is known of a state's accounts, in maps |
//! | `any` | the executor for any state behind a pointer |
//! | [`options`](Options) | how a run is carried out |
//! | [`outcome`](BlockOutcome), [`report`](Report) | what came out, and how the run went |
//! | [`changes`](StateChanges) | the net change of state, in one canonical form |
//! | `evm`, `store` | the EVM of a worker, and where it reads |
//! | `sequence`, `overlay` | execution in order, on settled state; `sequential` is a loop over it |
//! | `parallel` | the run on threads: `driver` settles, helpers run `ahead`; `run` is what they share, `schedule` who does what next, `hints` what is worth it, `speculation` the state as one transaction sees it that runs ahead, `visible` what workers show one another, `audience` and `showing` what the driver shows of it and when, `marks` where it has written, `observe` what it looked at, `reads` what it read and whether that still holds |
//! | [`recording`](Recording) | what a transaction did: its calls, its instructions, what it touched |
//! | `rehearsal` | executing a block again and again while its state becomes known |
//! | `scout` | finding out what state a block will need, on state that is mostly guessed |
//! | `lanes` | many independent lists of blocks in one run |
//! | `interleaved` | the same run with the choice of every next step left to the caller, for tests |
//! | `model` | the same run in virtual time, with more workers than there are |
//! | `side_by_side` | the same work for many items |
//! | `precompiles` | which address is which precompiled contract |
//! | `boundary` | what a block does before its first and after its last transaction |
//! | `sync` | the locks and atomics that all this is made of, which a test can exchange |
//! | `errand` | work that somebody else may do meanwhile |
//!
//! The crate knows revm and rayon. It knows nothing of JSON, RPC or JavaScript, never blocks on
//! anything but its own workers, and runs unchanged on threads of the operating system and on Web
//! Workers over shared WebAssembly memory.

mod ahead;
mod any;
mod audience;
mod block;
mod boundary;
mod changes;
mod driver;
mod errand;
mod error;
mod evm;
mod hints;
mod interleaved;
mod known;
mod lanes;
mod marks;
mod meter;
mod model;
mod observe;
mod options;
#[cfg(all(test, feature = "loom"))]
mod orders;
mod outcome;
mod overlay;
mod parallel;
mod place;
mod pool;
mod precompiles;
mod reads;
mod recording;
mod rehearsal;
mod report;
mod run;
mod schedule;
mod scout;
mod sequence;
mod sequential;
mod showing;
mod side_by_side;
mod speculation;
mod state;
mod store;
mod sync;
mod visible;
mod writes;

pub use any::AnyState;
pub use block::{
    BalanceIncrement, BlobParams, Block, BlockRules, Checks, MAINNET_DEPOSIT_CONTRACT,
    MovedPrecompiles, OnInvalid, Part, SystemCalls,
};
pub use changes::{AccountChange, StateChanges};
pub use error::ExecutorError;
pub use evm::forget_hashes;
pub use interleaved::execute_interleaved;
pub use known::{Facts, KnownAccount, account_in, slot_in};
pub use lanes::{Chained, LaneOutcome, Layer, execute_lanes, execute_lanes_beside};
pub use model::{Bound, Bounds, Modelled, model};
pub use options::{Options, Prediction, Window};
pub use outcome::{BlockOutcome, Rejection, TransactionOutcome};
pub use parallel::{execute, execute_beside};
pub use precompiles::is_precompile;
pub use recording::{
    AccountFacts, CallEnd, CallKind, Record, RecordedCall, RecordedLog, Recording, SlotValues,
    Sorted, Step, StepOptions, StepSlot, Steps, Touched,
};
pub use rehearsal::{Kept, Rehearsal};
pub use report::{Activity, Cause, Location, Reexecution, Report, WindowChange, Work};
pub use revm;
pub use scout::{Hashed, Scouted, Straying, TurnedCodes, Walk, scout};
pub use sequential::execute_sequentially;
pub use side_by_side::side_by_side;
pub use state::{Guesses, StateError, StateSource};
