//! What those who run ahead are told of what the driver settles, and what the driver remembers of it.

use crate::{
    StateSource,
    marks::Marks,
    overlay::Overlay,
    place::Place,
    store::Store,
    visible::{Version, Visible},
    writes::{AccountWrite, Writes},
};
use revm::{
    context::Journal,
    context_interface::journaled_state::entry::JournalEntry,
    primitives::{Address, U256},
};

/// How many changed slots are kept at least to be shown later. Whoever runs ahead of a chain of
/// transactions reads what the last of them wrote; to show all of a block at once would take long.
const RECENT: usize = 128;

/// The helpers, as the driver knows them.
///
/// Where the driver has written is marked always and at once, for the driver itself: validation rests
/// on it. The values are for the helpers, who do without where they must. So they are shown only
/// while that pays, and of what was settled meanwhile only the latest.
///
/// The fee for the coinbase is not shown: nearly nobody looks at it, and all transactions pay it. Nor
/// is what is of no interest, see [`AccountWrite::is_of_interest`].
#[derive(Debug)]
pub(crate) struct Audience<'a> {
    visible: &'a Visible,
    pub(crate) marks: Marks,
    /// Whether values are shown.
    shows: bool,
    version: Version,
    /// Who sends the transaction, so often changed that it is marked beforehand.
    sender: Address,
    /// Accounts that changed and are to be shown.
    accounts: Vec<Address>,
    /// Slots that changed and were not shown yet.
    slots: Vec<(Address, U256)>,
    /// The accounts among them that were created.
    created: Vec<Address>,
    /// Room for putting them in order.
    order: Vec<(u64, usize)>,
}

