//! Finding out what state a block will need, on state that is mostly guessed.
//!
//! A run on guesses ends early: a balance guessed as zero fails the next check, and the call is
//! undone before it has asked for the rest. A scout goes past such checks. At a conditional jump of
//! which one side leads to nothing but a revert, it takes the other one, whatever the condition says,
//! once something was guessed. So it walks the path of a transaction that succeeds, and the slots on
//! that path are mostly those that the real one asks for: where they are depends on senders,
//! arguments and addresses and hardly ever on amounts.
//!
//! Of most conditions neither side fails, and what a guess makes of them is one way of several. A scout
//! that strays takes the other side at random now and then, so that several of them together come along
//! what any of these ways asks for. It may also take down what it hashes: where a slot of a mapping
//! is, is the hash of its key.
//!
//! What a scout executes has no meaning and is thrown away. It names state and does nothing else.

use crate::{
    Block, Guesses,
    evm::{self, PaidAtOnce, WorkerContext, replace},
    store::Store,
};
#[cfg(feature = "fast-interpreter")]
use forerun_interpreter::hash as keccak256;
#[cfg(not(feature = "fast-interpreter"))]
use revm::interpreter::instructions::system::keccak256;
use revm::{
    bytecode::opcode,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, Stack,
        instructions::control,
        interpreter::{EthInterpreter, ExtBytecode},
        interpreter_types::{Jumps, LegacyBytecode},
    },
    primitives::U256,
};

type Context<'a, 'v, S> = InstructionContext<'a, WorkerContext<'v, S>, EthInterpreter>;

/// The most gas that a scout gives a transaction. Nearly all use less; one that would use more is
/// mostly in a loop over something that was guessed. It bounds memory as well, at about 2 MiB.
const GAS: u64 = 5_000_000;

/// How a scout walks.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// How it strays, if it does.
    pub straying: Option<Straying>,
    /// Whether it takes down what it hashes.
    pub notes_hashes: bool,
}

/// How a scout takes the other side where both may go on.
#[derive(Clone, Copy, Debug)]
pub struct Straying {
    /// What its draws come from; the same seed takes the same way.
    pub seed: u64,
    /// At how many of a hundred choices.
    pub percent: u64,
}

/// Two words that were hashed together, as the key of a mapping and where the mapping is.
#[derive(Clone, Copy, Debug)]
pub struct Hashed {
    /// What was hashed.
    pub words: [u8; 64],
    /// The hash.
    pub hash: U256,
}

/// What a scout has with it on its way.
#[derive(Debug)]
pub(crate) struct Trail {
    walk: Walk,
    draws: u64,
    hashed: Vec<Hashed>,
}

/// What is taken down of hashes at most.
const MOST_HASHED: usize = 20_000;

impl Trail {
    const fn new(walk: Walk) -> Self {
        Self {
            walk,
            draws: 0,
            hashed: Vec::new(),
        }
    }

    /// Begins with a transaction: its draws do not depend on those before it.
    const fn turn_to(&mut self, index: usize) {
        if let Some(straying) = self.walk.straying {
            self.draws = straying.seed.wrapping_add((index as u64) << 32);
        }
    }

