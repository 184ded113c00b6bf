//! How long instructions take in the loop and in revm's own, side by side in one process:
//! `cargo run --release -p forerun-interpreter --example loops`.
//!
//! Each row is a handful of instructions many times over in a counted loop; figures are nanoseconds an
//! instruction, the least of a number of rounds in turns, since whatever disturbs only adds.

use forerun_interpreter::{Instructions, run};
use revm::{
    Context, MainContext,
    bytecode::{Bytecode, opcode as op},
    context::CfgEnv,
    database::EmptyDB,
    handler::{MainnetContext, instructions::EthInstructions},
    interpreter::{
        InputsImpl, Interpreter, SharedMemory,
        interpreter::{EthInterpreter, ExtBytecode},
    },
    primitives::{Bytes, U256, hardfork::SpecId},
};
use std::time::{Duration, Instant};

const FORK: SpecId = SpecId::OSAKA;
const ROUNDS: usize = 30;
const REPEATS: usize = 200;
const TURNS: u32 = 500;

type Host = MainnetContext<EmptyDB>;

/// What is repeated, and how many instructions that is. One word is below it on the stack.
const ROWS: [(&str, &[u8], usize); 16] = [
    ("PUSH1 POP", &[op::PUSH1, 7, op::POP], 2),
    ("DUP1 POP", &[op::DUP1, op::POP], 2),
    ("DUP1 SWAP1 POP", &[op::DUP1, op::SWAP1, op::POP], 3),
    ("PUSH1 ADD", &[op::PUSH1, 7, op::ADD], 2),
    ("DUP1 MUL", &[op::DUP1, op::MUL], 2),
    (
        "PUSH1 DUP2 DIV POP",
        &[op::PUSH1, 7, op::DUP2, op::DIV, op::POP],
        4,
    ),
    (
        "DUP1 DUP1 EXP POP",
        &[op::DUP1, op::DUP1, op::EXP, op::POP],
        4,
    ),
    (
        "DUP1 DUP1 LT POP",
        &[op::DUP1, op::DUP1, op::LT, op::POP],
        4,
    ),
    ("DUP1 ISZERO POP", &[op::DUP1, op::ISZERO, op::POP], 3),
    (
        "DUP1 DUP1 AND POP",
        &[op::DUP1, op::DUP1, op::AND, op::POP],
        4,
    ),
    ("PUSH1 SHR", &[op::PUSH1, 1, op::SHR], 2),
    ("PUSH1 MLOAD POP", &[op::PUSH1, 0, op::MLOAD, op::POP], 3),
    (
        "DUP1 PUSH1 MSTORE",
        &[op::DUP1, op::PUSH1, 0, op::MSTORE],
        3,
    ),
    (
        "PUSH1 CALLDATALOAD POP",
        &[op::PUSH1, 0, op::CALLDATALOAD, op::POP],
        3,
    ),
    ("CALLER POP", &[op::CALLER, op::POP], 2),
    ("COINBASE POP", &[op::COINBASE, op::POP], 2),
];

/// `TURNS` times `REPEATS` times the instructions.
fn program(body: &[u8]) -> Bytecode {
    let turns = TURNS.to_be_bytes();
    let mut code = vec![op::PUSH1, 1, op::PUSH1, 0, op::MSTORE];
    code.extend([
        op::PUSH4,
        turns[0],
        turns[1],
        turns[2],
        turns[3],
        op::PUSH13,
    ]);
    code.extend(1..=13);
    let start = code.len() as u8;
    code.push(op::JUMPDEST);
    for _ in 0..REPEATS {
        code.extend(body);
    }
    // Counts down below the word.
    code.extend([op::SWAP1, op::PUSH1, 1, op::SWAP1, op::SUB, op::SWAP1]);
    code.extend([op::DUP2, op::PUSH1, start, op::JUMPI]);
    Bytecode::new_legacy(Bytes::from(code))
}

fn timed(code: &Bytecode, run: impl FnOnce(&mut Interpreter<EthInterpreter>)) -> Duration {
    let inputs = InputsImpl {
        input: revm::interpreter::CallInput::Bytes(Bytes::from_static(&[3; 64])),
        ..InputsImpl::default()
    };
    let mut interpreter = Interpreter::<EthInterpreter>::new(
        SharedMemory::new(),
        ExtBytecode::new(code.clone()),
        inputs,
        false,
        FORK,
        u64::MAX / 2,
    );
    let start = Instant::now();
    run(&mut interpreter);
    let time = start.elapsed();
    assert_eq!(interpreter.stack.data()[0], U256::ZERO, "it counted down");
    time
}

fn main() {
    let instructions = Instructions::<Host>::new(FORK);
    let own = EthInstructions::<EthInterpreter, Host>::new_mainnet_with_spec(FORK);
    let mut host = Context::mainnet().with_cfg(CfgEnv::new_with_spec(FORK));
    println!("{:24} {:>8} {:>8} {:>8}", "", "revm's", "ours", "ratio");
    for (name, body, count) in ROWS {
        let code = program(body);
        let (mut revms, mut ours) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            revms = revms.min(timed(&code, |interpreter| {
                interpreter.run_plain(own.instruction_table(), own.gas_table(), &mut host);
            }));
            ours = ours.min(timed(&code, |interpreter| {
                run(interpreter, &instructions, &mut host);
            }));
        }
        let each =
            |time: Duration| time.as_nanos() as f64 / (f64::from(TURNS) * (REPEATS * count) as f64);
        let ratio = each(ours) / each(revms);
        println!(
            "{name:24} {:8.2} {:8.2} {ratio:8.2}",
            each(revms),
            each(ours)
        );
    }
}