impl<'a> Audience<'a> {
    /// An audience that is shown everything, for a block of so many transactions.
    pub(crate) fn new(visible: &'a Visible, transactions: usize) -> Self {
        Self {
            visible,
            marks: Marks::new(transactions),
            shows: true,
            version: 0,
            sender: Address::ZERO,
            accounts: Vec::new(),
            slots: Vec::new(),
            created: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Shows what the block did before its first transaction.
    pub(crate) fn show_start<S: StateSource>(&mut self, written: &Overlay<'_, S>) {
        let Self { visible, marks, .. } = self;
        written.each_write(
            |account| {
                if account.storage_cleared {
                    marks.mark_clearing(account.address);
                } else {
                    marks.mark(Place::of_account(account.address));
                }
                visible.publish_account(0, &account);
            },
            |slot| visible.publish_slot(0, slot.address, slot.slot, slot.value),
        );
        written.each_write(
            |_| {},
            |slot| marks.mark(Place::of_slot(slot.address, slot.slot)),
        );
    }

    /// Says which transaction comes next.
    pub(crate) fn turn_to(&mut self, version: Version, sender: Address) {
        self.version = version;
        self.sender = sender;
        self.marks.mark(Place::of_account(sender));
    }

    /// Begins or ends to show values.
    pub(crate) fn set_shows<S: StateSource>(
        &mut self,
        shows: bool,
        journal: &Journal<Store<'_, S>>,
    ) {
        let begins = shows && !self.shows;
        self.shows = shows;
        if begins {
            self.show(journal);
        }
    }

    /// Takes note of what the transaction in the journal changed. What was reverted has no entry any
    /// more.
    pub(crate) fn settled_directly<S: StateSource>(&mut self, journal: &Journal<Store<'_, S>>) {
        for entry in &journal.inner.journal {
            match entry {
                JournalEntry::BalanceChange { address, .. }
                | JournalEntry::NonceChange { address, .. }
                | JournalEntry::NonceBump { address }
                | JournalEntry::CodeChange { address, .. } => self.account_changed(*address),
                // Touching makes an empty account, or removes one, depending on the fork, and changes
                // no other.
                JournalEntry::AccountTouched { address } => {
                    let account = journal.inner.state.get(address);
                    if account.is_none_or(|account| account.info.is_empty_code_hash()) {
                        self.marks.mark(Place::of_account(*address));
                    }
                }
                JournalEntry::AccountCreated { address, .. } => {
                    self.account_changed(*address);
                    self.marks.mark_clearing(*address);
                    self.created.push(*address);
                }
                JournalEntry::BalanceTransfer { from, to, .. } => {
                    self.account_changed(*from);
                    self.account_changed(*to);
                }
                JournalEntry::AccountDestroyed {
                    address, target, ..
                } => {
                    self.account_changed(*address);
                    self.marks.mark_clearing(*address);
                    self.account_changed(*target);
                }
                JournalEntry::StorageChanged { address, key, .. } => {
                    self.slot_changed(*address, *key);
                }
                JournalEntry::AccountWarmed { .. }
                | JournalEntry::StorageWarmed { .. }
                | JournalEntry::TransientStorageChange { .. } => {}
            }
        }
        if self.shows {
            self.show(journal);
        } else {
            self.forget_old();
        }
    }

    /// Takes note of what a transaction wrote that was run ahead. While values are shown, whoever ran
    /// it has shown them.
    pub(crate) fn took_over(&mut self, writes: &Writes) {
        for write in &writes.accounts {
            if write.storage_cleared {
                self.marks.mark_clearing(write.address);
            }
            self.marks.mark(Place::of_account(write.address));
        }
        for write in &writes.slots {
            self.marks.mark(Place::of_slot(write.address, write.slot));
        }
        if !self.shows {
            let slots = writes.slots.iter();
            self.slots
                .extend(slots.map(|write| (write.address, write.slot)));
            self.forget_old();
        }
    }

    /// Shows what a transaction wrote that ran in a journal of its own, in its turn.
    pub(crate) fn show_writes(&self, writes: &Writes) {
        if self.shows {
            self.visible.publish(self.version, writes);
        }
    }

    fn account_changed(&mut self, address: Address) {
        if address == self.sender {
            return;
        }
        self.marks.mark(Place::of_account(address));
        // What a contract has matters seldom, so it is not kept for later.
        if self.shows {
            self.accounts.push(address);
        }
    }

    fn slot_changed(&mut self, address: Address, slot: U256) {
        self.marks.mark(Place::of_slot(address, slot));
        self.slots.push((address, slot));
    }

    /// Drops from what is to be shown later what is not among the latest.
    fn forget_old(&mut self) {
        fn cut<T>(list: &mut Vec<T>) {
            if list.len() > 2 * RECENT {
                list.drain(..list.len() - RECENT);
            }
        }
        cut(&mut self.slots);
        cut(&mut self.created);
    }

    /// Shows what the changed locations hold now, and forgets them.
    pub(crate) fn show<S: StateSource>(&mut self, journal: &Journal<Store<'_, S>>) {
        let (visible, version) = (self.visible, self.version);
        let state = &journal.inner.state;
        let accounts = self.accounts.iter().copied();
        each_once(&mut self.order, accounts.map(Place::of_account));
        for (_, at) in &self.order {
            let address = &self.accounts[*at];
            let Some(account) = state.get(address) else {
                continue;
            };
            // See `AccountWrite::is_of_interest`, without making a write of it first.
            if account.info.is_empty_code_hash() && !account.is_created() {
                continue;
            }
            let gone = account.is_selfdestructed_locally() || account.is_empty();
            let write = AccountWrite {
                address: *address,
                info: Some((!gone).then(|| account.info.clone())),
                storage_cleared: gone || self.created.contains(address),
                moved_from: None,
            };
            visible.publish_account(version, &write);
        }
        let slots = self.slots.iter();
        let slots = slots.map(|(address, slot)| Place::of_slot(*address, *slot));
        each_once(&mut self.order, slots);
        for (_, at) in &self.order {
            let (address, slot) = self.slots[*at];
            let value = match state.get(&address) {
                Some(account) => account.storage.get(&slot).map(|found| found.present_value),
                None => journal.database.settled.written_slot(address, slot),
            };
            if let Some(value) = value {
                visible.publish_slot(version, address, slot, value);
            }
        }
        self.accounts.clear();
        self.slots.clear();
        self.created.clear();
    }
}

/// Puts into `order` where each place stands first, once for each. What is sorted are numbers and not
/// the locations themselves, since a sort is compiled anew for each type. Two locations of one number
/// would be taken for one: what is not shown costs time only.
fn each_once(order: &mut Vec<(u64, usize)>, places: impl Iterator<Item = Place>) {
    order.clear();
    order.extend(places.map(|place| place.0).zip(0..));
    order.sort_unstable();
    order.dedup_by_key(|(place, _)| *place);
}
