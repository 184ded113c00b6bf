//! `KECCAK256`, in the place of revm's in the table: the same but that pairs of words are looked up among
//! those of before (`memo.rs`), and that other short input goes through the permutation at once and not
//! through a hasher's buffer.

use crate::memo;
use revm::{
    context_interface::cfg::{GasId, GasParams},
    interpreter::{
        Host, InstructionContext, InstructionExecResult, InstructionResult, Interpreter,
        interpreter::{EthInterpreter, num_words, resize_memory},
    },
    primitives::{KECCAK_EMPTY, U256, keccak256},
};

/// How many bytes go into the state at once.
const RATE: usize = 136;

/// `KECCAK256` itself: charges for words and memory, as revm does, and hashes.
///
/// # Errors
/// As revm's: too few words on the stack, no gas, no such place in memory.
#[inline(never)]
pub fn hash<H: Host + ?Sized>(
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
    if !gas.record_regular_cost(cost(params, length)) {
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
        memo::recall(&lanes(pair), |pair| of_lanes(*pair))
    } else if let Ok(word) = <&[u8; 32]>::try_from(&*input) {
        of_lanes(lanes::<4>(word))
    } else if length < RATE {
        of_one_block(&input)
    } else {
        keccak256(&*input).into()
    };
    Ok(())
}

/// What hashing so many bytes costs beside the static gas: [`GasParams::keccak256_cost`], which takes a
/// wide product to see that one of two small numbers is none.
fn cost(params: &GasParams, length: usize) -> u64 {
    let words = num_words(length) as u64;
    match u32::try_from(params.get(GasId::keccak256_per_word())) {
        Ok(each) if words <= u64::from(u32::MAX) => u64::from(each) * words,
        _ => params.keccak256_cost(length),
    }
}

/// A number that can be a place in memory.
fn place(number: U256) -> Result<usize, InstructionResult> {
    usize::try_from(number).map_err(|_| InstructionResult::InvalidOperandOOG)
}

/// Bytes as lanes of the state.
fn lanes<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut lanes = [0; N];
    for (lane, bytes) in lanes.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    lanes
}

/// The hash of one word or two, which is most of what contracts hash.
fn of_lanes<const N: usize>(input: [u64; N]) -> U256 {
    let mut state = [0; 25];
    state[..N].copy_from_slice(&input);
    state[N] = 0x01;
    state[RATE / 8 - 1] = 0x80 << 56;
    of_state(state)
}

/// The hash of less than [`RATE`] bytes (FIPS 202's sponge with Keccak's own padding).
fn of_one_block(input: &[u8]) -> U256 {
    let mut state = [0; 25];
    let (words, rest) = input.as_chunks::<8>();
    // Not by copies of so many bytes as there are: each would be a call out of WebAssembly.
    for (lane, bytes) in state.iter_mut().zip(words) {
        *lane ^= u64::from_le_bytes(*bytes);
    }
    let last = rest
        .iter()
        .rfold(0x01, |last, byte| last << 8 | u64::from(*byte));
    state[words.len()] ^= last;
    state[RATE / 8 - 1] ^= 0x80 << 56;
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
    fn one_word_and_two_are_hashed_like_any() {
        for first in 0..100 {
            let bytes: [u8; 64] = std::array::from_fn(|at| (at * first) as u8);
            let expected: U256 = keccak256(bytes).into();
            assert_eq!(of_lanes(lanes::<8>(&bytes)), expected, "{first}");
            let expected: U256 = keccak256(&bytes[..32]).into();
            assert_eq!(of_lanes(lanes::<4>(&bytes[..32])), expected, "{first}");
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
