//! A snapshot: the whole state that a simulation stands on, in one JSON document.

use crate::{
    Error,
    block_environment::predicted,
    fields::{Field, Fields, Refusal, address_in, hash_in, quantity_in, shown},
    fork::{Fork, read_blob_params},
    header::Header,
    json,
    remote::{Keys, Values, lower},
    state_trie::StateTrie,
};
use alloy_primitives::{
    Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256,
    map::{AddressMap, B256Map, HashMap, U256Map},
};
use forerun_executor::{
    Facts, KnownAccount, StateError, StateSource, account_in,
    revm::state::{AccountInfo, Bytecode},
    slot_in,
};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// Contract codes by their hash, each checked against it. Can be loaded once and shared by many
/// snapshots.
#[derive(Clone, Debug, Default)]
pub struct Codes(B256Map<Bytecode>);

impl Codes {
    /// Reads `{ "<hash>": "<code>", ... }`.
    ///
    /// # Errors
    /// [`Error::InvalidSnapshot`] naming the first entry that is not hex or not of its hash.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let value = parse(json)?;
        Self::read_all(&Field::root(&value)).map_err(Refusal::in_snapshot)
    }

    /// Reads an object of codes by their hashes.
    pub(crate) fn read_all(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut codes = Self::default();
        codes.read(field)?;
        Ok(codes)
    }

    pub(crate) fn into_map(self) -> B256Map<Bytecode> {
        self.0
    }

    fn read(&mut self, field: &Field<'_>) -> Result<(), Refusal> {
        for (key, entry) in field.entries()? {
            let hash = hash_in(key).map_err(|reason| Refusal::new(entry.path(), key, reason))?;
            let (found, code) = read_code(&entry)?;
            if found != hash {
                return Err(entry.refuse(format!("the code's hash is {found}, not {hash}")));
            }
            self.0.insert(hash, code);
        }
        Ok(())
    }
}

/// The hash of a code given as 0x-hex, or nothing if it is not.
pub fn hash_of_code(hex: &str) -> Option<B256> {
    let code: Bytes = hex.starts_with("0x").then(|| hex.parse().ok())??;
    Some(keccak256(&code))
}

/// Reads a code and computes its hash.
pub(crate) fn read_code(field: &Field<'_>) -> Result<(B256, Bytecode), Refusal> {
    let bytes: Bytes = field.bytes()?;
    if bytes.is_empty() {
        return Ok((KECCAK256_EMPTY, Bytecode::default()));
    }
    let hash = keccak256(&bytes);
    let code = Bytecode::new_raw_checked(bytes).map_err(|error| field.refuse(error.to_string()))?;
    Ok((hash, code))
}

/// The state that simulations stand on: accounts, storage, codes and block hashes at one point of
/// one chain.
///
/// In a complete one, accounts and slots that are not listed do not exist and are zero. In one that
/// is not, they are not known, and a run that asks for them fails with [`Error::MissingState`] or,
/// as a [`Task`](crate::Task), says what it needs.
///
/// What is known in it never changes, so any number of runs can share it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    chain_id: u64,
    fork: Fork,
    block: Option<Header>,
    /// The block as it was given, with fields that say nothing about execution.
    given_block: Option<Map<String, Value>>,
    complete: bool,
    accounts: AddressMap<KnownAccount>,
    codes: B256Map<Bytecode>,
    block_hashes: HashMap<u64, B256>,
    /// Made when it is first asked for.
    state_trie: OnceLock<Option<StateTrie>>,
}

