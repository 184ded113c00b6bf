//! Gas of the block: what a transaction is charged, after refunds and floors, decides what fits in
//! behind it.

use crate::{contracts, scenario::*, ways::judge_all_ways, world::World};
use forerun_executor::{
    Block, Rejection, TransactionOutcome,
    revm::{
        context::TxEnv,
        primitives::{Address, U256, hardfork::SpecId},
    },
};

const SETTER: Address = Address::with_last_byte(0x80);

fn tight(fork: SpecId, limit: u64, transactions: Vec<TxEnv>) -> Block {
    let mut block = block(fork, in_order(transactions));
    block.env.gas_limit = limit;
    block.rules.gas_admission = true;
    block
}

fn limited(tx: TxEnv, gas_limit: u64) -> TxEnv {
    TxEnv { gas_limit, ..tx }
}

#[track_caller]
fn assert_refused(outcome: &forerun_executor::BlockOutcome, index: usize, limit: u64) {
    let used: u64 = (0..index).map(|index| gas_used(outcome, index)).sum();
    match &outcome.transactions[index] {
        TransactionOutcome::Rejected(Rejection::BlockGas {
            limit: asked,
            remaining,
        }) => assert_eq!((*asked, *remaining), (limit, limit - 1), "{used} used"),
        other => panic!("{index}: {other:?}"),
    }
}

#[test]
fn p17_admission_goes_by_the_gas_that_is_left() {
    for fork in ERAS {
        let payments = |last| {
            let mut transactions: Vec<_> = (0..4).map(|from| send(from, 0, STRANGER, 1)).collect();
            transactions[3].gas_limit = last;
            transactions
        };
        // After two payments 408,000 are left, after three 387,000: just enough for the last one.
        let block = tight(fork, 450_000, payments(387_000));
        let outcome = judge_all_ways(&block, &World::new());
        assert_eq!(outcome.gas_used, 4 * TRANSFER, "{fork:?}");

        let block = tight(fork, 450_000, payments(387_001));
        let outcome = judge_all_ways(&block, &World::new());
        assert_refused(&outcome, 3, 387_001);
    }
}

#[test]
fn p17_refund_makes_room_for_the_next_transaction() {
    // EIP-3529: clearing a slot gives back 4,800 gas; before, it was 15,000. At most a fifth of the
    // gas is given back, before that a half.
    for (fork, refund, share) in [
        (SpecId::SPURIOUS_DRAGON, 15_000, 2),
        (SpecId::BERLIN, 15_000, 2),
        (SpecId::LONDON, 4_800, 5),
        (SpecId::SHANGHAI, 4_800, 5),
        (SpecId::OSAKA, 4_800, 5),
    ] {
        let mut world = World::new();
        install(&mut world, SETTER, contracts::setter());
        world.storage.insert((SETTER, U256::ONE), U256::from(9));
        let clear = || call(0, 0, SETTER, U256::ONE, U256::ZERO);
        let keep = || call(0, 0, SETTER, U256::ONE, U256::from(8));
        let used = |tx| gas_used(&judge_all_ways(&block(fork, vec![tx]), &world), 0);
        let (cleared, kept) = (used(clear()), used(keep()));
        // The word in the calldata that is zero is all there is between the two beside the refund.
        let calldata = if fork.is_enabled_in(SpecId::ISTANBUL) {
            16 - 4
        } else {
            68 - 4
        };
        let charged = kept - calldata;
        // EIP-7623: one byte that is not zero counts as four, and each takes at least 10.
        let floor = if fork.is_enabled_in(SpecId::PRAGUE) {
            TRANSFER + 10 * (63 + 4)
        } else {
            0
        };
        let given_back = refund.min(charged / share);
        assert_eq!(cleared, floor.max(charged - given_back), "{fork:?}");

        let next = |gas_limit| limited(send(1, 0, STRANGER, 1), gas_limit);
        let limit = cleared + TRANSFER;
        let rest = limited(clear(), limit);
        let transactions = vec![rest.clone(), next(TRANSFER)];
        let fitting = tight(fork, limit, transactions);
        let outcome = judge_all_ways(&fitting, &world);
        assert_eq!(
            outcome.gas_used, limit,
            "{fork:?}: it fits thanks to the refund"
        );

        let transactions = vec![rest, next(TRANSFER + 1)];
        let outcome = judge_all_ways(&tight(fork, limit, transactions), &world);
        assert_refused(&outcome, 1, TRANSFER + 1);
    }
}

#[test]
fn p17_floor_of_calldata_leaves_less_room() {
    // EIP-7623: a thousand bytes that are not zero take at least 40 gas each, without it 16.
    for (fork, each) in [
        (SpecId::ISTANBUL, 16),
        (SpecId::CANCUN, 16),
        (SpecId::PRAGUE, 40),
        (SpecId::OSAKA, 40),
    ] {
        let charged = TRANSFER + 1000 * each;
        let data = TxEnv {
            data: vec![1; 1000].into(),
            ..limited(send(0, 0, STRANGER, 0), 80_000)
        };
        for extra in [0, 1] {
            let last = limited(send(1, 0, STRANGER, 1), 50_000 + extra);
            let block = tight(fork, charged + 50_000, vec![data.clone(), last]);
            let outcome = judge_all_ways(&block, &World::new());
            assert_eq!(gas_used(&outcome, 0), charged, "{fork:?}");
            if extra == 0 {
                assert_eq!(gas_used(&outcome, 1), TRANSFER, "{fork:?}");
            } else {
                assert_refused(&outcome, 1, 50_001);
            }
        }
    }
}

#[test]
fn p17_refused_transaction_takes_no_gas_and_leaves_its_nonce() {
    for fork in ERAS {
        let mut transactions = in_order(vec![
            send(0, 0, STRANGER, 1),
            limited(send(1, 0, STRANGER, 1), 429_001),
            limited(send(1, 0, STRANGER, 2), 429_000),
            send(2, 0, STRANGER, 4),
        ]);
        transactions[2].nonce = 0;
        let mut block = tight(fork, 450_000, Vec::new());
        block.transactions = transactions;
        let outcome = judge_all_ways(&block, &World::new());
        assert_refused(&outcome, 1, 429_001);
        assert_eq!(outcome.gas_used, 3 * TRANSFER, "{fork:?}");
        let received = balance_after(&outcome, &World::new(), STRANGER);
        assert_eq!(received, U256::from(1 + 2 + 4), "{fork:?}");
    }
}
