//! Random numbers, and programs drawn with them.

use revm::{
    bytecode::opcode as op,
    primitives::{U256, hardfork::SpecId},
};
use std::{env, time::SystemTime};

/// All forks that revm knows.
pub(crate) const FORKS: [SpecId; 15] = [
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
    SpecId::AMSTERDAM,
];

/// How many cases a run has, and its seed, which it prints.
pub(crate) fn run_of(what: &str, default: u64) -> (u64, Random) {
    let cases = number("FORERUN_CASES").unwrap_or(default);
    let seed = number("FORERUN_SEED").unwrap_or_else(any_seed);
    println!("{what}: seed {seed}, {cases} cases (FORERUN_SEED={seed} repeats)");
    (cases, Random(seed))
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    )
}

fn any_seed() -> u64 {
    // There is no clock in WebAssembly.
    if cfg!(target_arch = "wasm32") {
        return 1;
    }
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    time.map_or(1, |time| time.as_secs())
}

/// A generator of the kind called `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len() as u64) as usize]
    }

    /// One time in so many.
    pub(crate) const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn fork(&mut self) -> SpecId {
        self.of(&FORKS)
    }

    /// A word: small, at the edge of something, or anything.
    pub(crate) fn word(&mut self) -> U256 {
        match self.below(8) {
            0 | 1 => U256::from(self.below(300)),
            2 => U256::from(self.next()),
            3 => U256::from(1) << self.below(256) as usize,
            4 => (U256::from(1) << self.below(256) as usize).wrapping_sub(U256::from(1)),
            5 => U256::ZERO.wrapping_sub(U256::from(self.below(300))),
            6 => U256::from_limbs([0; 4].map(|_| self.of(&[0, 1, u64::MAX, 1 << 63, 1 << 32]))),
            _ => U256::from_limbs([0; 4].map(|_| self.next())),
        }
    }

    /// Gas: plenty, or so little that it will not do for long.
    pub(crate) const fn gas(&mut self) -> u64 {
        match self.below(4) {
            0 => self.below(400),
            1 => self.below(5_000),
            _ => 20_000 + self.below(60_000),
        }
    }

    /// A program. Most of it makes sense, so that it gets somewhere.
    pub(crate) fn program(&mut self, fork: SpecId) -> Vec<u8> {
        let mut code = Code::default();
        match self.below(12) {
            0 => code.fill_stack(self),
            1 => {}
            _ => (0..10 + self.below(20)).for_each(|_| code.push(self)),
        }
        for _ in 0..self.below(90) + 2 {
            match self.below(200) {
                0..80 => code.plain(self),
                80..120 => code.push(self),
                120..150 => code.memory(self),
                150..170 => code.jump(self),
                170..180 => code.data(self),
                180..199 => code.rest(self),
                _ => code.bytes.push(self.next() as u8),
            }
        }
        if self.once_in(3) {
            code.result(self);
        }
        if self.once_in(6) {
            // In the middle of what it pushes, perhaps.
            code.bytes
                .truncate(self.below(code.bytes.len() as u64 + 1) as usize);
        }
        code.heed(fork, self);
        code.aim_jumps(self);
        code.bytes
    }
}

/// A program that comes to be.
#[derive(Default)]
struct Code {
    bytes: Vec<u8>,
    /// Where two bytes of a jump's target are.
    targets: Vec<usize>,
}

impl Code {
    fn push_number(&mut self, number: u64) {
        let bytes = number.to_be_bytes();
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
        self.bytes.push(op::PUSH1 + (7 - first) as u8);
        self.bytes.extend(&bytes[first..]);
    }

    fn push(&mut self, random: &mut Random) {
        let length = random.of(&[0, 1, 1, 2, 4, 8, 20, 32, 32, 1 + random.clone().below(32)]);
        self.bytes.push(op::PUSH0 + length as u8);
        let word: [u8; 32] = random.word().to_be_bytes();
        self.bytes.extend(&word[32 - length as usize..]);
    }

    /// Of the instructions that have an arm those that only know the stack.
    fn plain(&mut self, random: &mut Random) {
        let opcode = match random.below(8) {
            0 | 1 => op::DUP1 + random.below(if random.clone().once_in(3) { 16 } else { 3 }) as u8,
            2 => op::SWAP1 + random.below(if random.clone().once_in(3) { 16 } else { 3 }) as u8,
            3 => op::POP,
            4 => random.of(&[
                op::ADD,
                op::SUB,
                op::MUL,
                op::ADD,
                op::SUB,
                op::DIV,
                op::MOD,
            ]),
            5 => op::LT + random.below(14) as u8,
            6 => random.of(&[
                op::ADDRESS,
                op::CALLER,
                op::CALLVALUE,
                op::CALLDATASIZE,
                op::CODESIZE,
                op::RETURNDATASIZE,
                op::PC,
                op::MSIZE,
                op::GAS,
                op::JUMPDEST,
                op::JUMPDEST,
            ]),
            _ => op::ADD + random.below(11) as u8,
        };
        self.bytes.push(opcode);
    }

    fn memory(&mut self, random: &mut Random) {
        if !random.once_in(60) {
            self.offset(random);
        }
        self.bytes
            .push(random.of(&[op::MLOAD, op::MSTORE, op::MSTORE, op::MSTORE8]));
    }

    /// An offset in memory or in the input: near, or at the edge of what can be addressed.
    fn offset(&mut self, random: &mut Random) {
        match random.below(200) {
            0 => self.push(random),
            1 => {
                let edge = random.of(&[1 << 20, u64::from(u32::MAX), 1 << 32, u64::MAX]);
                self.push_number(edge.wrapping_sub(random.below(64)));
            }
            _ => self.push_number(random.below(256)),
        }
    }

