//! A contract whose code can be another one each time it is made, at the same address, and what
//! makes, uses and destroys it.

use crate::{assembly::Assembly, scenario::*, world::World};
use forerun_executor::revm::{
    bytecode::opcode as op,
    context::TxEnv,
    primitives::{Address, B256, Bytes, U256, hardfork::SpecId, keccak256},
};

pub(crate) const CHOICE: Address = Address::with_last_byte(0x80);
pub(crate) const MAKER: Address = Address::with_last_byte(0x81);
pub(crate) const TEMPLATES: [Address; 2] =
    [Address::with_last_byte(0x84), Address::with_last_byte(0x85)];
pub(crate) const HEIR: Address = Address::with_last_byte(0x86);

/// A contract that the tests destroy by a call without calldata; otherwise it returns
/// `storage[a]`, then adds `b` to it. The mark makes codes that differ.
pub(crate) fn template(mark: u8) -> Bytes {
    let code = Assembly::new()
        .op(&[op::CALLDATASIZE])
        .skip_if(|code| code.push_address(HEIR).op(&[op::SELFDESTRUCT]));
    let code = code.push(U256::from(mark)).remember(1);
    let code = code.argument(0).op(&[op::SLOAD, op::DUP1]).remember(0);
    let code = code
        .argument(1)
        .op(&[op::ADD])
        .argument(0)
        .op(&[op::SSTORE]);
    code.give_back(2).code()
}

/// Holds an address: told one it keeps it, asked without calldata it returns it.
pub(crate) fn choice() -> Bytes {
    let code = Assembly::new()
        .op(&[op::CALLDATASIZE])
        .skip_if(|code| code.load(0).remember(0).give_back(1));
    code.argument(0).store(0).op(&[op::STOP]).code()
}

/// Initcode that never changes and installs whatever code the choice points at. It stores 5 in
/// slot 0.
pub(crate) fn metamorphic() -> Bytes {
    let code = Assembly::new().push(U256::from(5)).store(0);
    // CALL(choice), its answer into the first word of memory.
    let code = code.push(U256::from(32)).push(U256::ZERO).push(U256::ZERO);
    let code = code.push(U256::ZERO).push(U256::ZERO).push_address(CHOICE);
    let code = code.push(U256::from(50_000)).op(&[op::CALL, op::POP]);
    let code = code.recall(0).op(&[op::DUP1, op::EXTCODESIZE, op::DUP1]);
    // Stack: template, size, size. EXTCODECOPY(template, to 0, from 0, size).
    let code = code.push(U256::ZERO).push(U256::ZERO).op(&[op::DUP5]);
    let code = code.op(&[op::EXTCODECOPY]).push(U256::ZERO);
    code.op(&[op::RETURN]).code()
}

pub(crate) fn maker(initcode: &[u8]) -> Bytes {
    Assembly::new().with_data(initcode, |code, size| {
        code.create2(size, 0).remember(0).give_back(1)
    })
}

pub(crate) fn world(fork: SpecId) -> World {
    let mut world = world_with_probe(fork);
    install(&mut world, CHOICE, choice());
    install(&mut world, MAKER, maker(&metamorphic()));
    for (mark, address) in TEMPLATES.into_iter().enumerate() {
        install(&mut world, address, template(mark as u8 + 1));
    }
    world
        .storage
        .insert((CHOICE, U256::ZERO), word(TEMPLATES[0]));
    world
}

/// Where the maker puts its contract.
pub(crate) fn changeling() -> Address {
    MAKER.create2(B256::ZERO, keccak256(metamorphic()))
}

pub(crate) fn make(from: usize) -> TxEnv {
    send(from, 0, MAKER, 0)
}

pub(crate) fn destroy(from: usize, address: Address) -> TxEnv {
    send(from, 0, address, 0)
}

/// Reads slot `slot` of a template and adds to it.
pub(crate) fn add(from: usize, address: Address, slot: u64, b: u64) -> TxEnv {
    call(from, 0, address, U256::from(slot), U256::from(b))
}

/// A world in which the changeling lives already: with 5 in slot 0 and 9 in slot 1.
pub(crate) fn world_with_changeling(fork: SpecId) -> World {
    let mut world = world(fork);
    endow(&mut world, changeling(), template(1), 40);
    for (slot, value) in [(0, 5), (1, 9)] {
        let key = (changeling(), U256::from(slot));
        world.storage.insert(key, U256::from(value));
    }
    world
}
