//! Contracts in bytecode, so that they run under every fork. Calldata is two words, `a` and `b`.

use crate::assembly::Assembly;
use forerun_executor::revm::{
    bytecode::opcode as op,
    primitives::{Bytes, U256, hardfork::SpecId},
};

/// `storage[a] += 1`
pub(crate) const fn counter() -> Bytes {
    Bytes::from_static(&[
        0x60, 0x00, 0x35, // a
        0x80, 0x54, 0x60, 0x01, 0x01, // a, storage[a] + 1
        0x90, 0x55, 0x00,
    ])
}

/// `storage[a] = OP(address a)` for an opcode that looks at an account.
pub(crate) fn observer(opcode: u8) -> Bytes {
    vec![0x60, 0x00, 0x35, 0x80, opcode, 0x90, 0x55, 0x00].into()
}

/// `storage[b] = OP` for an opcode that takes nothing.
pub(crate) fn self_observer(opcode: u8) -> Bytes {
    vec![opcode, 0x60, 0x20, 0x35, 0x55, 0x00].into()
}

/// `storage[a] = CALL(to a, value CALLVALUE, calldata b)`
pub(crate) const fn forwarder() -> Bytes {
    Bytes::from_static(&[
        0x60, 0x20, 0x60, 0x20, 0x60, 0x00, 0x37, // memory[0..32] = b
        0x60, 0x00, 0x60, 0x00, 0x60, 0x20, 0x60, 0x00, // out 0..0, in 0..32
        0x34, 0x60, 0x00, 0x35, 0x5a, 0xf1, // value, to a, all gas, CALL
        0x60, 0x00, 0x35, 0x55, 0x00, // storage[a] = success
    ])
}

/// `CALL(to a, value b)`
pub(crate) const fn payer() -> Bytes {
    Bytes::from_static(&[
        0x60, 0x00, 0x60, 0x00, 0x60, 0x00, 0x60, 0x00, // out 0..0, in 0..0
        0x60, 0x20, 0x35, 0x60, 0x00, 0x35, 0x5a, 0xf1, 0x00, // value b, to a, all gas
    ])
}

/// `b == 0`: SELFDESTRUCT to `a`; else `storage[a] += 1`
pub(crate) const fn mortal() -> Bytes {
    Bytes::from_static(&[
        0x60, 0x20, 0x35, 0x15, 0x60, 0x12, 0x57, // if b == 0 goto 0x12
        0x60, 0x00, 0x35, 0x80, 0x54, 0x60, 0x01, 0x01, 0x90, 0x55, 0x00, // counter
        0x5b, 0x60, 0x00, 0x35, 0xff,
    ])
}

/// Writes, then reverts (or, before Byzantium, halts).
pub(crate) const fn reverter() -> Bytes {
    Bytes::from_static(&[0x60, 0x01, 0x60, 0x00, 0x55, 0x60, 0x00, 0x60, 0x00, 0xfd])
}

/// `LOG1(storage[a])`
pub(crate) const fn logger() -> Bytes {
    Bytes::from_static(&[
        0x60, 0x00, 0x35, 0x54, 0x60, 0x00, 0x52, // memory[0..32] = storage[a]
        0x60, 0x07, 0x60, 0x20, 0x60, 0x00, 0xa1, 0x00,
    ])
}

/// Initcode that stores `5` in slot 0 and installs [`mortal`].
pub(crate) fn mortal_initcode() -> Bytes {
    let runtime = mortal();
    let size = runtime.len() as u8;
    let mut code = vec![
        0x60, 0x05, 0x60, 0x00, 0x55, // storage[0] = 5
        0x60, size, 0x60, 0x11, 0x60, 0x00, 0x39, // memory = code[0x11..]
        0x60, size, 0x60, 0x00, 0xf3,
    ];
    assert_eq!(code.len(), 0x11, "the runtime starts where CODECOPY looks");
    code.extend_from_slice(&runtime);
    code.into()
}

/// `storage[a] = CREATE2(value CALLVALUE, salt b)` of [`mortal_initcode`], or the same by CREATE.
pub(crate) fn factory(create2: bool) -> Bytes {
    let initcode = mortal_initcode();
    let size = initcode.len() as u8;
    let mut code = vec![0x60, size, 0x60, 0x00, 0x60, 0x00, 0x39];
    if create2 {
        code.extend([0x60, 0x20, 0x35]); // salt b
    }
    code.extend([0x60, size, 0x60, 0x00, 0x34]); // size, offset, value
    code.push(if create2 { 0xf5 } else { 0xf0 });
    code.extend([0x60, 0x00, 0x35, 0x55, 0x00]);
    code[3] = code.len() as u8;
    code.extend_from_slice(&initcode);
    code.into()
}

/// Returns the balance of `a`, its code size and, where there is EXTCODEHASH, its code hash.
pub(crate) fn probe(fork: SpecId) -> Bytes {
    let code = Assembly::new().argument(0).op(&[op::BALANCE]).remember(0);
    let code = code.argument(0).op(&[op::EXTCODESIZE]).remember(1);
    if !fork.is_enabled_in(SpecId::PETERSBURG) {
        return code.give_back(2).code();
    }
    let code = code.argument(0).op(&[op::EXTCODEHASH]).remember(2);
    code.give_back(3).code()
}

/// Returns `storage[a]`, then `storage[a] = b`.
pub(crate) fn setter() -> Bytes {
    let code = Assembly::new().argument(0).op(&[op::SLOAD]).remember(0);
    let code = code.argument(1).argument(0).op(&[op::SSTORE]);
    code.give_back(1).code()
}

/// Calls `a` with a fixed amount of its own wei and returns whether that went well.
pub(crate) fn giver(amount: u64) -> Bytes {
    let mut code = Assembly::new();
    for number in [0, 0, 0, 0, amount] {
        code = code.push(U256::from(number));
    }
    let code = code.argument(0).push(U256::from(50_000)).op(&[op::CALL]);
    code.remember(0).give_back(1).code()
}