    fn data(&mut self, random: &mut Random) {
        match random.below(4) {
            0 => {
                for _ in 0..3 {
                    self.push_number(random.below(80));
                }
                self.bytes.push(random.of(&[
                    op::CALLDATACOPY,
                    op::CODECOPY,
                    op::MCOPY,
                    op::RETURNDATACOPY,
                ]));
            }
            1 => {
                self.push_number(random.below(80));
                self.offset(random);
                self.bytes.push(op::KECCAK256);
            }
            _ => {
                self.offset(random);
                self.bytes.push(op::CALLDATALOAD);
            }
        }
    }

    /// What revm does itself: storage, logs, calls of whoever there is, and creations.
    fn rest(&mut self, random: &mut Random) {
        let opcode = random.of(&[
            op::SLOAD,
            op::SSTORE,
            op::TLOAD,
            op::TSTORE,
            op::LOG0,
            op::LOG1,
            op::BALANCE,
            op::SELFBALANCE,
            op::EXTCODESIZE,
            op::EXTCODEHASH,
            op::CALL,
            op::CALLCODE,
            op::DELEGATECALL,
            op::STATICCALL,
            op::CREATE,
            op::CREATE2,
            op::COINBASE,
            op::CLZ,
        ]);
        match opcode {
            op::CALL | op::CALLCODE | op::DELEGATECALL | op::STATICCALL => {
                for _ in 0..4 {
                    self.push_number(random.below(100));
                }
                if matches!(opcode, op::CALL | op::CALLCODE) {
                    self.push_number(random.of(&[0, 0, 0, 1]));
                }
                self.push_number(random.of(&[1, 4, 0x1000, 0x1001, 0x1002, 0x1003]));
                self.push_number(random.of(&[0, 700, 5_000, 30_000, 1_000_000]));
            }
            op::CREATE | op::CREATE2 => {
                self.push_number(random.below(50));
                self.push_number(random.below(50));
                self.push_number(random.below(100));
                self.push_number(random.of(&[0, 0, 1]));
            }
            _ => {
                for _ in 0..3 {
                    self.push_number(random.of(&[0, 1, 2, 32, 0x1000]));
                }
            }
        }
        self.bytes.push(opcode);
    }

    fn jump(&mut self, random: &mut Random) {
        if random.once_in(3) {
            self.bytes.push(op::JUMPDEST);
            return;
        }
        let conditional = !random.once_in(3);
        if conditional && random.once_in(2) {
            self.push_number(random.below(2));
        }
        if random.once_in(40) {
            self.push(random);
        } else {
            self.bytes.extend([op::PUSH2, 0, 0]);
            self.targets.push(self.bytes.len() - 2);
        }
        self.bytes
            .push(if conditional { op::JUMPI } else { op::JUMP });
    }

    fn result(&mut self, random: &mut Random) {
        self.push_number(random.below(80));
        self.push_number(random.below(80));
        self.bytes
            .push(random.of(&[op::RETURN, op::RETURN, op::REVERT]));
    }

    /// So many words that few more fit, or none.
    fn fill_stack(&mut self, random: &mut Random) {
        self.push(random);
        let words = 1_024 - random.below(8) as usize;
        self.bytes.extend(vec![op::DUP1; words - 1]);
    }

    /// Puts an instruction that the fork has in the place of nearly every one that it has not.
    fn heed(&mut self, fork: SpecId, random: &mut Random) {
        let mut at = 0;
        while let Some(byte) = self.bytes.get_mut(at) {
            let (since, other) = match *byte {
                op::PUSH0 => (SpecId::SHANGHAI, op::PC),
                op::SHL | op::SHR | op::SAR => (SpecId::PETERSBURG, op::AND),
                op::CLZ => (SpecId::OSAKA, op::NOT),
                op::RETURNDATASIZE => (SpecId::BYZANTIUM, op::MSIZE),
                op::RETURNDATACOPY => (SpecId::BYZANTIUM, op::CODECOPY),
                op::MCOPY => (SpecId::CANCUN, op::CODECOPY),
                op::TLOAD => (SpecId::CANCUN, op::SLOAD),
                op::TSTORE => (SpecId::CANCUN, op::SSTORE),
                op::SELFBALANCE => (SpecId::ISTANBUL, op::PC),
                op::EXTCODEHASH => (SpecId::PETERSBURG, op::EXTCODESIZE),
                op::DELEGATECALL => (SpecId::HOMESTEAD, op::POP),
                op::STATICCALL => (SpecId::BYZANTIUM, op::POP),
                op::CREATE2 => (SpecId::PETERSBURG, op::CREATE),
                op::REVERT => (SpecId::BYZANTIUM, op::RETURN),
                _ => (SpecId::FRONTIER, *byte),
            };
            if !fork.is_enabled_in(since) && !random.once_in(100) {
                *byte = other;
            }
            at += match *byte {
                push @ op::PUSH1..=op::PUSH32 => usize::from(push - op::PUSH0) + 1,
                _ => 1,
            };
        }
    }

    /// Most jumps lead to a `JUMPDEST`, some of these lie in what something pushes, and some jumps lead
    /// anywhere.
    fn aim_jumps(&mut self, random: &mut Random) {
        let ends = self.bytes.len() as u64;
        let places: Vec<u64> = (0..ends)
            .filter(|at| self.bytes[*at as usize] == op::JUMPDEST)
            .collect();
        for at in &self.targets {
            let target = if places.is_empty() || random.once_in(30) {
                random.below(ends + 3)
            } else {
                random.of(&places)
            };
            if let Some(place) = self.bytes.get_mut(*at..at + 2) {
                place.copy_from_slice(&(target as u16).to_be_bytes());
            }
        }
    }
}
