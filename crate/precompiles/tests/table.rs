//! Each precompile of each fork beside revm's own: the first time, from memory, and without one.

use alloy_primitives::{Bytes, U256, hex};
use forerun_precompiles::{precompiles, restart_memory};
use revm::{
    precompile::{Precompile, PrecompileOutput, PrecompileSpecId, Precompiles, u64_to_address},
    primitives::hardfork::SpecId,
};

const FORKS: [SpecId; 14] = [
    SpecId::FRONTIER,
    SpecId::HOMESTEAD,
    SpecId::TANGERINE,
    SpecId::SPURIOUS_DRAGON,
    SpecId::BYZANTIUM,
    SpecId::PETERSBURG,
    SpecId::ISTANBUL,
    SpecId::BERLIN,
    SpecId::LONDON,
    SpecId::MERGE,
    SpecId::SHANGHAI,
    SpecId::CANCUN,
    SpecId::PRAGUE,
    SpecId::OSAKA,
];
const PLENTY: u64 = 10_000_000;
const RESERVOIR: u64 = 7;

fn revm_has(fork: SpecId) -> &'static Precompiles {
    Precompiles::new(PrecompileSpecId::from_spec_id(fork))
}

fn run(precompile: &Precompile, input: &[u8], gas: u64) -> PrecompileOutput {
    precompile.execute(input, gas, RESERVOIR).unwrap()
}

/// Runs an input wherever a fork has the precompile, with enough gas, the exact gas and too little.
fn compare(number: u64, input: &[u8]) -> Option<Bytes> {
    let address = u64_to_address(number);
    let mut last = None;
    for fork in FORKS {
        let Some(theirs) = revm_has(fork).get(&address) else {
            continue;
        };
        let ours = precompiles(fork).get(&address).unwrap();
        assert_eq!(ours.id(), theirs.id());
        let expected = run(theirs, input, PLENTY);
        let exact = expected.gas_used;
        for is_on in [true, false] {
            restart_memory(is_on);
            for gas in [PLENTY, PLENTY, exact, exact.saturating_sub(1), 0, PLENTY] {
                let expected = run(theirs, input, gas);
                assert_eq!(
                    run(ours, input, gas),
                    expected,
                    "{number:#x} {fork:?} gas {gas}"
                );
            }
        }
        last = Some(expected.bytes);
    }
    restart_memory(true);
    last
}

/// The input, and what becomes of it when it is cut, lengthened or changed.
fn compare_all(number: u64, input: &[u8]) -> Bytes {
    let output = compare(number, input).expect("some fork has it");
    compare(number, &[]);
    compare(number, &input[..input.len() - 1]);
    compare(number, &input[..input.len() / 2]);
    compare(number, &[input, &[0]].concat());
    for place in [0, input.len() / 2, input.len() - 1] {
        let mut changed = input.to_vec();
        changed[place] ^= 1;
        compare(number, &changed);
    }
    output
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

#[test]
fn the_forks_have_the_same_addresses() {
    for fork in FORKS {
        let (ours, theirs) = (precompiles(fork), revm_has(fork));
        assert_eq!(ours.addresses_set(), theirs.addresses_set(), "{fork:?}");
        assert_eq!(ours.len(), theirs.len());
    }
}

#[test]
fn recovery() {
    // From go-ethereum's testdata/precompiles/ecRecover.json.
    let input = hex!(
        "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
        "000000000000000000000000000000000000000000000000000000000000001c"
        "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
        "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"
    );
    let expected = hex!("000000000000000000000000a94f5374fce5edbc8e2a8697c15331677e6ebf0b");
    assert_eq!(compare_all(1, &input)[..], expected);
    for v in [0, 1, 26, 27, 29, 30, 255] {
        let mut other = input;
        other[63] = v;
        compare(1, &other);
        other[32] = 1;
        compare(1, &other);
    }
}

#[test]
fn modular_powers() {
    // 3^5 mod 100, in lengths of one byte, and the same bytes with the lengths otherwise.
    for lengths in [
        [1, 1, 1],
        [2, 1, 0],
        [0, 2, 1],
        [1, 0, 2],
        [0, 0, 3],
        [3, 0, 0],
    ] {
        let input = [&lengths.map(word).concat()[..], &[3, 5, 100]].concat();
        let output = compare_all(5, &input);
        if lengths == [1, 1, 1] {
            assert_eq!(output[..], [43]);
        }
    }
}

#[test]
fn bn254() {
    let one = [word(1), word(2)].concat();
    let twice = compare_all(7, &[&one[..], &word(2)].concat());
    assert_eq!(compare_all(6, &[&one[..], &one].concat()), twice);
    // The pairing of EIP-197's generators, and the product of that with its inverse.
    let second = hex!(
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
    );
    let minus = hex!("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45");
    let pair = [&one[..], &second].concat();
    assert_eq!(compare_all(8, &pair)[..], word(0));
    let inverse = [&word(1)[..], &minus, &second].concat();
    assert_eq!(compare_all(8, &[pair, inverse].concat())[..], word(1));
}

#[test]
fn kzg() {
    // The constant polynomial 5: its commitment is 5·G1, its proof the point at infinity.
    let commitment = hex!(
        "b0e7791fb972fe014159aa33a98622da3cdc98ff707965e536d8636b5fcc5ac7"
        "a91a8c46e59a00dca575af0f18fb13dc"
    );
    let mut proof = [0; 48];
    proof[0] = 0xc0;
    let mut versioned = compare(2, &commitment).unwrap().to_vec();
    versioned[0] = 1;
    let input = [&versioned[..], &word(3), &word(5), &commitment, &proof].concat();
    assert_eq!(compare_all(10, &input)[30..32], [0x10, 0]);
}

#[test]
fn bls12_381() {
    let mut number = [0; 64];
    number[63] = 7;
    let g1 = compare_all(0x10, &number);
    let g2 = compare_all(0x11, &[number, number].concat());
    assert_eq!((g1.len(), g2.len()), (128, 256));
    let twice = compare_all(0x0c, &[&g1[..], &word(2)].concat());
    assert_eq!(compare_all(0x0b, &[&g1[..], &g1].concat()), twice);
    let twice = compare_all(0x0e, &[&g2[..], &word(2)].concat());
    assert_eq!(compare_all(0x0d, &[&g2[..], &g2].concat()), twice);
    assert_eq!(compare_all(0x0f, &[&g1[..], &g2].concat())[..], word(0));
    assert_eq!(
        compare_all(0x0f, &[&[0; 128][..], &g2].concat())[..],
        word(1)
    );
}

#[test]
fn p256() {
    // From daimo-eth/p256-verifier's vectors.
    let input = hex!(
        "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
        "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
        "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
        "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
        "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
    );
    assert_eq!(compare_all(0x100, &input)[..], word(1));
}

#[test]
fn what_is_not_replaced() {
    for length in [0, 1, 64, 200] {
        for number in [2, 3, 4, 9] {
            compare(number, &vec![5; length]);
        }
    }
}
