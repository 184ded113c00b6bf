//! Finding out what state a block will need, on state that is mostly guessed.
//!
//! A run on guesses ends early: a balance guessed as zero fails the next check, and the call is
//! undone before it has asked for the rest. A scout goes past such checks. At a conditional jump of
//! which one side leads to nothing but a revert, it takes the other one, whatever the condition says,
//! once something was guessed. So it walks the path of a transaction that succeeds, and the slots on
//! that path are mostly those that the real one asks for: where they are depends on senders,
//! arguments and addresses and hardly ever on amounts.
//!
//! What a scout executes has no meaning and is thrown away. It names state and does nothing else.

use crate::{
    Block, Guesses,
    evm::{self, PaidAtOnce, WorkerContext, replace},
    store::Store,
};
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

/// Walks through transactions of a block, each by itself, so that `state` is asked for what they may
/// need. The state should be that behind the block, as far as it can be guessed, since one of them
/// may need what another makes.
pub fn scout<S: Guesses>(block: &Block, transactions: &[usize], state: &S) {
    let mut evm = evm::build(block, Store::settled(state));
    let cfg = &mut evm.ctx.cfg;
    cfg.disable_balance_check = true;
    cfg.disable_base_fee = true;
    cfg.disable_priority_fee_check = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    replace(&mut evm, opcode::JUMPI, Instruction::new(jump_if));
    for index in transactions {
        let mut tx = block.transactions[*index].clone();
        tx.gas_limit = tx.gas_limit.min(GAS);
        // Whatever becomes of it, its reads were taken down.
        let _ = evm::run(&mut evm, tx, &PaidAtOnce);
        let journal = &mut evm.ctx.journaled_state;
        let mut seen = journal.inner.finalize();
        seen.clear();
        journal.inner.state = seen;
    }
}

fn jump_if<S: Guesses>(context: Context<'_, '_, S>) -> InstructionExecResult {
    if context
        .host
        .journaled_state
        .database
        .settled
        .base()
        .guessed()
        > 0
    {
        avoid_revert(
            &mut context.interpreter.bytecode,
            &mut context.interpreter.stack,
        );
    }
    control::jumpi(context)
}

/// Turns a condition around if what it says leads to a revert and the contrary does not.
fn avoid_revert(bytecode: &mut ExtBytecode, stack: &mut Stack) {
    let [.., condition, target] = stack.data()[..] else {
        return;
    };
    let jumps = !condition.is_zero();
    let target = usize::try_from(target).unwrap_or(usize::MAX);
    // The instruction pointer stands behind the jump already.
    let next = bytecode.pc();
    let code = bytecode.bytecode_slice();
    let jump_fails = code.get(target) != Some(&opcode::JUMPDEST) || ends_in_revert(code, target);
    if jump_fails == jumps && ends_in_revert(code, next) != jump_fails {
        let turned = if jumps { U256::ZERO } else { U256::from(1) };
        // There are two words on the stack, so this cannot fail.
        let _ = stack.set(1, turned);
    }
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
