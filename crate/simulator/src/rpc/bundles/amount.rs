//! What somebody gained, or lost.

use alloy_primitives::U256;
use std::fmt;

/// A difference of balances, in wei. Any two balances have one, which a two's complement of their
/// own size would not hold. Sums stop at the largest number there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Never set for zero.
    is_loss: bool,
    size: U256,
}

impl Amount {
    fn new(is_loss: bool, size: U256) -> Self {
        Self {
            is_loss: is_loss && !size.is_zero(),
            size,
        }
    }

    /// What is gained by having `after` instead of `before`.
    pub(crate) fn between(before: U256, after: U256) -> Self {
        Self::new(after < before, after.abs_diff(before))
    }

    /// The sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        if self.is_loss == other.is_loss {
            Self::new(self.is_loss, self.size.saturating_add(other.size))
        } else if self.is_loss {
            Self::between(self.size, other.size)
        } else {
            Self::between(other.size, self.size)
        }
    }

    /// What is left of it without `other`.
    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self::new(!other.is_loss, other.size))
    }

    /// A share of so many in a hundred, rounded towards nothing.
    pub(crate) fn percent(self, percent: u64) -> Self {
        // In two halves, since a hundred times all there is would be more.
        let (percent, hundred) = (U256::from(percent), U256::from(100));
        let whole = (self.size / hundred).saturating_mul(percent);
        let rest = (self.size % hundred).saturating_mul(percent) / hundred;
        Self::new(self.is_loss, whole.saturating_add(rest))
    }

    /// What it comes to for a unit of gas, rounded down. Nothing if no gas was used.
    pub(crate) fn per(self, gas: u64) -> Self {
        let gas = U256::from(gas);
        let each = self.size.checked_div(gas).unwrap_or_default();
        let is_rounded = each.saturating_mul(gas) != self.size && !gas.is_zero();
        let down = U256::from(u8::from(self.is_loss && is_rounded));
        Self::new(self.is_loss, each.saturating_add(down))
    }

    /// The gain, unless it is a loss.
    pub(crate) fn gain(self) -> Option<U256> {
        (!self.is_loss).then_some(self.size)
    }
}

impl From<U256> for Amount {
    fn from(size: U256) -> Self {
        Self::new(false, size)
    }
}

/// In decimals.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_loss { "-" } else { "" };
        write!(f, "{sign}{}", self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(number: i64) -> Amount {
        Amount::new(number < 0, U256::from(number.unsigned_abs()))
    }

    #[test]
    fn sums_and_differences_are_those_of_whole_numbers() {
        for a in -5..=5 {
            for b in -5..=5 {
                assert_eq!(amount(a).plus(amount(b)), amount(a + b), "{a} + {b}");
                assert_eq!(amount(a).minus(amount(b)), amount(a - b), "{a} - {b}");
            }
        }
    }

    #[test]
    fn a_unit_of_gas_is_rounded_down_and_a_share_towards_nothing() {
        for a in -9_i64..=9 {
            for gas in 1_u64..=4 {
                let expected = a.div_euclid(gas.try_into().unwrap());
                assert_eq!(amount(a).per(gas), amount(expected), "{a} per {gas}");
            }
        }
        assert_eq!(amount(5).per(0), amount(0));
        assert_eq!(amount(199).percent(50), amount(99));
        assert_eq!(amount(-199).percent(50), amount(-99));
    }

    #[test]
    fn the_largest_balances_have_a_difference() {
        let all = Amount::between(U256::ZERO, U256::MAX);
        let none = Amount::between(U256::MAX, U256::ZERO);
        assert_eq!(all.plus(none), Amount::default());
        assert_eq!(all.percent(100), all);
        assert_eq!(none.to_string(), format!("-{}", U256::MAX));
        assert_eq!(all.plus(all), all);
    }
}