impl Snapshot {
    /// Reads a snapshot:
    ///
    /// ```json
    /// { "chainId": 1, "fork": "OSAKA", "blobParams": { "target": 6, "max": 9, "baseFeeUpdateFraction": 5007716 },
    ///   "block": { "number": "0x1", "timestamp": "0x1", "gasLimit": "0x1c9c380" },
    ///   "accounts": { "0x0000000000000000000000000000000000000001": { "balance": "0x1", "nonce": "0x0",
    ///     "code": "0x", "storage": { "0x0": "0x1" } } },
    ///   "codes": {}, "blockHashes": {} }
    /// ```
    ///
    /// `block` is the header of the block that the state stands after; `blobParams`, `block`, `codes`
    /// and `blockHashes` may be left out. An account has its `code`, or the `codeHash` of one in
    /// `codes`; one with `"exists": false` is known not to exist. Quantities are 0x-hex, decimal
    /// strings or JSON integers. With `"complete": false`
    /// what is not listed is not known, rather than empty.
    ///
    /// # Errors
    /// [`Error::InvalidSnapshot`] naming the path of the first field that is wrong, and its value.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        Self::from_value(&parse(json)?, &Codes::default())
    }

    /// Reads a snapshot from parsed JSON. A `codeHash` may also name a code in `codes`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_value(value: &Value, codes: &Codes) -> Result<Self, Error> {
        Self::read(&Field::root(value), codes).map_err(Refusal::in_snapshot)
    }

    fn read(field: &Field<'_>, shared: &Codes) -> Result<Self, Refusal> {
        let mut fields = field.object()?;
        let chain_id = fields.require("chainId")?.quantity_u64()?;
        let fork = Fork::read(&fields.require("fork")?)?
            .with_blob_params(fields.read("blobParams", read_blob_params)?);
        let block_field = fields.get("block");
        let block = block_field.as_ref().map(Header::read).transpose()?;
        if let Some(header) = &block {
            // Found out here, a header that no next block follows from is the snapshot's fault.
            predicted(header, &fork)?;
        }
        let complete = fields.read("complete", Field::boolean)?.unwrap_or(true);
        let own = fields.read("codes", Codes::read_all)?.unwrap_or_default();
        let mut snapshot = Self {
            chain_id,
            fork,
            block,
            given_block: block_field.and_then(|field| field.value().as_object().cloned()),
            complete,
            accounts: AddressMap::default(),
            codes: B256Map::default(),
            block_hashes: fields
                .read("blockHashes", read_block_hashes)?
                .unwrap_or_default(),
            state_trie: OnceLock::new(),
        };
        for (key, entry) in fields.require("accounts")?.entries()? {
            let address =
                address_in(key).map_err(|reason| Refusal::new(entry.path(), shown(key), reason))?;
            let account = snapshot.read_account(&entry, [&own, shared])?;
            if snapshot.accounts.insert(address, account).is_some() {
                return Err(Refusal::new(entry.path(), key, "is listed twice"));
            }
        }
        fields.finish()?;
        snapshot.codes.extend(own.0);
        if let Some(Header {
            number,
            hash: Some(hash),
            ..
        }) = snapshot.block
        {
            snapshot.block_hashes.entry(number).or_insert(hash);
        }
        Ok(snapshot)
    }

    fn read_account(
        &mut self,
        field: &Field<'_>,
        known: [&Codes; 2],
    ) -> Result<KnownAccount, Refusal> {
        let mut fields = field.object()?;
        let exists = fields.read("exists", Field::boolean)?.unwrap_or(true);
        let info = read_info(&mut fields, known)?;
        let storage = fields.read("storage", read_storage)?.unwrap_or_default();
        fields.finish()?;
        if !exists {
            return Ok(KnownAccount {
                facts: Facts::Absent,
                storage,
            });
        }
        if let Some(code) = &info.code {
            self.codes.insert(info.code_hash, code.clone());
        }
        let facts = Facts::Present(info);
        Ok(KnownAccount { facts, storage })
    }

    /// The same chain at the same block, of whose state nothing is known: where tasks begin.
    #[must_use]
    pub fn without_state(&self) -> Self {
        Self {
            chain_id: self.chain_id,
            fork: self.fork,
            block: self.block.clone(),
            given_block: self.given_block.clone(),
            complete: false,
            accounts: AddressMap::default(),
            codes: B256Map::default(),
            block_hashes: HashMap::default(),
            state_trie: OnceLock::new(),
        }
    }

    /// The trie of the state, if all of it is known.
    pub(crate) fn state_trie(&self) -> Option<&StateTrie> {
        self.state_trie.get_or_init(|| StateTrie::of(self)).as_ref()
    }

    /// Puts values in that were not known. One that is known already stays: the state at a block does
    /// not change.
    pub(crate) fn learn(&mut self, values: Values) {
        self.learn_codes(values.codes);
        for (address, info) in values.accounts {
            let account = self.accounts.entry(address).or_default();
            if matches!(account.facts, Facts::Unknown) {
                account.facts = info.map_or(Facts::Absent, Facts::Present);
            }
        }
        for (address, slots) in values.storage {
            let account = self.accounts.entry(address).or_default();
            for (slot, value) in slots {
                account.storage.entry(slot).or_insert(value);
            }
        }
        for (number, hash) in values.block_hashes {
            self.block_hashes.entry(number).or_insert(hash);
        }
    }

    /// All that is known, but for what kind of chain it is of.
    pub(crate) fn into_values(self) -> Values {
        let mut values = Values {
            codes: self.codes,
            block_hashes: self.block_hashes,
            ..Values::default()
        };
        for (address, account) in self.accounts {
            match account.facts {
                Facts::Unknown => {}
                Facts::Absent => {
                    values.accounts.insert(address, None);
                }
                Facts::Present(info) => {
                    values.accounts.insert(address, Some(info));
                }
            }
            values.storage.insert(address, account.storage);
        }
        values
    }

    /// What is known of these, or all of it, as [`Simulator::known`](crate::Simulator::known) has it.
    pub(crate) fn known(&self, only: Option<&Keys>) -> String {
        let mut codes = B256Map::<&Bytecode>::default();
        let mut out = String::from("{\"accounts\":");
        let accounts = self.accounts.iter().filter(|(address, account)| {
            !matches!(account.facts, Facts::Unknown)
                && only.is_none_or(|keys| keys.accounts.contains(*address))
        });
        let accounts = accounts.map(|(address, account)| (lower(address), &account.facts));
        json::object(&mut out, accounts, |out, facts| {
            let Facts::Present(info) = facts else {
                return out.push_str("{\"exists\":false}");
            };
            if let Some(code) = self.codes.get(&info.code_hash) {
                codes.insert(info.code_hash, code);
            }
            let facts = [
                ("balance", format!("{:#x}", info.balance)),
                ("nonce", format!("{:#x}", info.nonce)),
                ("codeHash", info.code_hash.to_string()),
            ];
            json::object(out, facts.into_iter(), |out, fact| json::text(out, &fact));
        });
        out.push_str(",\"storage\":");
        let storage = self.accounts.iter().filter(|(address, account)| {
            !account.storage.is_empty()
                && only.is_none_or(|keys| keys.storage.contains_key(*address))
        });
        let storage = storage.map(|(address, account)| (lower(address), (address, account)));
        json::object(&mut out, storage, |out, (address, account)| {
            let wanted = only.and_then(|keys| keys.storage.get(address));
            let slots = account.storage.iter();
            let slots = slots.map(|(slot, value)| (B256::from(*slot), B256::from(*value)));
            let slots = slots.filter(|(slot, _)| wanted.is_none_or(|wanted| wanted.contains(slot)));
            json::object(out, slots, |out, value| json::text(out, &value));
        });
        out.push_str(",\"codes\":");
        json::object(&mut out, codes.into_iter(), |out, code| {
            json::text(out, &code.original_bytes());
        });
        out.push_str(",\"blockHashes\":");
        let hashes = self
            .block_hashes
            .iter()
            .filter(|(number, _)| only.is_none_or(|keys| keys.block_hashes.contains(*number)));
        let hashes = hashes.map(|(number, hash)| (format!("{number:#x}"), hash));
        json::object(&mut out, hashes, |out, hash| json::text(out, hash));
        out.push('}');
        out
    }

    /// Puts codes in, each of which was checked against its hash.
    pub(crate) fn learn_codes(&mut self, codes: B256Map<Bytecode>) {
        self.codes.extend(codes);
    }

    /// All accounts that are known to exist, each with what is known of its storage.
    pub(crate) fn accounts(
        &self,
    ) -> impl Iterator<Item = (Address, &AccountInfo, &U256Map<U256>)> + '_ {
        let accounts = self.accounts.iter();
        accounts.filter_map(|(address, account)| match &account.facts {
            Facts::Present(info) => Some((*address, info, &account.storage)),
            Facts::Unknown | Facts::Absent => None,
        })
    }

    /// What is known of an account's storage.
    pub(crate) fn storage_of(&self, address: Address) -> Option<&U256Map<U256>> {
        self.accounts.get(&address).map(|account| &account.storage)
    }

    /// The chain's id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The rules at this point of the chain.
    pub const fn fork(&self) -> Fork {
        self.fork
    }

    /// Whether what is not listed is empty, rather than not known.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The header of the block that the state stands after.
    pub const fn block(&self) -> Option<&Header> {
        self.block.as_ref()
    }

    /// All that was given of that block.
    pub(crate) const fn given_block(&self) -> Option<&Map<String, Value>> {
        self.given_block.as_ref()
    }
}

