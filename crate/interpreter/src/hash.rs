//! `KECCAK256`, in the place of revm's in the table: the same but that pairs of words are looked up among
//! those of before (`memo.rs`), and that other short input goes through the permutation at once and not
//! through a hasher's buffer.

use crate::memo::{self, Pair};
use revm::{
    interpreter::{
        Host, InstructionContext, InstructionExecResult, InstructionResult, Interpreter,
        interpreter::{EthInterpreter, resize_memory},
    },
    primitives::{KECCAK_EMPTY, U256, keccak256},
};

/// How many bytes go into the state at once.
const RATE: usize = 136;

/// Charges for words and memory, as revm does, and hashes.
pub(crate) fn hash<H: Host + ?Sized>(
    context: InstructionContext<'_, H, EthInterpreter>,
) -> InstructionExecResult {
    let Interpreter {
        stack, gas, memory, ..
    } = context.interpreter;
    let params = context.host.gas_params();
    let Some(([offset], top)) = stack.popn_top::<1>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let length = place(*top)?;
    if !gas.record_regular_cost(params.keccak256_cost(length)) {
        return Err(InstructionResult::OutOfGas);
    }
    if length == 0 {
        *top = KECCAK_EMPTY.into();
        return Ok(());
    }
    let offset = place(offset)?;
    resize_memory(gas, memory, params, offset, length)?;
    let input = memory.slice_len(offset, length);
    *top = if let Ok(pair) = <&[u8; 64]>::try_from(&*input) {
        memo::recall(&words(pair), of_pair)
    } else if length < RATE {
        of_one_block(&input)
    } else {
        keccak256(&*input).into()
    };
    Ok(())
}

/// A number that can be a place in memory.
fn place(number: U256) -> Result<usize, InstructionResult> {
    usize::try_from(number).map_err(|_| InstructionResult::InvalidOperandOOG)
}

fn words(bytes: &[u8; 64]) -> Pair {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The hash of two words.
fn of_pair(pair: &Pair) -> U256 {
    let mut state = [0; 25];
    state[..8].copy_from_slice(pair);
    state[8] = 0x01;
    state[RATE / 8 - 1] = 0x80 << 56;
    of_state(state)
}

/// The hash of less than [`RATE`] bytes (FIPS 202's sponge with Keccak's own padding).
fn of_one_block(input: &[u8]) -> U256 {
    let mut block = [0; RATE];
    block[..input.len()].copy_from_slice(input);
    block[input.len()] = 0x01;
    block[RATE - 1] |= 0x80;
    let mut state = [0; 25];
    for (lane, bytes) in state.iter_mut().zip(block.as_chunks::<8>().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    of_state(state)
}

fn of_state(mut state: [u64; 25]) -> U256 {
    keccak::f1600(&mut state);
    let [a, b, c, d, ..] = state;
    U256::from_limbs([d, c, b, a].map(u64::swap_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_hashed_like_any() {
        for first in 0..100 {
            let bytes: [u8; 64] = std::array::from_fn(|at| (at * first) as u8);
            let expected: U256 = keccak256(bytes).into();
            assert_eq!(of_pair(&words(&bytes)), expected, "{first}");
        }
    }

    #[test]
    fn one_block_is_hashed_like_any() {
        let bytes: Vec<u8> = (0..RATE).map(|at| (at * 37 + 11) as u8).collect();
        for length in 0..RATE {
            let input = &bytes[..length];
            let expected: U256 = keccak256(input).into();
            assert_eq!(of_one_block(input), expected, "{length}");
        }
    }
}
