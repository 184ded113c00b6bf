//! The instructions of an EVM whose frequent ones the loop does itself.

use crate::{cost, hash, modular, power};
use revm::{
    bytecode::opcode as op,
    handler::instructions::{EthInstructions, InstructionProvider},
    interpreter::{
        GasTable, Host, Instruction, InstructionTable, instruction_table,
        instructions::gas_table_spec, interpreter::EthInterpreter,
    },
    primitives::hardfork::SpecId,
};

/// revm's instructions (but for `ADDMOD`, `MULMOD`, `EXP` and `KECCAK256`) and their static gas for a
/// fork, and whether the loop may do those that it has arms for.
///
/// The tables can be read but not written from outside, so that this is always known.
#[derive(Debug, Clone)]
pub struct Instructions<CTX: Host> {
    tables: EthInstructions<EthInterpreter, CTX>,
    inline: bool,
}

impl<CTX: Host> Instructions<CTX> {
    /// The instructions of a fork.
    pub fn new(fork: SpecId) -> Self {
        let tables = EthInstructions::new(Self::TABLE, gas_table_spec(fork), fork);
        let inline = costs_agree(tables.gas_table());
        Self { tables, inline }
    }

    /// Made when this is compiled, so that nothing names the instructions of revm in whose place ours
    /// stand, and they are left out of the file.
    const TABLE: InstructionTable<EthInterpreter, CTX> = {
        let mut table = instruction_table();
        table[op::ADDMOD as usize] = Instruction::new(modular::addmod);
        table[op::MULMOD as usize] = Instruction::new(modular::mulmod);
        table[op::EXP as usize] = Instruction::new(power::exp);
        table[op::KECCAK256 as usize] = Instruction::new(hash::hash);
        table
    };

    /// Puts another instruction in the place of an opcode's. If the loop has an arm for it, revm's loop
    /// runs from now on.
    pub fn replace(&mut self, opcode: u8, instruction: Instruction<EthInterpreter, CTX>) {
        self.tables.instruction_table_mut()[usize::from(opcode)] = instruction;
        self.inline &= cost::cost(opcode).is_none();
    }

    /// Whether the loop does what it has arms for. If not, revm's loop runs.
    pub const fn is_inline(&self) -> bool {
        self.inline
    }
}

/// Whether all that the loop has arms for costs what revm says.
fn costs_agree(table: &GasTable) -> bool {
    (0..=u8::MAX)
        .all(|opcode| cost::cost(opcode).is_none_or(|cost| table[usize::from(opcode)] == cost))
}

impl<CTX: Host> InstructionProvider for Instructions<CTX> {
    type Context = CTX;
    type InterpreterTypes = EthInterpreter;

    fn instruction_table(&self) -> &InstructionTable<EthInterpreter, CTX> {
        self.tables.instruction_table()
    }

    fn gas_table(&self) -> &GasTable {
        self.tables.gas_table()
    }
}