/// Reads balance, nonce and code of an account. The code is left out where only its hash is known.
pub(crate) fn read_info(
    fields: &mut Fields<'_>,
    known: [&Codes; 2],
) -> Result<AccountInfo, Refusal> {
    let mut info = AccountInfo {
        balance: fields.read("balance", Field::quantity)?.unwrap_or_default(),
        nonce: fields
            .read("nonce", Field::quantity_u64)?
            .unwrap_or_default(),
        code_hash: KECCAK256_EMPTY,
        code: None,
        ..AccountInfo::default()
    };
    if let Some(hash_field) = fields.get("codeHash") {
        // Some servers give the hash of an account without code as zero.
        info.code_hash = Some(hash_field.hash()?)
            .filter(|hash| !hash.is_zero())
            .unwrap_or(KECCAK256_EMPTY);
        info.code = known
            .iter()
            .find_map(|codes| codes.0.get(&info.code_hash).cloned());
    }
    if let Some(code_field) = fields.get("code") {
        let (hash, code) = read_code(&code_field)?;
        if let Some(hash_field) = fields.get("codeHash")
            && info.code_hash != hash
        {
            return Err(hash_field.refuse(format!("the code's hash is {hash}")));
        }
        (info.code_hash, info.code) = (hash, Some(code));
    }
    if info.code_hash == KECCAK256_EMPTY {
        info.code = Some(Bytecode::default());
    }
    Ok(info)
}

