//! A seeded choice: the same seed takes the same cases of the same tests, on every machine.

/// Takes `count` of the items, or all where none are to be left out. They keep their order.
pub fn choose<T>(items: Vec<T>, count: Option<usize>, seed: u64) -> Vec<T> {
    let Some(count) = count.filter(|count| *count < items.len()) else {
        return items;
    };
    let mut state = seed;
    let mut wanted = count;
    let mut left = items.len();
    let mut chosen = Vec::with_capacity(count);
    // Each item is taken with the chance that makes every choice of `count` items equally likely.
    for item in items {
        let die = (u128::from(next(&mut state)) * left as u128) >> 64;
        if die < wanted as u128 {
            chosen.push(item);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}

/// The generator `SplitMix64`, as Steele, Lea and Flood published it.
const fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_asked_size_and_keeps_the_order() {
        let items: Vec<u32> = (0..1000).collect();
        for seed in 0..50 {
            let some = choose(items.clone(), Some(17), seed);
            assert_eq!(some.len(), 17);
            assert!(some.is_sorted(), "{some:?}");
        }
        assert_eq!(choose(items.clone(), Some(1000), 1), items);
        assert_eq!(choose(items.clone(), None, 1), items);
        assert!(choose(items, Some(0), 1).is_empty());
    }

    #[test]
    fn the_seed_decides() {
        let items: Vec<u32> = (0..1000).collect();
        let of = |seed| choose(items.clone(), Some(17), seed);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    // First outputs of the reference implementation for the seed 1234567.
    #[test]
    fn the_generator_is_splitmix64() {
        let mut state = 1_234_567;
        assert_eq!(next(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(next(&mut state), 3_203_168_211_198_807_973);
    }
}
