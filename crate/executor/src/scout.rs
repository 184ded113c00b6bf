//! Finding out what state a block will need, on state that is mostly guessed.
//!
//! A run on guesses ends early: a balance guessed as zero fails the next check, and the call is
//! undone before it has asked for the rest. A scout goes past such checks. At a conditional jump of
//! which one side leads to nothing but a revert, it takes the other one, whatever the condition says.
//! So it walks the path of a transaction that succeeds, and the slots on that path are mostly those
//! that the real one asks for: where they are depends on senders, arguments and addresses and hardly
//! ever on amounts. Which sides fail is seen from the code alone, so a scout walks through a copy of it
//! that is made once, in which such conditions decide nothing.
//!
//! Of most conditions neither side fails, and what a guess makes of them is one way of several. A scout
//! that strays goes through a transaction several times: straight first, then taking sides at random
//! that it has not taken yet, until none are left or it has gone often enough. It may also take down what
//! it hashes: where a slot of a mapping is, is the hash of its key.
//!
//! What a scout executes has no meaning and is thrown away. It names state and does nothing else.

mod choices;

use self::choices::Choices;
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
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::control,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, LegacyBytecode},
    },
    primitives::{HashMap, U256},
    state::Bytecode,
};
use std::sync::{Mutex, PoisonError};

type Context<'a, 'v, S> = InstructionContext<'a, WorkerContext<'v, S>, EthInterpreter>;

/// The most gas that a scout gives a transaction. Nearly all use less; one that would use more is
/// mostly in a loop over something that was guessed. It bounds memory as well, at about 2 MiB.
const GAS: u64 = 5_000_000;

/// How a scout walks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walk {
    /// How it strays once it has gone straight, if it does.
    pub straying: Option<Straying>,
    /// Whether it takes down what it hashes.
    pub notes_hashes: bool,
}

/// How a scout goes again through a transaction that asked for what is not known.
#[derive(Clone, Copy, Debug)]
pub struct Straying {
    /// What its draws come from; the same seed takes the same ways.
    pub seed: u64,
    /// Of how many of a hundred choices it takes the other side, if it never took that one.
    pub percent: u64,
    /// How often it goes again at most.
    pub times: u64,
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
pub(crate) struct Trail<'a> {
    walk: Walk,
    codes: &'a TurnedCodes,
    /// Whether it strays now.
    strays: bool,
    draws: u64,
    /// Which sides it took of the choices that it came by in the present transaction.
    taken: Choices,
    /// Whether it came by a choice of which it had never taken the other side.
    has_choice: bool,
    hashed: Vec<Hashed>,
}

/// What is taken down of hashes at most.
const MOST_HASHED: usize = 20_000;

impl<'a> Trail<'a> {
    fn new(walk: Walk, codes: &'a TurnedCodes) -> Self {
        Self {
            walk,
            codes,
            strays: false,
            draws: 0,
            taken: Choices::new(),
            has_choice: false,
            hashed: Vec::new(),
        }
    }

    /// The code that it walks through in the place of another.
    pub(crate) fn turned(&self, code: Bytecode) -> Bytecode {
        self.codes.of(code)
    }

    /// Begins with a transaction, or goes again through the same one.
    const fn begin(&mut self, index: usize, time: u64) {
        self.strays = time > 0;
        self.has_choice = false;
        if time == 0 {
            self.taken.forget();
        }
        if let Some(straying) = self.walk.straying {
            // Its draws do not depend on the transactions before it.
            self.draws = straying.seed ^ time << 24 ^ (index as u64) << 32;
        }
    }

    /// Which side it takes of a choice.
    fn choose(&mut self, place: usize, says: bool) -> bool {
        let bit = |side: bool| 1 << u8::from(side);
        let taken = *self.taken.at(place);
        let mut takes = says;
        if taken & bit(!says) == 0 {
            self.has_choice = true;
            takes ^= self.strays && self.draws_other();
        }
        *self.taken.at(place) |= bit(takes);
        takes
    }

