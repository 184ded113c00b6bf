//! A program that has this allocator for its own.

use forerun_allocator::ThreadCaching;
use std::{collections::BTreeMap, sync::mpsc, thread};

#[global_allocator]
static ALLOCATOR: ThreadCaching = ThreadCaching;

#[test]
fn collections_grow_move_between_threads_and_shrink() {
    let (sender, receiver) = mpsc::channel::<BTreeMap<String, Vec<u64>>>();
    let makers: Vec<_> = (0..3_u64)
        .map(|maker| {
            let sender = sender.clone();
            thread::spawn(move || {
                for round in 0..200_u64 {
                    let entry =
                        |key: u64| (format!("{maker}/{round}/{key}"), (0..key * 7).collect());
                    sender
                        .send((0..20).map(entry).collect())
                        .expect("somebody listens");
                }
            })
        })
        .collect();
    drop(sender);
    let mut sum = 0;
    for mut map in receiver {
        for list in map.values_mut() {
            list.retain(|number| number % 2 == 0);
            list.shrink_to_fit();
            sum += list.iter().sum::<u64>();
        }
    }
    for maker in makers {
        maker.join().expect("it did not panic");
    }
    let even_below = |limit: u64| (0..limit).step_by(2).sum::<u64>();
    assert_eq!(
        sum,
        600 * (0..20).map(|key| even_below(key * 7)).sum::<u64>()
    );
}
