//! Pieces of state that come in while a task waits for them.

use crate::{
    Error,
    bundle::parse,
    fields::{Field, Refusal, address_in, shown},
    snapshot::{Codes, read_block_hashes, read_info, read_storage},
};
use alloy_primitives::{
    Address, B256, U256,
    map::{AddressMap, B256Map, HashMap, U256Map},
};
use forerun_executor::revm::state::{AccountInfo, Bytecode};

/// Pieces of state at one block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// `None` where there is no account.
    pub(crate) accounts: AddressMap<Option<AccountInfo>>,
    pub(crate) storage: AddressMap<U256Map<U256>>,
    pub(crate) codes: B256Map<Bytecode>,
    pub(crate) block_hashes: HashMap<u64, B256>,
}

impl Values {
    /// Reads
    ///
    /// ```text
    /// { accounts?: { "<address>": { balance, nonce, code? | codeHash?, exists? } },
    ///   storage?: { "<address>": { "<slot>": value } }, codes?: { "<hash>": code }, blockHashes?: { "<number>": hash } }
    /// ```
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, Error> {
        Self::read(&Field::root(&parse(json)?)).map_err(Refusal::in_request)
    }

    fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        let codes = fields.read("codes", Codes::read_all)?.unwrap_or_default();
        let values = Self {
            accounts: fields
                .read("accounts", |field| read_accounts(field, &codes))?
                .unwrap_or_default(),
            storage: fields
                .read("storage", |field| by_address(field, read_storage))?
                .unwrap_or_default(),
            block_hashes: fields
                .read("blockHashes", read_block_hashes)?
                .unwrap_or_default(),
            codes: B256Map::default(),
        };
        fields.finish()?;
        Ok(values.with_codes(codes))
    }

    fn with_codes(mut self, codes: Codes) -> Self {
        let known = self.accounts.values().flatten();
        self.codes = known
            .filter_map(|info| Some((info.code_hash, info.code.clone()?)))
            .collect();
        self.codes.extend(codes.into_map());
        self
    }
}

fn read_accounts(
    field: &Field<'_>,
    codes: &Codes,
) -> Result<AddressMap<Option<AccountInfo>>, Refusal> {
    by_address(field, |entry| {
        let mut fields = entry.object()?;
        let exists = fields.read("exists", Field::boolean)?;
        let info = read_info(&mut fields, [codes, codes])?;
        fields.finish()?;
        // A server that is asked for balance, nonce and code does not tell an account that is empty
        // from one that does not exist, and since EIP-161 there are none that are empty.
        Ok((exists == Some(true) || !info.is_empty()).then_some(info))
    })
}

/// Reads an object whose keys are addresses.
fn by_address<T>(
    field: &Field<'_>,
    read: impl Fn(&Field<'_>) -> Result<T, Refusal>,
) -> Result<AddressMap<T>, Refusal> {
    field
        .entries()?
        .map(|(key, entry)| {
            let address: Address =
                address_in(key).map_err(|reason| Refusal::new(entry.path(), shown(key), reason))?;
            Ok((address, read(&entry)?))
        })
        .collect()
}
