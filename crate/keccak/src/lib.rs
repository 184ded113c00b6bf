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

/// Step χ of one row.
macro_rules! row {
    ($b0:expr, $b1:expr, $b2:expr, $b3:expr, $b4:expr) => {{
        let (b0, b1, b2, b3, b4): (u64, u64, u64, u64, u64) = ($b0, $b1, $b2, $b3, $b4);
        [
            b0 ^ (!b1 & b2),
            b1 ^ (!b2 & b3),
            b2 ^ (!b3 & b4),
            b3 ^ (!b4 & b0),
            b4 ^ (!b0 & b1),
        ]
    }};
}

/// Keccak-f\[1600\].
#[rustfmt::skip]
pub fn f1600(state: &mut State1600) {
    // Lane (x, y) is the x-th of the y-th row.
    let [
        mut a0, mut a1, mut a2, mut a3, mut a4,
        mut b0, mut b1, mut b2, mut b3, mut b4,
        mut c0, mut c1, mut c2, mut c3, mut c4,
        mut d0, mut d1, mut d2, mut d3, mut d4,
        mut e0, mut e1, mut e2, mut e3, mut e4,
    ] = *state;
    for constant in ROUND_CONSTANTS {
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
        // ρ turns each lane, π moves it, χ mixes the rows of what has come out.
        let row0 = row!(
            a0 ^ t0,
            (b1 ^ t1).rotate_left(44),
            (c2 ^ t2).rotate_left(43),
            (d3 ^ t3).rotate_left(21),
            (e4 ^ t4).rotate_left(14)
        );
        let row1 = row!(
            (a3 ^ t3).rotate_left(28),
            (b4 ^ t4).rotate_left(20),
            (c0 ^ t0).rotate_left(3),
            (d1 ^ t1).rotate_left(45),
            (e2 ^ t2).rotate_left(61)
        );
        let row2 = row!(
            (a1 ^ t1).rotate_left(1),
            (b2 ^ t2).rotate_left(6),
            (c3 ^ t3).rotate_left(25),
            (d4 ^ t4).rotate_left(8),
            (e0 ^ t0).rotate_left(18)
        );
        let row3 = row!(
            (a4 ^ t4).rotate_left(27),
            (b0 ^ t0).rotate_left(36),
            (c1 ^ t1).rotate_left(10),
            (d2 ^ t2).rotate_left(15),
            (e3 ^ t3).rotate_left(56)
        );
        let row4 = row!(
            (a2 ^ t2).rotate_left(62),
            (b3 ^ t3).rotate_left(55),
            (c4 ^ t4).rotate_left(39),
            (d0 ^ t0).rotate_left(41),
            (e1 ^ t1).rotate_left(2)
        );
        [a0, a1, a2, a3, a4] = row0;
        [b0, b1, b2, b3, b4] = row1;
        [c0, c1, c2, c3, c4] = row2;
        [d0, d1, d2, d3, d4] = row3;
        [e0, e1, e2, e3, e4] = row4;
        // ι
        a0 ^= constant;
    }
    *state = [
        a0, a1, a2, a3, a4, b0, b1, b2, b3, b4, c0, c1, c2, c3, c4, d0, d1, d2, d3, d4, e0, e1, e2,
        e3, e4,
    ];
}
