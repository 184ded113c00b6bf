//! What is shown to whoever runs ahead, in every order.

use super::{Run, explore};
use crate::{
    place::Place,
    schedule::Head,
    visible::{Visible, version_of},
    writes::{AccountWrite, SlotWrite, Writes},
};
use loom::thread;
use revm::primitives::{Address, U256};
use std::sync::Arc;

const ACCOUNT: Address = Address::repeat_byte(0xaa);
const SLOT: U256 = U256::from_limbs([7, 0, 0, 0]);

/// Of a transaction that voids the account's storage and writes into it again.
fn wrote(value: u64) -> Writes {
    Writes {
        accounts: vec![AccountWrite {
            address: ACCOUNT,
            info: Some(None),
            storage_cleared: true,
            moved_from: None,
        }],
        slots: vec![SlotWrite {
            address: ACCOUNT,
            slot: SLOT,
            value: U256::from(value),
        }],
    }
}

/// What a reader of transaction 9 sees in the slot.
fn seen(visible: &Visible) -> Option<u64> {
    let place = Place::of_slot(ACCOUNT, SLOT);
    let written = visible.storage(ACCOUNT, SLOT, place, version_of(9));
    written.map(|written| written.value.to())
}

#[test]
fn what_was_published_before_it_was_executed_is_visible_behind_it() {
    explore(3, || {
        let shared = Arc::new((Run::new(2, 3), Visible::new(2)));
        let helper = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (run, visible) = &*shared;
                if let Some(index) = run.schedule.claim(false) {
                    visible.publish(version_of(index), &wrote(10));
                    run.schedule.executed(index);
                }
            })
        };
        let (run, visible) = &*shared;
        while let (head, Head::Untouched) = run.schedule.look_at_head() {
            run.schedule.settled(head);
        }
        if run.schedule.look_at_head().1 == Head::Executed {
            assert_eq!(seen(visible), Some(10));
        }
        helper.join().expect("it ends");
    });
}

#[test]
fn a_reader_meanwhile_sees_a_value_that_was_there_and_one_afterwards_the_last() {
    explore(3, || {
        let visible = Arc::new(Visible::new(2));
        let other = {
            let visible = Arc::clone(&visible);
            thread::spawn(move || {
                visible.publish(version_of(1), &wrote(10));
                visible.publish(version_of(2), &wrote(20));
                visible.retract(version_of(2), &wrote(20));
            })
        };
        // Zero is what a storage holds that is void and not yet written again.
        assert!(matches!(seen(&visible), None | Some(0 | 10 | 20)));
        other.join().expect("it ends");
        assert_eq!(seen(&visible), Some(10));
    });
}