    const fn draws_other(&mut self) -> bool {
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

/// What a scout came back with. What it asked for, the state has.
#[derive(Debug)]
pub struct Scouted {
    /// The transactions in which it asked for what is not known. In the others all scouts walk alike.
    pub guessing: Vec<usize>,
    /// What was hashed, if it was to be taken down.
    pub hashed: Vec<Hashed>,
}

/// Walks through transactions of a block, each by itself, so that `state` is asked for what they may
/// need. The state should be that behind the block, as far as it can be guessed, since one of them
/// may need what another makes.
pub fn scout<S: Guesses>(
    block: &Block,
    transactions: &[usize],
    state: &S,
    walk: Walk,
    codes: &TurnedCodes,
) -> Scouted {
    let mut store = Store::settled(state);
    store.trail = Some(Box::new(Trail::new(walk, codes)));
    let mut evm = evm::build(block, store);
    let cfg = &mut evm.ctx.cfg;
    cfg.disable_balance_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_priority_fee_check = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    for opcode in [JUMP_ALWAYS, JUMP_BY_CHOICE] {
        replace(&mut evm, opcode, Instruction::new(jump));
    }
    if walk.notes_hashes {
        replace(&mut evm, opcode::KECCAK256, Instruction::new(hash));
    }
    let mut guessing = Vec::new();
    let times = walk.straying.map_or(0, |straying| straying.times);
    for index in transactions {
        let before = state.guessed();
        for time in 0..=times {
            let mut tx = block.transactions[*index].clone();
            tx.gas_limit = tx.gas_limit.min(GAS);
            if let Some(trail) = &mut evm.ctx.journaled_state.database.trail {
                trail.begin(*index, time);
            }
            // Whatever becomes of it, its reads were taken down.
            let _ = evm::run(&mut evm, tx, &PaidAtOnce);
            let journal = &mut evm.ctx.journaled_state;
            let mut seen = journal.inner.finalize();
            seen.clear();
            journal.inner.state = seen;
            if state.guessed() == before {
                break;
            }
            if time == 0 {
                guessing.push(*index);
            }
            let trail = journal.database.trail.as_ref();
            if !trail.is_some_and(|trail| trail.has_choice) {
                break;
            }
        }
    }
    let trail = evm.ctx.journaled_state.database.trail.take();
    Scouted {
        guessing,
        hashed: trail.map_or_else(Vec::new, |trail| trail.hashed),
    }
}

/// Codes as scouts walk through them. Scouts of one task share them, so that each is made once. They
/// take as much memory as the codes of the transactions that scouts are sent through, and as those that
/// these transactions create in each step.
#[derive(Debug, Default)]
pub struct TurnedCodes(
    /// By where the bytes of the original are, which is kept, so that no other one comes to be there.
    Mutex<HashMap<usize, (Bytecode, Bytecode)>>,
);

impl TurnedCodes {
    fn of(&self, code: Bytecode) -> Bytecode {
        let place = code.bytecode_ptr() as usize;
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, turned)) = codes.get(&place) {
            return turned.clone();
        }
        let turned = turn(&code);
        codes.insert(place, (code, turned.clone()));
        turned
    }
}

// In the place of a `JUMPI` stand opcodes that mean nothing in any fork.
const JUMP_ALWAYS: u8 = 0x0c;
const JUMP_BY_CHOICE: u8 = 0x0d;

/// A code in which conditions no longer decide where one side fails. Which that is can be seen from the
/// code alone, so it is looked for once and not at each jump, and what is left is run by the fast loop.
fn turn(code: &Bytecode) -> Bytecode {
    if !code.is_legacy() {
        return code.clone();
    }
    let original = code.original_byte_slice();
    let mut turned = original.to_vec();
    let mut at = 0;
    let mut pushed = None;
    while let Some(&instruction) = original.get(at) {
        let start = at;
        at += 1;
        let before = pushed.take();
        if let Some((target, end)) = pushed_at(original, start) {
            pushed = Some((start, target));
            at = end;
        } else if instruction == opcode::JUMPI
            && let Some((push, Some(target))) = before
        {
            let jump_fails =
                original.get(target) != Some(&opcode::JUMPDEST) || ends_in_revert(original, target);
            match (jump_fails, ends_in_revert(original, at)) {
                // As many instructions as there were bytes: the condition goes, and nothing else is done.
                (true, false) => {
                    turned[push] = opcode::POP;
                    turned[push + 1..at].fill(opcode::JUMPDEST);
                }
                (false, true) => turned[start] = JUMP_ALWAYS,
                (false, false) if !looks_for_function(original, at) => {
                    turned[start] = JUMP_BY_CHOICE;
                }
                _ => {}
            }
        }
    }
    Bytecode::new_legacy(turned.into())
}

