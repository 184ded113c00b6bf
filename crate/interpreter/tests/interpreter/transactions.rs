//! Random contracts that call and create one another: whole transactions, with their state and logs.

use crate::random::{Random, run_of};
use forerun_interpreter::{Instructions, LoopEvm};
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    handler::{EthPrecompiles, MainnetContext},
    primitives::{Address, Bytes, TxKind, U256, hardfork::SpecId},
    state::AccountInfo,
};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: u64 = 3_000;
const SENDER: Address = Address::repeat_byte(0xaa);

type State = CacheDB<EmptyDB>;

fn contract(number: u64) -> Address {
    Address::left_padding_from(&(0x1000 + number).to_be_bytes())
}

fn context(fork: SpecId, state: State) -> MainnetContext<State> {
    let context: Context<BlockEnv, TxEnv, CfgEnv, State, Journal<State>, ()> = Context::mainnet()
        .with_db(state)
        .with_cfg(CfgEnv::new_with_spec(fork));
    context.modify_block_chained(|block| block.gas_limit = 100_000_000)
}

fn world(fork: SpecId, random: &mut Random) -> State {
    let mut state = State::default();
    for number in 0..4 {
        let code = Bytecode::new_legacy(Bytes::from(random.program(fork)));
        let info = AccountInfo::from_balance(U256::from(random.below(3))).with_code(code);
        state.insert_account_info(contract(number), info);
    }
    state.insert_account_info(SENDER, AccountInfo::from_balance(U256::from(u64::MAX)));
    state
}

#[test]
fn random_transactions_come_to_what_revm_makes_of_them() {
    let (cases, mut random) = run_of("random transactions", CASES);
    let mut seen = BTreeMap::<&str, u64>::new();
    for case in 0..cases {
        let fork = random.fork();
        let state = world(fork, &mut random);
        let creates = random.once_in(10);
        let tx = TxEnv {
            caller: SENDER,
            gas_limit: 60_000 + random.below(500_000),
            kind: if creates {
                TxKind::Create
            } else {
                TxKind::Call(contract(random.below(4)))
            },
            data: if creates {
                random.program(fork).into()
            } else {
                (0..random.below(70) as u8).collect()
            },
            value: U256::from(random.below(2)),
            ..TxEnv::default()
        };

        let mut revms = context(fork, state.clone()).build_mainnet();
        let mut ours = LoopEvm::new(
            context(fork, state),
            Instructions::new(fork),
            EthPrecompiles::new(fork),
        );
        assert!(ours.instruction.is_inline());
        let expected = revms.transact_one(tx.clone());
        let result = ours.transact_one(tx.clone());
        assert_eq!(result, expected, "case {case}, {fork:?}, {tx:?}");
        assert_eq!(
            ours.finalize(),
            revms.finalize(),
            "case {case}, {fork:?}, {tx:?}"
        );
        let kind = match &result {
            Ok(ExecutionResult::Success { logs, .. }) if logs.is_empty() => "success",
            Ok(ExecutionResult::Success { .. }) => "success with logs",
            Ok(ExecutionResult::Revert { .. }) => "revert",
            Ok(ExecutionResult::Halt { .. }) => "halt",
            Err(_) => "refused",
        };
        *seen.entry(kind).or_default() += 1;
    }
    println!("{cases} transactions, no difference: {seen:?}");
    for kind in ["success", "success with logs", "revert", "halt"] {
        assert!(seen.contains_key(kind), "no transaction came to {kind}");
    }
}
