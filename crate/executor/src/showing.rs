//! How much the driver shows of what it settles.

/// So many transactions in a row that read nothing of the block have to be settled before values are
/// no longer shown.
const FIRST_PATIENCE: u32 = 16;

/// Decides whether values are worth showing, from what those that ran ahead have read.
///
/// Showing takes a tenth of the time of a small transaction. It pays when a helper reads the value;
/// where transactions have nothing to do with one another, none does. When one turns out to have
/// missed a value, showing begins again, and it takes twice as long until it ends the next time.
#[derive(Debug)]
pub(crate) struct ShowingControl {
    shows: bool,
    unread: u32,
    patience: u32,
}

impl ShowingControl {
    pub(crate) const fn new() -> Self {
        Self {
            shows: true,
            unread: 0,
            patience: FIRST_PATIENCE,
        }
    }

    /// Whether values are to be shown while anybody runs ahead.
    pub(crate) const fn shows(&self) -> bool {
        self.shows
    }

    /// Takes note of a transaction that was run ahead. Whether to show from now on, if that has changed.
    pub(crate) const fn checked(&mut self, saw_writes: bool, stands: bool) -> Option<bool> {
        if saw_writes || !stands {
            self.unread = 0;
        } else {
            self.unread = self.unread.saturating_add(1);
        }
        if !self.shows && !stands {
            self.patience = self.patience.saturating_mul(2);
        } else if !self.shows || self.unread < self.patience {
            return None;
        }
        self.shows = !self.shows;
        Some(self.shows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_until_nobody_has_read_any_for_a_while() {
        let mut control = ShowingControl::new();
        for _ in 1..FIRST_PATIENCE {
            assert_eq!(control.checked(false, true), None);
        }
        assert_eq!(control.checked(true, true), None);
        for _ in 1..FIRST_PATIENCE {
            assert_eq!(control.checked(false, true), None);
        }
        assert_eq!(control.checked(false, true), Some(false));
        assert!(!control.shows());
    }

    #[test]
    fn a_value_that_was_missed_has_them_shown_for_longer() {
        let mut control = ShowingControl::new();
        for _ in 0..FIRST_PATIENCE {
            control.checked(false, true);
        }
        assert_eq!(control.checked(false, false), Some(true));
        for _ in 1..2 * FIRST_PATIENCE {
            assert_eq!(control.checked(false, true), None);
        }
        assert_eq!(control.checked(false, true), Some(false));
    }
}
