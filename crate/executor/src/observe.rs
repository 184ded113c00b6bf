//! Which balances and nonces a transaction looked at.
//!
//! Most transactions read accounts for their code and add to their balances without ever looking at
//! them: the recipient of a transfer, a pool of wrapped ether, the coinbase. Such a transaction does
//! not depend on what the balance is, only on what it does to it, so it need not run again when
//! somebody else has moved the balance meanwhile.
//!
//! Looking means: BALANCE and SELFBALANCE; SELFDESTRUCT, for both ends; a contract that cannot pay
//! what it wants to pay with CALL, CALLCODE, CREATE or CREATE2. One that can pay depends only on
//! having that much, so the least that it must have had at the start of the transaction is noted:
//! wrapped ether is paid out by many in a block, and they do not wait for one another. Whether an
//! account is empty (EIP-161) decides the answer of EXTCODEHASH and the price of a CALL with value;
//! for an account with code or a nonce that is no matter of its balance.
//!
//! At a nonce look the transaction itself, for its sender's, and CREATE, whose address it decides.
//!
//! The instructions concerned are wrapped: they note, then do what revm's own do. What a reverted
//! frame looked at counts too, since it decided what the frame did.

use crate::{
    StateSource,
    evm::{WorkerContext, WorkerEvm, replace},
    recording::Destroyed,
    speculation::View,
};
use revm::{
    bytecode::opcode,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult,
        instructions::{contract, host},
        interpreter::EthInterpreter,
        interpreter_types::InputsTr,
    },
    primitives::{Address, U256},
};

type Context<'a, 'v, S> = InstructionContext<'a, WorkerContext<'v, S>, EthInterpreter>;

/// Puts the wrapped instructions into a worker's table.
pub(crate) fn install<S: StateSource>(evm: &mut WorkerEvm<'_, S>) {
    let mut set = |opcode, instruction| replace(evm, opcode, instruction);
    set(opcode::BALANCE, Instruction::new(balance));
    set(opcode::SELFBALANCE, Instruction::new(self_balance));
    set(opcode::EXTCODEHASH, Instruction::new(code_hash));
    set(opcode::CALL, Instruction::new(call::<{ opcode::CALL }, S>));
    set(
        opcode::CALLCODE,
        Instruction::new(call::<{ opcode::CALLCODE }, S>),
    );
    set(opcode::CREATE, Instruction::new(create::<false, S>));
    set(opcode::CREATE2, Instruction::new(create::<true, S>));
    set(opcode::SELFDESTRUCT, Instruction::new(self_destruct));
}

fn balance<S: StateSource>(context: Context<'_, '_, S>) -> InstructionExecResult {
    if let Some(address) = operand(&context, 0) {
        note(&mut *context.host, |view| {
            view.observe_balance(to_address(address))
        });
    }
    host::balance(context)
}

fn self_balance<S: StateSource>(context: Context<'_, '_, S>) -> InstructionExecResult {
    observe_own_balance(
        &mut *context.host,
        context.interpreter.input.target_address(),
    );
    host::selfbalance(context)
}

fn code_hash<S: StateSource>(context: Context<'_, '_, S>) -> InstructionExecResult {
    if let Some(address) = operand(&context, 0) {
        note(&mut *context.host, |view| {
            view.observe_emptiness(to_address(address))
        });
    }
    host::extcodehash(context)
}

/// The stack holds gas, target, value.
fn call<const KIND: u8, S: StateSource>(context: Context<'_, '_, S>) -> InstructionExecResult {
    if let (Some(target), Some(value)) = (operand(&context, 1), operand(&context, 2))
        && !value.is_zero()
    {
        observe_payment(
            &mut *context.host,
            context.interpreter.input.target_address(),
            value,
        );
        note(&mut *context.host, |view| {
            view.observe_emptiness(to_address(target))
        });
    }
    contract::call::<KIND, _, _>(context)
}

/// The value is on top of the stack.
fn create<const IS_CREATE2: bool, S: StateSource>(
    context: Context<'_, '_, S>,
) -> InstructionExecResult {
    let own = context.interpreter.input.target_address();
    if let Some(value) = operand(&context, 0)
        && !value.is_zero()
    {
        observe_payment(&mut *context.host, own, value);
    }
    note(&mut *context.host, |view| view.observe_nonce(own));
    contract::create::<IS_CREATE2, _, _>(context)
}

fn self_destruct<S: StateSource>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let own = context.interpreter.input.target_address();
    if let Some(target) = operand(&context, 0) {
        let heir = to_address(target);
        let balance = balance_of(context.host, own);
        note(&mut *context.host, |view| {
            view.observe_balance(heir);
            view.destroyed = Some(Destroyed { heir, balance });
        });
    }
    observe_own_balance(&mut *context.host, own);
    host::selfdestruct(context)
}

/// What stands on the stack, counted from its top. Nothing if the stack is too short, which the
/// instruction itself then finds out.
fn operand<S: StateSource>(context: &Context<'_, '_, S>, from_top: usize) -> Option<U256> {
    let stack = context.interpreter.stack.data();
    stack
        .len()
        .checked_sub(from_top + 1)
        .and_then(|at| stack.get(at))
        .copied()
}

fn to_address(word: U256) -> Address {
    Address::from_word(word.into())
}

/// Has the view take note of something. Whoever has these instructions has one.
fn note<'v, S: StateSource>(host: &mut WorkerContext<'v, S>, what: impl FnOnce(&mut View<'v, S>)) {
    if let Some(view) = &mut host.journaled_state.database.view {
        what(view);
    }
}

fn observe_own_balance<S: StateSource>(host: &mut WorkerContext<'_, S>, own: Address) {
    note(host, |view| view.observe_balance(own));
}

/// A contract is about to pay. What it has now less the payment is what could have been missing at
/// the start of the transaction without making a difference.
fn observe_payment<S: StateSource>(host: &mut WorkerContext<'_, S>, own: Address, value: U256) {
    let balance = balance_of(host, own);
    note(host, |view| match balance.checked_sub(value) {
        Some(rest) => view.observe_payment(own, rest),
        None => view.observe_balance(own),
    });
}

/// What an account has now.
fn balance_of<S: StateSource>(host: &WorkerContext<'_, S>, own: Address) -> U256 {
    let account = host.journaled_state.inner.state.get(&own);
    account.map_or(U256::ZERO, |account| account.info.balance)
}