    /// Whether it strays here.
    const fn strays(&mut self) -> bool {
        let Some(straying) = self.walk.straying else {
            return false;
        };
        // SplitMix64.
        self.draws = self.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut draw = self.draws;
        draw = (draw ^ (draw >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        draw = (draw ^ (draw >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (draw ^ (draw >> 31)) % 100 < straying.percent
    }
}

/// Walks through transactions of a block, each by itself, so that `state` is asked for what they may
/// need. The state should be that behind the block, as far as it can be guessed, since one of them
/// may need what another makes. What was hashed comes back, if it was taken down.
pub fn scout<S: Guesses>(
    block: &Block,
    transactions: &[usize],
    state: &S,
    walk: Walk,
) -> Vec<Hashed> {
    let mut store = Store::settled(state);
    store.trail = Some(Box::new(Trail::new(walk)));
    let mut evm = evm::build(block, store);
    let cfg = &mut evm.ctx.cfg;
    cfg.disable_balance_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_priority_fee_check = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    replace(&mut evm, opcode::JUMPI, Instruction::new(jump_if));
    if walk.notes_hashes {
        replace(&mut evm, opcode::KECCAK256, Instruction::new(hash));
    }
    for index in transactions {
        let mut tx = block.transactions[*index].clone();
        tx.gas_limit = tx.gas_limit.min(GAS);
        if let Some(trail) = &mut evm.ctx.journaled_state.database.trail {
            trail.turn_to(*index);
        }
        // Whatever becomes of it, its reads were taken down.
        let _ = evm::run(&mut evm, tx, &PaidAtOnce);
        let journal = &mut evm.ctx.journaled_state;
        let mut seen = journal.inner.finalize();
        seen.clear();
        journal.inner.state = seen;
    }
    let trail = evm.ctx.journaled_state.database.trail.take();
    trail.map_or_else(Vec::new, |trail| trail.hashed)
}

fn jump_if<S: Guesses>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let store = &mut context.host.journaled_state.database;
    if store.settled.base().guessed() > 0 {
        turn(
            &mut context.interpreter.bytecode,
            &mut context.interpreter.stack,
            store.trail.as_deref_mut(),
        );
    }
    control::jumpi(context)
}

/// Turns a condition around if what it says leads to a revert and the contrary does not, or if neither
/// does and the scout strays.
fn turn(bytecode: &mut ExtBytecode, stack: &mut Stack, trail: Option<&mut Trail>) {
    let [.., condition, target] = stack.data()[..] else {
        return;
    };
    let jumps = !condition.is_zero();
    let target = usize::try_from(target).unwrap_or(usize::MAX);
    // The instruction pointer stands behind the jump already.
    let next = bytecode.pc();
    let code = bytecode.bytecode_slice();
    let jump_fails = code.get(target) != Some(&opcode::JUMPDEST) || ends_in_revert(code, target);
    let turns = if ends_in_revert(code, next) == jump_fails {
        !jump_fails && !looks_for_function(code, next) && trail.is_some_and(Trail::strays)
    } else {
        jump_fails == jumps
    };
    if turns {
        let turned = if jumps { U256::ZERO } else { U256::from(1) };
        // There are two words on the stack, so this cannot fail.
        let _ = stack.set(1, turned);
    }
}

/// Whether the jump before `next` is one by which a contract finds the function that is called, as
/// compilers write it: `PUSH4 selector EQ PUSH2 target JUMPI`. Which one that is does not depend on
/// guesses.
fn looks_for_function(code: &[u8], next: usize) -> bool {
    next.checked_sub(10).and_then(|at| code.get(at)) == Some(&opcode::PUSH4)
}

/// Hashes, and takes down what was hashed if it was two words.
fn hash<S: Guesses>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let place = match context.interpreter.stack.data()[..] {
        [.., length, place] if length == U256::from(64) => usize::try_from(place).ok(),
        _ => None,
    };
    let within = InstructionContext {
        interpreter: &mut *context.interpreter,
        host: &mut *context.host,
    };
    keccak256(within)?;
    let trail = &mut context.host.journaled_state.database.trail;
    if let (Some(place), Some(trail), [.., hash]) =
        (place, trail, context.interpreter.stack.data().as_slice())
        && trail.hashed.len() < MOST_HASHED
    {
        // Hashing it has made the memory long enough.
        let mut words = [0; 64];
        words.copy_from_slice(&context.interpreter.memory.slice_len(place, 64));
        trail.hashed.push(Hashed { words, hash: *hash });
    }
    Ok(())
}

/// How many instructions are looked at before a path counts as one that goes on.
const LONGEST_LOOK: usize = 96;

/// Whether a piece of code comes to a revert or an invalid instruction without a choice and without
/// calling anybody. Follows jumps whose target stands right before them.
#[inline(never)]
fn ends_in_revert(code: &[u8], from: usize) -> bool {
    let mut at = from;
    let mut pushed = None;
    for _ in 0..LONGEST_LOOK {
        let Some(&instruction) = code.get(at) else {
            return false;
        };
        at += 1;
        let target = pushed.take();
        match instruction {
            opcode::REVERT | opcode::INVALID => return true,
            opcode::PUSH1..=opcode::PUSH32 => {
                let length = usize::from(instruction - opcode::PUSH1) + 1;
                let Some(data) = code.get(at..at + length) else {
                    return false;
                };
                pushed = (length <= 3).then(|| {
                    data.iter()
                        .fold(0, |value, byte| value << 8 | usize::from(*byte))
                });
                at += length;
            }
            opcode::JUMP => match target {
                Some(target) if code.get(target) == Some(&opcode::JUMPDEST) => at = target,
                _ => return false,
            },
            opcode::JUMPI
            | opcode::STOP
            | opcode::RETURN
            | opcode::SELFDESTRUCT
            | opcode::SSTORE
            | opcode::CREATE
            | opcode::CREATE2
            | opcode::CALL
            | opcode::CALLCODE
            | opcode::DELEGATECALL
            | opcode::STATICCALL => return false,
            _ => {}
        }
    }
    false
}
