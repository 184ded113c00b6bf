//! Which sides a scout took of the choices that it came by in a transaction.
//!
//! It comes by one at every few instructions, so they stand in a table of their own in which a place is
//! found at once or nearly so; in a map with a hasher made for keys of the chain, finding them took a
//! sixth of what scouts take.

/// Places in the table: a power of two, several times as many as transactions have choices.
const PLACES: usize = 4_096;
/// Of more choices the scout forgets all it took, and goes on as if it had just begun.
const MOST: usize = PLACES / 2;

/// A choice: where in memory its jump is, and which sides were taken. It counts in one round only.
#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    place: usize,
    round: u32,
    sides: u8,
}

/// The sides taken of each choice, by where it is.
#[derive(Debug)]
pub(super) struct Choices {
    table: Vec<Choice>,
    round: u32,
    count: usize,
}

impl Choices {
    pub(super) fn new() -> Self {
        Self {
            table: vec![Choice::default(); PLACES],
            round: 1,
            count: 0,
        }
    }

    /// Forgets all of them.
    pub(super) const fn forget(&mut self) {
        self.round += 1;
        self.count = 0;
    }

    /// The sides that were taken of the choice at a place: bit 0 for going on, bit 1 for the jump.
    pub(super) fn at(&mut self, place: usize) -> &mut u8 {
        // By Fibonacci: places are close together.
        let mut at = (place as u32).wrapping_mul(0x9e37_79b1) as usize >> 20;
        loop {
            at %= PLACES;
            let choice = &self.table[at];
            if choice.round != self.round {
                if self.count == MOST {
                    self.forget();
                }
                self.count += 1;
                self.table[at] = Choice {
                    place,
                    round: self.round,
                    sides: 0,
                };
                break;
            }
            if choice.place == place {
                break;
            }
            at += 1;
        }
        &mut self.table[at].sides
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_has_its_own_sides_until_they_are_forgotten() {
        let mut choices = Choices::new();
        for round in 0..3 {
            for place in (0..MOST).map(|at| at * 7) {
                assert_eq!(*choices.at(place), 0, "{place} in round {round}");
                *choices.at(place) = 1 + (place % 3) as u8;
            }
            for place in (0..MOST).map(|at| at * 7) {
                assert_eq!(*choices.at(place), 1 + (place % 3) as u8);
            }
            choices.forget();
        }
    }

    #[test]
    fn too_many_are_forgotten_together() {
        let mut choices = Choices::new();
        for place in 0..=MOST {
            *choices.at(place) = 3;
        }
        assert_eq!(*choices.at(MOST), 3);
        assert_eq!(*choices.at(0), 0);
    }
}
