//! What the instructions cost that the loop has arms for, which is the same in all forks.

use revm::bytecode::opcode as op;

/// What an instruction costs that has an arm, beside its memory. Nothing for the others.
pub(crate) const fn cost(opcode: u8) -> Option<u16> {
    Some(match opcode {
        op::JUMPDEST => 1,
        op::ADDRESS
        | op::CALLER
        | op::CALLVALUE
        | op::CALLDATASIZE
        | op::CODESIZE
        | op::RETURNDATASIZE
        | op::POP
        | op::PC
        | op::MSIZE
        | op::GAS
        | op::PUSH0 => 2,
        op::ADD
        | op::SUB
        | op::LT..=op::SAR
        | op::CALLDATALOAD
        | op::MLOAD
        | op::MSTORE
        | op::MSTORE8
        | op::PUSH1..=op::PUSH32
        | op::DUP1..=op::DUP16
        | op::SWAP1..=op::SWAP16 => 3,
        op::MUL | op::DIV | op::MOD | op::SIGNEXTEND => 5,
        op::JUMP => 8,
        op::JUMPI => 10,
        _ => return None,
    })
}

/// [`cost`] of an instruction that has an arm.
pub(crate) const fn price(opcode: u8) -> u64 {
    cost(opcode).expect("has an arm") as u64
}
