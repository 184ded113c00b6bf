//! Precompiles are accounts too: they can be paid, looked at and called ahead of their turn.

use crate::{
    scenario::*,
    ways::judge_all_ways,
    world::{World, contract},
};
use forerun_executor::revm::primitives::{Address, U256, hardfork::SpecId};

/// All precompiles up to Osaka.
fn precompiles() -> Vec<Address> {
    let low = (1..=0x11).map(Address::with_last_byte);
    let mut high = [0; 20];
    high[18] = 1;
    low.chain([Address::from(high)]).collect()
}

#[test]
fn p25_precompiles_keep_what_they_are_sent() {
    for fork in ERAS {
        let world = world_with_probe(fork);
        let mut transactions = Vec::new();
        for (index, address) in precompiles().into_iter().enumerate() {
            let (first, second) = (index % 5, (index + 2) % 5);
            transactions.push(send(first, 0, address, 100 + index as u64));
            transactions.push(ask(second, 0, PROBE, word(address)));
        }
        let outcome = judge_all_ways(&block(fork, in_order(transactions)), &world);
        let mut kept = 0;
        for (index, address) in precompiles().into_iter().enumerate() {
            // Without input some of them fail, and then nothing is paid.
            let paid = succeeded(&outcome, 2 * index);
            kept += usize::from(paid);
            let balance = if paid { 100 + index as u64 } else { 0 };
            let probed = returned(&outcome, 2 * index + 1);
            let expected = [U256::from(balance), U256::ZERO];
            assert_eq!(probed[..2], expected, "{fork:?}, {address}");
            let after = balance_after(&outcome, &world, address);
            assert_eq!(after, U256::from(balance), "{fork:?}, {address}");
        }
        assert!(kept >= 7, "{fork:?}: {kept}");
    }
}

#[test]
fn p25_payments_to_a_precompile_add_up() {
    for fork in ERAS {
        let identity = Address::with_last_byte(4);
        let observe = |from| {
            let word = word(identity);
            call(from, 0, contract(BALANCE_OBSERVER), word, U256::ZERO)
        };
        let transactions = in_order(vec![
            send(0, 0, identity, 3),
            observe(1),
            send(2, 0, identity, 4),
            send(3, 0, identity, 0),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        let seen = stored(&outcome, contract(BALANCE_OBSERVER), word(identity));
        assert_eq!(seen, Some(U256::from(3)), "{fork:?}");
        let after = balance_after(&outcome, &World::new(), identity);
        assert_eq!(after, U256::from(7), "{fork:?}");
    }
}

#[test]
fn p25_precompile_is_paid_by_a_contract_and_answers() {
    // Until EIP-150 a call that asks for all gas there is fails.
    for fork in ERAS.into_iter().skip(1) {
        let world = world_with_probe(fork);
        let identity = Address::with_last_byte(4);
        let forward = |from, value| {
            let to = contract(FORWARDER);
            let mut tx = call(from, 0, to, word(identity), U256::from(77));
            tx.value = U256::from(value);
            tx
        };
        let transactions = in_order(vec![
            forward(0, 5),
            ask(1, 0, PROBE, word(identity)),
            forward(2, 6),
            ask(3, 0, PROBE, word(identity)),
        ]);
        let outcome = judge_all_ways(&block(fork, transactions), &world);
        assert_eq!(returned(&outcome, 1)[0], U256::from(5), "{fork:?}");
        assert_eq!(returned(&outcome, 3)[0], U256::from(11), "{fork:?}");
        let success = stored(&outcome, contract(FORWARDER), word(identity));
        assert_eq!(success, Some(U256::ONE), "{fork:?}");
    }
}

#[test]
fn p25_precompile_touched_with_nothing_exists_until_eip_161_only() {
    for fork in ERAS {
        let identity = Address::with_last_byte(4);
        let transactions = vec![send(0, 0, identity, 0), send(1, 0, identity, 0)];
        let outcome = judge_all_ways(&block(fork, transactions), &World::new());
        let exists = account_after(&outcome, &World::new(), identity).is_some();
        let expected = !fork.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        assert_eq!(exists, expected, "{fork:?}");
    }
}