/// Reads `{ "<slot>": "<value>" }`.
pub(crate) fn read_storage(field: &Field<'_>) -> Result<U256Map<U256>, Refusal> {
    field
        .entries()?
        .map(|(key, entry)| {
            let slot = quantity_in(key)
                .map_err(|reason| Refusal::new(entry.path(), shown(key), reason))?;
            Ok((slot, entry.quantity()?))
        })
        .collect()
}

/// Reads `{ "<number>": "<hash>" }`.
pub(crate) fn read_block_hashes(field: &Field<'_>) -> Result<HashMap<u64, B256>, Refusal> {
    field
        .entries()?
        .map(|(key, entry)| {
            let number = quantity_in(key)
                .and_then(|n| u64::try_from(n).map_err(|_| "must be less than 2^64".to_owned()))
                .map_err(|reason| Refusal::new(entry.path(), shown(key), reason))?;
            Ok((number, entry.hash()?))
        })
        .collect()
}

fn parse(json: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(json).map_err(|error| Error::InvalidSnapshot {
        field: "(root)".to_owned(),
        value: shown(&String::from_utf8_lossy(&json[..json.len().min(80)])),
        reason: format!("is not JSON: {error}"),
    })
}

impl StateSource for Snapshot {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        account_in(&self.accounts, address, self.complete)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.codes.get(&hash).cloned().ok_or(StateError::Code(hash))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        slot_in(&self.accounts, address, slot, self.complete)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        match self.block_hashes.get(&number) {
            Some(hash) => Ok(*hash),
            None if self.complete => Ok(B256::ZERO),
            None => Err(StateError::BlockHash(number)),
        }
    }
}
