//! The Keccak-f\[1600\] permutation
//! ([FIPS 202](https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.202.pdf), section 3), with every lane
//! in a variable of its own.
//!
//! This stands in for the registry's crate `keccak`, whose version 0.2.2 goes through the lanes of a
//! round in loops. Natively the compiler unrolls them; for WebAssembly it does not, and a hash takes
//! twice as long. The names are theirs, as many of them as `sha3` asks for, through which all of
//! alloy's and revm's hashing goes.

#![no_std]

/// The state: lane (x, y) of the specification is at `5 * y + x`.
pub type State1600 = [u64; 25];

/// A permutation of the state.
pub type Fn1600 = fn(&mut State1600);

/// What chooses between implementations, of which there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keccak;

impl Keccak {
    /// The implementation for this machine.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Hands Keccak-f\[1600\] to a function.
    #[inline]
    pub fn with_f1600(&self, f: impl FnOnce(Fn1600)) {
        f(f1600);
    }
}

/// What step ι adds in each round.
const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Lanes that are kept complemented from the first round to the last. `a ^ (!b & c)` of step χ then is
/// `a ^ (b & c)` or `a ^ (b | c)` of what is kept, but for one lane of each row: five complements a round
/// instead of 25, as the reference manual of Keccak's authors describes (section 2.2 of
/// [its overview of implementations](https://keccak.team/files/Keccak-implementation-3.2.pdf)).
const COMPLEMENTED: [usize; 6] = [1, 2, 8, 12, 17, 20];

/// Keccak-f\[1600\].
///
/// Four rounds at a time: the variables of a round move to where the next one reads them, which costs
/// nothing but at the end of a loop.
pub fn f1600(state: &mut State1600) {
    let mut lanes = *state;
    for lane in COMPLEMENTED {
        lanes[lane] = !lanes[lane];
    }
    for [first, second, third, fourth] in ROUND_CONSTANTS.as_chunks().0 {
        lanes = round(lanes, *first);
        lanes = round(lanes, *second);
        lanes = round(lanes, *third);
        lanes = round(lanes, *fourth);
    }
    for lane in COMPLEMENTED {
        lanes[lane] = !lanes[lane];
    }
    *state = lanes;
}

/// One round on lanes of which some are [`COMPLEMENTED`].
#[rustfmt::skip]
#[inline(always)]
const fn round(lanes: State1600, constant: u64) -> State1600 {
    // Lane (x, y) is the x-th of the y-th row.
    let [
        a0, a1, a2, a3, a4,
        b0, b1, b2, b3, b4,
        c0, c1, c2, c3, c4,
        d0, d1, d2, d3, d4,
        e0, e1, e2, e3, e4,
    ] = lanes;
    // θ: the parity of the columns beside.
    let p0 = a0 ^ b0 ^ c0 ^ d0 ^ e0;
    let p1 = a1 ^ b1 ^ c1 ^ d1 ^ e1;
    let p2 = a2 ^ b2 ^ c2 ^ d2 ^ e2;
    let p3 = a3 ^ b3 ^ c3 ^ d3 ^ e3;
    let p4 = a4 ^ b4 ^ c4 ^ d4 ^ e4;
    let t0 = p4 ^ p1.rotate_left(1);
    let t1 = p0 ^ p2.rotate_left(1);
    let t2 = p1 ^ p3.rotate_left(1);
    let t3 = p2 ^ p4.rotate_left(1);
    let t4 = p3 ^ p0.rotate_left(1);
    // ρ turns each lane, π moves it, χ mixes the rows of what has come out, ι adds the constant.
    let q0 = a0 ^ t0;
    let q1 = (b1 ^ t1).rotate_left(44);
    let q2 = (c2 ^ t2).rotate_left(43);
    let q3 = (d3 ^ t3).rotate_left(21);
    let q4 = (e4 ^ t4).rotate_left(14);
    let (f0, f1, f2, f3, f4) = (
        q0 ^ (q1 | q2) ^ constant,
        q1 ^ (!q2 | q3),
        q2 ^ (q3 & q4),
        q3 ^ (q4 | q0),
        q4 ^ (q0 & q1),
    );
    let q0 = (a3 ^ t3).rotate_left(28);
    let q1 = (b4 ^ t4).rotate_left(20);
    let q2 = (c0 ^ t0).rotate_left(3);
    let q3 = (d1 ^ t1).rotate_left(45);
    let q4 = (e2 ^ t2).rotate_left(61);
    let (g0, g1, g2, g3, g4) = (
        q0 ^ (q1 | q2),
        q1 ^ (q2 & q3),
        q2 ^ (q3 | !q4),
        q3 ^ (q4 | q0),
        q4 ^ (q0 & q1),
    );
    let q0 = (a1 ^ t1).rotate_left(1);
    let q1 = (b2 ^ t2).rotate_left(6);
    let q2 = (c3 ^ t3).rotate_left(25);
    let q3 = (d4 ^ t4).rotate_left(8);
    let q4 = (e0 ^ t0).rotate_left(18);
    let n3 = !q3;
    let (h0, h1, h2, h3, h4) = (
        q0 ^ (q1 | q2),
        q1 ^ (q2 & q3),
        q2 ^ (n3 & q4),
        n3 ^ (q4 | q0),
        q4 ^ (q0 & q1),
    );
    let q0 = (a4 ^ t4).rotate_left(27);
    let q1 = (b0 ^ t0).rotate_left(36);
    let q2 = (c1 ^ t1).rotate_left(10);
    let q3 = (d2 ^ t2).rotate_left(15);
    let q4 = (e3 ^ t3).rotate_left(56);
    let n3 = !q3;
    let (i0, i1, i2, i3, i4) = (
        q0 ^ (q1 & q2),
        q1 ^ (q2 | q3),
        q2 ^ (n3 | q4),
        n3 ^ (q4 & q0),
        q4 ^ (q0 | q1),
    );
    let q0 = (a2 ^ t2).rotate_left(62);
    let q1 = (b3 ^ t3).rotate_left(55);
    let q2 = (c4 ^ t4).rotate_left(39);
    let q3 = (d0 ^ t0).rotate_left(41);
    let q4 = (e1 ^ t1).rotate_left(2);
    let n1 = !q1;
    let (j0, j1, j2, j3, j4) = (
        q0 ^ (n1 & q2),
        n1 ^ (q2 | q3),
        q2 ^ (q3 & q4),
        q3 ^ (q4 | q0),
        q4 ^ (q0 & q1),
    );
    [
        f0, f1, f2, f3, f4,
        g0, g1, g2, g3, g4,
        h0, h1, h2, h3, h4,
        i0, i1, i2, i3, i4,
        j0, j1, j2, j3, j4,
    ]
}