/// What is pushed at a place, if it could be a place in a code, and where the next instruction is.
fn pushed_at(code: &[u8], at: usize) -> Option<(Option<usize>, usize)> {
    let length = usize::from(code[at].wrapping_sub(opcode::PUSH0));
    if !(1..=32).contains(&length) {
        return None;
    }
    let end = at + 1 + length;
    let data = code.get(at + 1..end).filter(|_| length <= 3);
    let number = |data: &[u8]| {
        data.iter()
            .fold(0, |value, byte| value << 8 | usize::from(*byte))
    };
    Some((data.map(number), end))
}

/// Both of these.
fn jump<S: Guesses>(context: Context<'_, '_, S>) -> InstructionExecResult {
    // What a `JUMPI` costs: gas is all that ends a loop here.
    if !context.interpreter.gas.record_regular_cost(10) {
        return Err(InstructionResult::OutOfGas);
    }
    let trail = &mut context.host.journaled_state.database.trail;
    let stack = &mut context.interpreter.stack;
    if let [.., condition, _] = stack.data()[..]
        && let Some(trail) = trail
    {
        let bytecode = &context.interpreter.bytecode;
        let code = bytecode.bytecode_slice();
        // The instruction pointer stands behind the jump already.
        let here = bytecode.pc() - 1;
        let jumps = code[here] == JUMP_ALWAYS
            || trail.choose(code.as_ptr() as usize + here, !condition.is_zero());
        // There are two words on the stack, so this cannot fail.
        let _ = stack.set(1, U256::from(jumps));
    }
    control::jumpi(context)
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
fn ends_in_revert(code: &[u8], from: usize) -> bool {
    let mut at = from;
    let mut pushed = None;
    for _ in 0..LONGEST_LOOK {
        let Some(&instruction) = code.get(at) else {
            return false;
        };
        let target = pushed.take();
        if let Some((number, end)) = pushed_at(code, at) {
            (pushed, at) = (number, end);
            continue;
        }
        at += 1;
        match instruction {
            opcode::REVERT | opcode::INVALID => return true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::hex;

    #[test]
    fn conditions_are_turned_where_one_side_fails() {
        let cases = [
            // The side behind the jump reverts: it is always taken.
            ("6001600657fd5b00", "600160060cfd5b00"),
            // The side jumped to reverts, or is none: the condition is dropped.
            ("6001600657005bfd", "6001505b5b005bfd"),
            ("600160055700fd00", "6001505b5b00fd00"),
            // Neither does.
            ("6001600657005b00", "600160060d005b00"),
            // Both do.
            ("6001600657fd5bfd", "6001600657fd5bfd"),
            // By this a contract finds its function.
            ("63010203041461000b57005b00", "63010203041461000b57005b00"),
            // Where it jumps to does not stand there.
            ("6001805700", "6001805700"),
            // Data of a push, whole and cut off.
            ("6106575b00", "6106575b00"),
            ("60016005577f", "6001505b5b7f"),
        ];
        for (code, expected) in cases {
            let bytes = |text: &str| hex::decode(text).expect("hex");
            let turned = turn(&Bytecode::new_legacy(bytes(code).into()));
            assert_eq!(turned.original_byte_slice(), bytes(expected), "{code}");
        }
    }

    #[test]
    fn a_scout_goes_straight_first_and_then_to_sides_that_it_never_took() {
        let straying = Straying {
            seed: 1,
            percent: 100,
            times: 2,
        };
        let walk = Walk {
            straying: Some(straying),
            ..Walk::default()
        };
        let codes = TurnedCodes::default();
        let mut trail = Trail::new(walk, &codes);
        let mut goes = |index, time, says| {
            trail.begin(index, time);
            (trail.choose(7, says), trail.has_choice)
        };
        assert_eq!(goes(0, 0, true), (true, true));
        assert_eq!(goes(0, 1, true), (false, true));
        assert_eq!(goes(0, 2, true), (true, false));
        // The next transaction is another one.
        assert_eq!(goes(1, 0, true), (true, true));
    }
}
