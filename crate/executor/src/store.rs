//! Where every EVM here reads.
//!
//! A worker that runs in order reads what is settled, one that runs ahead a prediction, with a log.
//! They are one type and not two, so that the EVM, whose code knows the type that it reads from, is
//! compiled once: a second copy of it, of its instructions and of the handler is 15 kB, compressed, of
//! the file that a page loads. The choice is made once for each piece of state that a transaction asks
//! for, and never where an opcode is run.

use crate::{StateError, StateSource, overlay::Overlay, scout::Trail, speculation::View};
use revm::{
    Database,
    primitives::{Address, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// The state as a worker reads it.
#[derive(Debug)]
pub(crate) struct Store<'a, S> {
    /// What is settled. With a view it is not used and stays empty.
    pub(crate) settled: Overlay<'a, S>,
    /// The view of a worker that runs ahead.
    pub(crate) view: Option<View<'a, S>>,
    /// What a scout has with it; nobody else has anything.
    pub(crate) trail: Option<Box<Trail<'a>>>,
}

impl<'a, S: StateSource> Store<'a, S> {
    /// For a worker that runs in order.
    pub(crate) fn settled(base: &'a S) -> Self {
        Self {
            settled: Overlay::new(base),
            view: None,
            trail: None,
        }
    }

    /// For a worker that runs ahead.
    pub(crate) fn ahead(base: &'a S, view: View<'a, S>) -> Self {
        Self {
            settled: Overlay::new(base),
            view: Some(view),
            trail: None,
        }
    }
}

impl<S: StateSource> Database for Store<'_, S> {
    type Error = StateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let Some(view) = &mut self.view else {
            let mut account = self.settled.account(address)?;
            if let (Some(trail), Some(info)) = (&self.trail, &mut account) {
                info.code = info.code.take().map(|code| trail.turned(code));
            }
            return Ok(account);
        };
        view.account(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, StateError> {
        let code = match &self.view {
            None => self.settled.code(hash)?,
            Some(view) => view.code(hash)?,
        };
        Ok(match &self.trail {
            None => code,
            Some(trail) => trail.turned(code),
        })
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        match &mut self.view {
            None => self.settled.slot(address, slot),
            Some(view) => view.slot(address, slot),
        }
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        match &mut self.view {
            None => self.settled.base().block_hash(number),
            Some(view) => view.block_hash(number),
        }
    }
}
