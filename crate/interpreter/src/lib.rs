//! A run loop for revm's interpreter that suits WebAssembly.
//!
//! revm runs an opcode by calling a function from a table and keeps the instruction pointer, the
//! length of the stack and the gas in memory. A processor makes little of that; an engine for
//! WebAssembly makes a checked indirect call of it, with everything stored before and loaded behind.
//! Here frequent opcodes are arms of one `match`, in a function that calls nothing (`inline.rs`), with
//! all three in locals. [`LoopEvm`] is revm's EVM with that loop in its place: a wrapper and no fork.
//!
//! **What is not plain is revm's.** An arm does the whole of its instruction or nothing. Where gas is
//! short, the stack too short or full, memory too small, a jump bad, the opcode not in the fork or not
//! among the frequent ones, the loop stops in front of the instruction, everything is put back into
//! revm's interpreter, and revm does that one, from its own table with its own gas. So statuses, the
//! order of checks, memory's growth and its price, and the effects of halts are not written twice. Only
//! a few are put into the table as ours: `EXP` for the sake of its products (`power.rs`), `ADDMOD` and
//! `MULMOD` for that of their division (`modular.rs`), and `KECCAK256` because most input is one block,
//! and much of that is seen again and again (`hash.rs`, `memo.rs`).
//!
//! **Instructions that others have put into the table are honoured**: they are put there through
//! [`Instructions::replace`], which leaves the loop to revm if the opcode is one that has an arm.
//!
//! # The seam
//!
//! What is relied on in revm, and what to look at when a new one comes:
//!
//! | where | what is taken for granted |
//! |---|---|
//! | `Evm`, `EvmTr::frame_run` | [`LoopEvm::frame_run`](revm::handler::EvmTr::frame_run) does as revm's does, but for the loop |
//! | `Interpreter::run_plain` | [`run`] does as it does between two steps and at the end |
//! | `Interpreter::step` | charges static gas, then calls the instruction; leaves pointer, gas and stack as the next step needs them |
//! | the gas table | what the arms cost is compared with it when an EVM is built; if it differs, revm's loop runs |
//! | `instructions/*.rs` | what the instructions that have an arm do, and from which fork on |
//! | `Stack` | a `Vec` of 1,024 words that never moves, the top last |
//! | `Bytecode` | padded so that every `PUSH` has its bytes and a `STOP` follows; one bit for each place in the jump table |
//! | `SharedMemory` | the frame's memory is the end of one buffer; only instructions that the arms do not do make it grow |
//! | `CallInput` | input is bytes, or a range of the buffer below the frame's memory |
//!
//! The tests compare with revm's own loop on random programs in all forks, and each arm at its edges;
//! they run natively and in WebAssembly, where words are moved as vectors. `examples/loops.rs` measures
//! both loops side by side.

mod cost;
mod evm;
mod frame;
mod hash;
mod inline;
mod instructions;
mod memo;
mod modular;
mod power;
mod run;
mod word;

pub use evm::LoopEvm;
pub use hash::hash;
pub use instructions::Instructions;
pub use memo::forget_hashes;
pub use run::run;
