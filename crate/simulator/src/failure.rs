//! Says in words why an executed transaction had no effect.

use alloy_primitives::{Bytes, U256};
use forerun_executor::revm::context::result::HaltReason;
use serde::Serialize;

/// Why an executed transaction had no effect. It still paid for its gas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `revert`, or the EVM's reason to halt in camel case, such as `outOfGas`.
    pub kind: &'static str,
    /// For people. Solidity's `Error(string)` and `Panic(uint256)` are decoded.
    pub message: String,
    /// What the contract returned; empty for a halt.
    pub data: Bytes,
}

impl Failure {
    pub(crate) fn of_revert(data: &Bytes) -> Self {
        let message = revert_message(data).unwrap_or_else(|| match data.len() {
            0 => "execution reverted without a reason".to_owned(),
            _ => "execution reverted".to_owned(),
        });
        Self {
            kind: "revert",
            message,
            data: data.clone(),
        }
    }

    pub(crate) fn of_halt(reason: &HaltReason) -> Self {
        Self {
            kind: halt_kind(reason),
            message: reason.to_string(),
            data: Bytes::new(),
        }
    }
}

const fn halt_kind(reason: &HaltReason) -> &'static str {
    match reason {
        HaltReason::OutOfGas(_) => "outOfGas",
        HaltReason::OpcodeNotFound | HaltReason::InvalidFEOpcode => "invalidOpcode",
        HaltReason::InvalidJump => "invalidJump",
        HaltReason::NotActivated => "notActivated",
        HaltReason::StackUnderflow => "stackUnderflow",
        HaltReason::StackOverflow => "stackOverflow",
        HaltReason::OutOfOffset => "outOfOffset",
        HaltReason::CreateCollision => "createCollision",
        HaltReason::PrecompileError | HaltReason::PrecompileErrorWithContext(_) => {
            "precompileError"
        }
        HaltReason::NonceOverflow => "nonceOverflow",
        HaltReason::CreateContractSizeLimit => "createContractSizeLimit",
        HaltReason::CreateContractStartingWithEF => "createContractStartingWithEF",
        HaltReason::CreateInitCodeSizeLimit => "createInitCodeSizeLimit",
        HaltReason::OverflowPayment => "overflowPayment",
        HaltReason::StateChangeDuringStaticCall => "stateChangeDuringStaticCall",
        HaltReason::CallNotAllowedInsideStatic => "callNotAllowedInsideStatic",
        HaltReason::OutOfFunds => "outOfFunds",
        HaltReason::CallTooDeep => "callTooDeep",
    }
}

/// Selector of `Error(string)`.
const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// Selector of `Panic(uint256)`.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// What Solidity says when it reverts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// `Error(string)`
    Text(String),
    /// `Panic(uint256)`
    Panic(U256),
}

/// Decodes what a contract reverted with.
pub(crate) fn reason_of(data: &[u8]) -> Option<Reason> {
    let (selector, arguments) = data.split_first_chunk::<4>()?;
    match *selector {
        ERROR => {
            let offset = word(arguments, 0)?;
            let length = word(arguments, offset)?;
            let start = offset.checked_add(32)?;
            let text = arguments.get(start..start.checked_add(length)?)?;
            Some(Reason::Text(String::from_utf8_lossy(text).into_owned()))
        }
        PANIC => Some(Reason::Panic(U256::from_be_slice(arguments.get(..32)?))),
        _ => None,
    }
}

fn revert_message(data: &[u8]) -> Option<String> {
    Some(match reason_of(data)? {
        Reason::Text(text) => text,
        Reason::Panic(code) => format!("panic {code:#x}: {}", panic_meaning(code)),
    })
}

/// The 32 bytes from `offset` on, as a length or a place.
fn word(data: &[u8], offset: usize) -> Option<usize> {
    let bytes = data.get(offset..offset.checked_add(32)?)?;
    usize::try_from(U256::from_be_slice(bytes)).ok()
}

/// What Solidity's panic codes stand for.
fn panic_meaning(code: U256) -> &'static str {
    match code.try_into() {
        Ok(0x00_u64) => "generic compiler panic",
        Ok(0x01) => "assertion failed",
        Ok(0x11) => "arithmetic overflow or underflow",
        Ok(0x12) => "division or modulo by zero",
        Ok(0x21) => "value out of the range of an enum",
        Ok(0x22) => "storage byte array badly encoded",
        Ok(0x31) => "pop on an empty array",
        Ok(0x32) => "array index out of bounds",
        Ok(0x41) => "too much memory allocated",
        Ok(0x51) => "call of a zero-initialised internal function",
        _ => "unknown code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    #[test]
    fn a_reason_is_decoded() {
        // What `revert("not enough")` compiles to, by the ABI's rules.
        let data = hex!(
            "08c379a0"
            "0000000000000000000000000000000000000000000000000000000000000020"
            "000000000000000000000000000000000000000000000000000000000000000a"
            "6e6f7420656e6f75676800000000000000000000000000000000000000000000"
        );
        assert_eq!(Failure::of_revert(&data.into()).message, "not enough");
    }

    #[test]
    fn a_panic_is_named() {
        let data = hex!("4e487b710000000000000000000000000000000000000000000000000000000000000011");
        let message = Failure::of_revert(&data.into()).message;
        assert_eq!(message, "panic 0x11: arithmetic overflow or underflow");
    }

    #[test]
    fn data_that_only_looks_like_a_reason_is_left_alone() {
        let mut huge = ERROR.to_vec();
        huge.extend([0xff; 64]);
        for data in [&[][..], &[0x08], &ERROR, &PANIC, &huge] {
            let message = Failure::of_revert(&Bytes::copy_from_slice(data)).message;
            assert!(message.starts_with("execution reverted"), "{message}");
        }
    }
}
