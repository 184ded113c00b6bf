//! A small assembler, so that a test can say in place what its contract does.

use forerun_executor::revm::{
    bytecode::opcode as op,
    primitives::{Address, Bytes, U256},
};

/// Bytecode in the making. It uses nothing younger than Frontier by itself, so that it runs under
/// every fork.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assembly(Vec<u8>);

impl Assembly {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Opcodes without immediate bytes.
    pub(crate) fn op(mut self, opcodes: &[u8]) -> Self {
        self.0.extend_from_slice(opcodes);
        self
    }

    /// The shortest PUSH of a number. Zero takes PUSH1, since PUSH0 is new in Shanghai.
    pub(crate) fn push(mut self, value: impl Into<U256>) -> Self {
        let bytes = value.into().to_be_bytes_trimmed_vec();
        let bytes = if bytes.is_empty() { vec![0] } else { bytes };
        self.0.push(op::PUSH1 + bytes.len() as u8 - 1);
        self.0.extend(bytes);
        self
    }

    pub(crate) fn push_address(self, address: Address) -> Self {
        self.push(U256::from_be_slice(address.as_slice()))
    }

    /// The `index`th word of the calldata.
    pub(crate) fn argument(self, index: u64) -> Self {
        self.push(U256::from(32 * index)).op(&[op::CALLDATALOAD])
    }

    /// `storage[slot]`
    pub(crate) fn load(self, slot: u64) -> Self {
        self.push(U256::from(slot)).op(&[op::SLOAD])
    }

    /// Stores the top of the stack.
    pub(crate) fn store(self, slot: u64) -> Self {
        self.push(U256::from(slot)).op(&[op::SSTORE])
    }

    /// Puts the top of the stack into the `index`th word of memory.
    pub(crate) fn remember(self, index: u64) -> Self {
        self.push(U256::from(32 * index)).op(&[op::MSTORE])
    }

    /// The `index`th word of memory.
    pub(crate) fn recall(self, index: u64) -> Self {
        self.push(U256::from(32 * index)).op(&[op::MLOAD])
    }

    /// Makes a contract of the initcode at the start of memory and leaves its address.
    pub(crate) fn create(self, size: u64, value: u64) -> Self {
        self.push(U256::from(size))
            .push(U256::ZERO)
            .push(U256::from(value))
            .op(&[op::CREATE])
    }

    /// As [`create`](Self::create), by CREATE2 with salt 0.
    pub(crate) fn create2(self, size: u64, value: u64) -> Self {
        self.push(U256::ZERO)
            .push(U256::from(size))
            .push(U256::ZERO)
            .push(U256::from(value))
            .op(&[op::CREATE2])
    }

    /// Calls the address on top of the stack with the first `words` words of memory and an amount
    /// of wei, and leaves whether it succeeded.
    pub(crate) fn call(self, words: u64, value: u64) -> Self {
        // The address has to come after the value: it waits in memory behind everything else.
        self.remember(20)
            .push(U256::ZERO)
            .push(U256::ZERO)
            .push(U256::from(32 * words))
            .push(U256::ZERO)
            .push(U256::from(value))
            .push(U256::from(32 * 20))
            .op(&[op::MLOAD])
            .push(U256::from(150_000))
            .op(&[op::CALL])
    }

    /// Returns the first `words` words of memory.
    pub(crate) fn give_back(self, words: u64) -> Self {
        self.push(U256::from(32 * words))
            .push(U256::ZERO)
            .op(&[op::RETURN])
    }

    /// Logs the first `words` words of memory without a topic.
    pub(crate) fn log(self, words: u64) -> Self {
        self.push(U256::from(32 * words))
            .push(U256::ZERO)
            .op(&[op::LOG0])
    }

    /// Skips `body` if the top of the stack is not zero.
    pub(crate) fn skip_if(mut self, body: impl FnOnce(Self) -> Self) -> Self {
        self = self.op(&[op::PUSH2, 0, 0, op::JUMPI]);
        let hole = self.0.len() - 3;
        self = body(self);
        let target = (self.0.len() as u16).to_be_bytes();
        self.0[hole..hole + 2].copy_from_slice(&target);
        self.op(&[op::JUMPDEST])
    }

    /// Copies `data`, which stands behind the code, to the start of memory. Ends the code: nothing
    /// can be appended but through `then`, which is told the size.
    pub(crate) fn with_data(self, data: &[u8], then: impl FnOnce(Self, u64) -> Self) -> Bytes {
        let size = data.len() as u64;
        let mut code = self.push(U256::from(size)).op(&[op::PUSH2, 0, 0]);
        let hole = code.0.len() - 2;
        code = code.push(U256::ZERO).op(&[op::CODECOPY]);
        code = then(code, size).op(&[op::STOP]);
        let start = (code.0.len() as u16).to_be_bytes();
        code.0[hole..hole + 2].copy_from_slice(&start);
        code.0.extend_from_slice(data);
        code.0.into()
    }

    pub(crate) fn code(self) -> Bytes {
        self.0.into()
    }
}

/// Initcode that installs a runtime code.
pub(crate) fn installer(runtime: &[u8]) -> Bytes {
    Assembly::new().with_data(runtime, |code, size| {
        code.push(U256::from(size))
            .push(U256::ZERO)
            .op(&[op::RETURN])
    })
}
