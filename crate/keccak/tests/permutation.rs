//! The permutation against the definition of its parts, and against values that others have published.

use keccak::{Keccak, State1600};

/// The rounds as FIPS 202 words them, step by step, over lanes by x and y.
fn as_specified(state: &mut State1600) {
    let mut lanes = [[0_u64; 5]; 5];
    for (index, lane) in state.iter().enumerate() {
        lanes[index % 5][index / 5] = *lane;
    }
    let mut register = 1_u8;
    for _ in 0..24 {
        let parity = lanes.map(|column| column.iter().fold(0, |all, lane| all ^ lane));
        for x in 0..5 {
            let beside = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
            lanes[x].iter_mut().for_each(|lane| *lane ^= beside);
        }
        let (mut x, mut y) = (1, 0);
        for step in 0..24_u32 {
            lanes[x][y] = lanes[x][y].rotate_left((step + 1) * (step + 2) / 2 % 64);
            (x, y) = (y, (2 * x + 3 * y) % 5);
        }
        let turned = lanes;
        for (x, column) in lanes.iter_mut().enumerate() {
            for (y, lane) in column.iter_mut().enumerate() {
                *lane = turned[(x + 3 * y) % 5][x];
            }
        }
        let moved = lanes;
        for x in 0..5 {
            for y in 0..5 {
                lanes[x][y] ^= !moved[(x + 1) % 5][y] & moved[(x + 2) % 5][y];
            }
        }
        for bit in 0..7 {
            lanes[0][0] ^= u64::from(register & 1) << ((1 << bit) - 1);
            register = (register << 1) ^ if register & 0x80 == 0 { 0 } else { 0x71 };
        }
    }
    for (index, lane) in state.iter_mut().enumerate() {
        *lane = lanes[index % 5][index / 5];
    }
}

fn permuted(mut state: State1600) -> State1600 {
    Keccak::new().with_f1600(|f1600| f1600(&mut state));
    state
}

#[test]
fn permutes_zeros_as_published() {
    // The first row of the Keccak team's KeccakF-1600-IntermediateValues, for one and two runs.
    let once = permuted([0; 25]);
    let row = [
        0xf125_8f79_40e1_dde7,
        0x84d5_ccf9_33c0_478a,
        0xd598_261e_a65a_a9ee,
        0xbd15_4730_6f80_494d,
        0x8b28_4e05_6253_d057,
    ];
    assert_eq!(once[..5], row);
    let row = [
        0x2d5c_954d_f96e_cb3c,
        0x6a33_2cd0_7057_b56d,
        0x093d_8d12_70d7_6b6c,
        0x8a20_d9b2_5569_d094,
    ];
    assert_eq!(permuted(once)[..4], row);
}

#[test]
fn agrees_with_the_specification() {
    let mut state = [0; 25];
    for bit in 0..1_600 {
        state[bit / 64] ^= 1 << (bit % 64);
        let mut expected = state;
        as_specified(&mut expected);
        assert_eq!(permuted(state), expected, "bit {bit}");
        state = expected;
    }
}

#[test]
fn is_what_the_workspace_hashes_with() {
    // A patch that matches nothing is only a warning of cargo's: the lock file tells.
    let lock = include_str!("../../../Cargo.lock");
    let packages = lock.split("[[package]]\n");
    let ours: Vec<_> = packages
        .filter(|package| package.starts_with("name = \"keccak\"\n"))
        .collect();
    assert_eq!(ours.len(), 1, "versions of keccak in Cargo.lock: {ours:?}");
    assert!(!ours[0].contains("source"), "not patched: {}", ours[0]);
    let sponge = lock
        .split("[[package]]\n")
        .find(|p| p.starts_with("name = \"sha3\"\n"));
    assert!(sponge.is_some_and(|sha3| sha3.contains("\"keccak\"")));
}
