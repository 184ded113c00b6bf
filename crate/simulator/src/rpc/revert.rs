//! What a call that failed is answered with, in the words of geth.

use super::RpcError;
use crate::failure::{Reason, reason_of};
use alloy_primitives::{Bytes, U256};
use forerun_executor::revm::context::result::HaltReason;

/// The text of a revert: Solidity's reasons are decoded.
pub(crate) fn revert_text(data: &[u8]) -> String {
    let mut text = String::from("execution reverted");
    if let Some(reason) = revert_reason(data) {
        text.push_str(": ");
        text.push_str(&reason);
    }
    text
}

/// The reason alone, if there is one.
pub(crate) fn revert_reason(data: &[u8]) -> Option<String> {
    Some(match reason_of(data)? {
        Reason::Text(text) => text,
        Reason::Panic(code) => match panic_text(code) {
            Some(text) => text.to_owned(),
            None => format!("unknown panic code: {code:#x}"),
        },
    })
}

/// The error of a call that was undone.
pub(crate) fn reverted(data: &Bytes) -> RpcError {
    RpcError {
        data: Some(data.clone()),
        ..RpcError::new(RpcError::REVERTED, revert_text(data))
    }
}

/// What geth calls the panics of Solidity.
fn panic_text(code: U256) -> Option<&'static str> {
    Some(match u64::try_from(code).ok()? {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return None,
    })
}

/// What geth calls the reasons for which the EVM stops. Where it names the opcode or the depth of the
/// stack as well, which are not known here, the text is what stands before them.
pub(crate) const fn halt_text(reason: &HaltReason) -> &'static str {
    match reason {
        HaltReason::OutOfGas(_) => "out of gas",
        HaltReason::OpcodeNotFound | HaltReason::NotActivated => "invalid opcode",
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID",
        HaltReason::InvalidJump => "invalid jump destination",
        HaltReason::StackUnderflow => "stack underflow",
        HaltReason::StackOverflow => "stack limit reached 1024 (1023)",
        HaltReason::OutOfOffset => "return data out of bounds",
        HaltReason::CreateCollision => "contract address collision",
        HaltReason::PrecompileError | HaltReason::PrecompileErrorWithContext(_) => {
            "precompile failed"
        }
        HaltReason::NonceOverflow => "nonce uint64 overflow",
        HaltReason::CreateContractSizeLimit => "max code size exceeded",
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded",
        HaltReason::OverflowPayment | HaltReason::OutOfFunds => "insufficient balance for transfer",
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => {
            "write protection"
        }
        HaltReason::CallTooDeep => "max call depth exceeded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    fn panic(code: u64) -> Vec<u8> {
        let mut data = hex!("4e487b71").to_vec();
        data.extend(U256::from(code).to_be_bytes::<32>());
        data
    }

    #[test]
    fn a_revert_is_worded_as_the_published_vectors_have_it() {
        let error = hex!(
            "08c379a0"
            "0000000000000000000000000000000000000000000000000000000000000020"
            "000000000000000000000000000000000000000000000000000000000000000a"
            "75736572206572726f72"
        );
        assert_eq!(revert_text(&error), "execution reverted: user error");
        assert_eq!(revert_text(&panic(1)), "execution reverted: assert(false)");
        let other = hex!("77726f6e672d63616c6c6461746173697a65");
        assert_eq!(revert_text(&other), "execution reverted");
        assert_eq!(revert_text(&[]), "execution reverted");
    }

    #[test]
    fn a_panic_that_nobody_knows_is_named_by_its_number() {
        let text = revert_text(&panic(0x99));
        assert_eq!(text, "execution reverted: unknown panic code: 0x99");
    }
}
