//! revm's precompiles, but with ECRECOVER by this crate and with the dear ones remembered.
//!
//! A precompile's output and its gas depend on nothing but its input and the rules, and the gas that it
//! is given decides only if that is enough. So a success is remembered with its gas, and is good for
//! whoever gives as much. Whatever else comes out, it is computed again.
//!
//! This is a table of its own and not revm's `Crypto`, because another implementation of that trait
//! brings what it does not replace into the program a second time: 110 KB of wasm, compressed.

use crate::{results::RESULTS, signer::recall_address};
use alloy_primitives::Bytes;
use revm::{
    precompile::{
        EthPrecompileOutput, EthPrecompileResult, Precompile, PrecompileHalt, PrecompileOutput,
        PrecompileResult, PrecompileSpecId, Precompiles, call_eth_precompile, u64_to_address,
        utilities::right_pad,
    },
    primitives::hardfork::SpecId,
};
use std::sync::OnceLock;

type Function = fn(&[u8], u64, u64) -> PrecompileResult;

/// Each set of rules, at the place that is its number.
const RULES: [PrecompileSpecId; 7] = [
    PrecompileSpecId::HOMESTEAD,
    PrecompileSpecId::BYZANTIUM,
    PrecompileSpecId::ISTANBUL,
    PrecompileSpecId::BERLIN,
    PrecompileSpecId::CANCUN,
    PrecompileSpecId::PRAGUE,
    PrecompileSpecId::OSAKA,
];

/// How many precompiles are replaced where a fork has all of them.
const REPLACED: usize = 11;

/// The precompiles of a fork: addresses, gas and outputs are revm's.
pub fn precompiles(fork: SpecId) -> &'static Precompiles {
    static TABLES: [OnceLock<Precompiles>; RULES.len()] = [const { OnceLock::new() }; RULES.len()];
    let rules = PrecompileSpecId::from_spec_id(fork);
    TABLES[rules as usize].get_or_init(|| table(rules))
}

fn table(rules: PrecompileSpecId) -> Precompiles {
    let own = Precompiles::new(rules);
    let replaced = replacements(rules).into_iter();
    let replaced = replaced.filter_map(|(number, function)| {
        let address = u64_to_address(number);
        let precompile = own.get(&address)?;
        Some(Precompile::new(precompile.id().clone(), address, function))
    });
    let mut table = own.clone();
    table.extend(replaced);
    table
}

fn replacements(rules: PrecompileSpecId) -> [(u64, Function); REPLACED] {
    match rules {
        PrecompileSpecId::HOMESTEAD => replacements_by::<0>(),
        PrecompileSpecId::BYZANTIUM => replacements_by::<1>(),
        PrecompileSpecId::ISTANBUL => replacements_by::<2>(),
        PrecompileSpecId::BERLIN => replacements_by::<3>(),
        PrecompileSpecId::CANCUN => replacements_by::<4>(),
        PrecompileSpecId::PRAGUE => replacements_by::<5>(),
        PrecompileSpecId::OSAKA => replacements_by::<6>(),
    }
}

/// Hashes, additions and BLAKE2's rounds are not among them: they cost little more than looking them
/// up.
fn replacements_by<const RULES_NUMBER: usize>() -> [(u64, Function); REPLACED] {
    [
        (0x01, ecrecover),
        (0x05, remembered::<RULES_NUMBER, 0x05>),
        (0x07, remembered::<RULES_NUMBER, 0x07>),
        (0x08, remembered::<RULES_NUMBER, 0x08>),
        (0x0a, remembered::<RULES_NUMBER, 0x0a>),
        (0x0c, remembered::<RULES_NUMBER, 0x0c>),
        (0x0e, remembered::<RULES_NUMBER, 0x0e>),
        (0x0f, remembered::<RULES_NUMBER, 0x0f>),
        (0x10, remembered::<RULES_NUMBER, 0x10>),
        (0x11, remembered::<RULES_NUMBER, 0x11>),
        (0x100, remembered::<RULES_NUMBER, 0x100>),
    ]
}

/// A precompile by its rules and address, as a function of its own: revm takes no closures.
fn remembered<const RULES_NUMBER: usize, const NUMBER: u64>(
    input: &[u8],
    gas_limit: u64,
    reservoir: u64,
) -> PrecompileResult {
    remember(RULES_NUMBER, NUMBER, input, gas_limit, reservoir)
}

fn remember(
    rules: usize,
    number: u64,
    input: &[u8],
    gas_limit: u64,
    reservoir: u64,
) -> PrecompileResult {
    let mut key = vec![rules as u8];
    key.extend(number.to_le_bytes());
    key.extend_from_slice(input);
    let known = RESULTS.recall(&key);
    let known = known.and_then(|known| unpack(&known, reservoir));
    if let Some(known) = known.filter(|known| known.gas_used <= gas_limit) {
        return Ok(known);
    }
    let own = Precompiles::new(RULES[rules]).get(&u64_to_address(number));
    let own = own.expect("only what is there is replaced");
    let output = own.execute(input, gas_limit, reservoir)?;
    // Only what comes back whole: a success without anything that Ethereum's precompiles do not have.
    let packed = pack(&output);
    if unpack(&packed, reservoir).is_some_and(|again| again == output) {
        RESULTS.note(&key, packed);
    }
    Ok(output)
}

fn pack(output: &PrecompileOutput) -> Box<[u8]> {
    let gas_used = output.gas_used.to_le_bytes();
    [&gas_used[..], &output.bytes].concat().into()
}

fn unpack(packed: &[u8], reservoir: u64) -> Option<PrecompileOutput> {
    let (gas_used, bytes) = packed.split_first_chunk()?;
    let gas_used = u64::from_le_bytes(*gas_used);
    let bytes = Bytes::copy_from_slice(bytes);
    Some(PrecompileOutput::new(gas_used, bytes, reservoir))
}

fn ecrecover(input: &[u8], gas_limit: u64, reservoir: u64) -> PrecompileResult {
    let output = call_eth_precompile(run_ecrecover, input, gas_limit, reservoir);
    Ok(output)
}

/// The Yellow Paper's appendix E.1: 128 bytes, with zeros where there are fewer, of a digest, v as a
/// word, r and s. Where nobody has signed the output is empty.
fn run_ecrecover(input: &[u8], gas_limit: u64) -> EthPrecompileResult {
    const GAS: u64 = 3_000;
    if gas_limit < GAS {
        return Err(PrecompileHalt::OutOfGas);
    }
    let input = right_pad::<128>(input);
    let (digest, rest) = input.split_first_chunk::<32>().expect("has 128 bytes");
    let (v, signature) = rest.split_first_chunk::<32>().expect("has 96 bytes");
    let signature = signature.first_chunk::<64>().expect("has 64 bytes");
    let parity = match v.split_last().expect("has 32 bytes") {
        (27, zeros) if zeros == [0; 31] => Some(0),
        (28, zeros) if zeros == [0; 31] => Some(1),
        _ => None,
    };
    let signer = parity.and_then(|parity| recall_address(signature, parity, digest));
    let output = signer.map(|address| Bytes::copy_from_slice(&address.into_word()[..]));
    Ok(EthPrecompileOutput::new(GAS, output.unwrap_or_default()))
}
