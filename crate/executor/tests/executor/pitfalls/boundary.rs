//! What a block does before its first transaction, the hashes of its ancestors, and storage that was
//! there before the account.

use crate::{
    assembly::Assembly,
    contracts,
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract},
};
use forerun_executor::{
    Block, SystemCalls,
    revm::{
        bytecode::opcode as op,
        primitives::{Address, B256, Bytes, U256, address, hardfork::SpecId, keccak256},
        state::AccountInfo,
    },
};

const HASHES: Address = Address::with_last_byte(0x80);
const PARENT_HASH: B256 = B256::repeat_byte(0x2a);
const BEACON_ROOT: B256 = B256::repeat_byte(0x3b);

/// The history contract as EIP-2935 gives it: asked for a number it answers with a hash.
pub(crate) const HISTORY: Address = address!("0x0000F90827F1C53a10cb7A02335B175320002935");
const HISTORY_CODE: &str = "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

/// The beacon roots contract as EIP-4788 gives it: asked for a time it answers with a root, or
/// reverts if it has none.
pub(crate) const ROOTS: Address = address!("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
const ROOTS_CODE: &str = "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

/// The world with the contracts that the protocol calls before a block.
pub(crate) fn world() -> World {
    let mut world = World::new();
    for (address, code) in [(HISTORY, HISTORY_CODE), (ROOTS, ROOTS_CODE)] {
        install(&mut world, address, code.parse::<Bytes>().expect("hex"));
    }
    let hashes = Assembly::new().argument(0).op(&[op::BLOCKHASH]);
    install(&mut world, HASHES, hashes.remember(0).give_back(1).code());
    world
}

fn called(fork: SpecId) -> Block {
    let mut block = block(fork, Vec::new());
    block.rules.system_calls = Some(SystemCalls {
        parent_hash: PARENT_HASH,
        parent_beacon_block_root: Some(BEACON_ROOT),
        deposit_contract: Address::ZERO,
    });
    block
}

#[test]
fn p24_first_transaction_sees_what_the_protocol_s_calls_wrote() {
    for fork in [
        SpecId::SHANGHAI,
        SpecId::CANCUN,
        SpecId::PRAGUE,
        SpecId::OSAKA,
    ] {
        let mut block = called(fork);
        block.transactions = in_order(vec![
            ask(0, 0, HISTORY, U256::from(99)),
            ask(1, 0, ROOTS, block.env.timestamp),
            send(2, 0, STRANGER, 1),
            ask(3, 0, HISTORY, U256::from(99)),
            ask(4, 0, ROOTS, block.env.timestamp),
        ]);
        let outcome = judge_all_ways(&block, &world());
        let has_history = fork.is_enabled_in(SpecId::PRAGUE);
        let hash = if has_history {
            U256::from_be_bytes(PARENT_HASH.0)
        } else {
            U256::ZERO
        };
        for index in [0, 3] {
            assert_eq!(returned(&outcome, index), [hash], "{fork:?}, {index}");
        }
        let has_roots = fork.is_enabled_in(SpecId::CANCUN);
        for index in [1, 4] {
            assert_eq!(succeeded(&outcome, index), has_roots, "{fork:?}, {index}");
            if has_roots {
                let root = U256::from_be_bytes(BEACON_ROOT.0);
                assert_eq!(returned(&outcome, index), [root], "{fork:?}, {index}");
            }
        }
        let slot = stored(&outcome, HISTORY, U256::from(99));
        assert_eq!(slot, has_history.then_some(hash), "{fork:?}");
    }
}

#[test]
fn p24_first_transaction_may_refuse_and_the_protocol_s_writes_stay() {
    let mut block = called(SpecId::OSAKA);
    block.transactions = vec![
        send(0, 7, STRANGER, 1),
        ask(1, 0, HISTORY, U256::from(99)),
        send(0, 8, STRANGER, 1),
    ];
    let outcome = judge_all_ways(&block, &world());
    let hash = U256::from_be_bytes(PARENT_HASH.0);
    assert!(refusal(&outcome, 0).is_some());
    assert_eq!(returned(&outcome, 1), [hash]);
    assert_eq!(stored(&outcome, HISTORY, U256::from(99)), Some(hash));
}

#[test]
fn p24_hashes_of_ancestors_go_back_256_blocks() {
    for fork in ERAS {
        let mut block = block(fork, Vec::new());
        block.env.number = U256::from(1000);
        let numbers = [999, 1000, 1001, 744, 743, 998, 0, 999];
        let ask = |(place, number)| ask(place % 5, 0, HASHES, U256::from(number));
        let transactions = numbers.into_iter().enumerate().map(ask);
        block.transactions = in_order(transactions.collect());
        let outcome = judge_all_ways(&block, &world());
        for (index, number) in numbers.into_iter().enumerate() {
            // The world makes up its hashes from the numbers.
            let expected = if (744..1000u64).contains(&number) {
                keccak256(number.to_be_bytes()).into()
            } else {
                U256::ZERO
            };
            assert_eq!(returned(&outcome, index), [expected], "{fork:?}, {number}");
        }
    }
}

/// EIP-7610 has a creation fail over an account with storage. revm does not, and here everything is
/// as with revm: these creations succeed. The suites' cases that expect the failure are the ones
/// that `npm run conformance` reports as skipped.
#[test]
fn p26_creation_over_an_account_with_storage_is_not_refused() {
    let target = made_by_factory();
    for fork in CREATE2_ERAS {
        let mut world = world();
        let info = AccountInfo::from_balance(U256::ONE);
        world.accounts.insert(target, info);
        for slot in [0, 7] {
            world
                .storage
                .insert((target, U256::from(slot)), U256::from(9));
        }
        let factory = contract(FACTORY);
        let count = |from, slot| call(from, 0, target, U256::from(slot), U256::ONE);
        let transactions = in_order(vec![
            call(0, 0, factory, U256::from(3), U256::ZERO),
            count(1, 0),
            count(2, 7),
            call(3, 0, factory, U256::from(4), U256::ZERO),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        let third = stored(&outcome, factory, U256::from(3));
        assert_eq!(third, Some(word(target)), "{fork:?}: the first time");
        assert_eq!(stored(&outcome, factory, U256::from(4)), None, "{fork:?}");
        // The initcode stores 5 in slot 0; what was stored before is out of sight.
        let change = &outcome.changes.accounts[&target];
        assert!(change.storage_cleared, "{fork:?}");
        let storage: Vec<_> = change.storage.clone().into_iter().collect();
        let expected = [(0, 6), (7, 1)].map(|(slot, n)| (U256::from(slot), U256::from(n)));
        assert_eq!(storage, expected, "{fork:?}");
    }
}

/// As the test before it, on an account that is empty but for its storage. Within the block all is
/// well; the changes do not say that the storage from before is void, so that what is put together
/// of the state below and the changes has it still.
#[test]
fn p26_creation_over_an_empty_account_with_storage_clears_the_storage() {
    let target = made_by_factory();
    let mut world = world();
    world.accounts.insert(target, AccountInfo::default());
    for slot in [0, 7, 8] {
        let key = (target, U256::from(slot));
        world.storage.insert(key, U256::from(9));
    }
    let transactions = vec![
        call(0, 0, contract(FACTORY), U256::from(3), U256::ZERO),
        call(1, 0, target, U256::from(7), U256::ONE),
    ];
    let outcome = judge_all_ways(&block(SpecId::OSAKA, transactions), &world);
    assert_eq!(stored(&outcome, target, U256::from(7)), Some(U256::ONE));
    assert!(outcome.changes.accounts[&target].storage_cleared);
}

/// The address under which the world's factory makes its contract for salt 0.
fn made_by_factory() -> Address {
    contract(FACTORY).create2(B256::ZERO, keccak256(contracts::mortal_initcode()))
}
