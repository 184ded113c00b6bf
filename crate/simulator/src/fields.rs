//! Reads JSON into checked values, and refuses what does not fit with the place, the value and the
//! reason.
//!
//! Requests and snapshots arrive as JSON from people and pages. A derive would stop at the first
//! mismatch with a sentence; callers need the path of the field and what stood there, and every
//! field that is not known has to be refused by its name, because a misspelt `maxFeePerGas` that is
//! silently ignored is a wrong answer.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Map, Value};

/// A value that was not accepted: where, what, why. The border it is met at makes it an
/// [`Error`](crate::Error) of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(
        field: impl Into<String>,
        value: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            value: value.into(),
            reason: reason.into(),
        }
    }

    /// A field that has to be there and is not.
    pub(crate) fn missing(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(field, "undefined", reason)
    }
}

/// Longest value that an error repeats in full: a raw transaction may have megabytes.
const LONGEST_SHOWN: usize = 512;

/// Shortens a text so that an error stays readable.
pub(crate) fn shown(text: &str) -> String {
    if text.len() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST_SHOWN).collect();
    format!("{head}… ({} characters)", text.chars().count())
}

/// A JSON value and the path that leads to it.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    /// The top of a document; `name` is what errors call it as a whole.
    pub(crate) const fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) const fn value(&self) -> &'a Value {
        self.value
    }

    /// The same value under another path, for places whose errors carry an index of their own.
    pub(crate) fn rebased(&self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            value: self.value,
        }
    }

    /// Refuses this value.
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        let value = match self.value {
            Value::String(text) => shown(text),
            Value::Array(list) => format!("a list of {}", list.len()),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string(),
        };
        let field = if self.path.is_empty() {
            "(root)"
        } else {
            &self.path
        };
        Refusal::new(field, value, reason)
    }

    fn text(&self) -> Result<&'a str, Refusal> {
        self.value
            .as_str()
            .ok_or_else(|| self.refuse("must be a string"))
    }

    /// A string.
    pub(crate) fn string(&self) -> Result<String, Refusal> {
        self.text().map(str::to_owned)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Refusal> {
        self.value
            .as_bool()
            .ok_or_else(|| self.refuse("must be true or false"))
    }

    /// A list.
    pub(crate) fn list(&self) -> Result<Vec<Self>, Refusal> {
        let list = self
            .value
            .as_array()
            .ok_or_else(|| self.refuse("must be a list"))?;
        Ok(list
            .iter()
            .enumerate()
            .map(|(index, value)| Self {
                path: format!("{}[{index}]", self.path),
                value,
            })
            .collect())
    }

    /// An object whose keys are known.
    pub(crate) fn object(&self) -> Result<Fields<'a>, Refusal> {
        let map = self
            .value
            .as_object()
            .ok_or_else(|| self.refuse("must be an object"))?;
        Ok(Fields {
            path: self.path.clone(),
            map,
            asked: Vec::new(),
        })
    }

    /// An object whose keys are data: each key with its value's field.
    pub(crate) fn entries(&self) -> Result<impl Iterator<Item = (&'a str, Self)>, Refusal> {
        let map = self
            .value
            .as_object()
            .ok_or_else(|| self.refuse("must be an object"))?;
        let path = self.path.clone();
        Ok(map.iter().map(move |(key, value)| {
            (
                key.as_str(),
                Self {
                    path: join(&path, key),
                    value,
                },
            )
        }))
    }

    /// A whole number up to 2^256 - 1: 0x-hex, a decimal string, or a JSON integer.
    pub(crate) fn quantity(&self) -> Result<U256, Refusal> {
        match self.value {
            Value::Number(number) => number.as_u64().map(U256::from).ok_or_else(|| {
                self.refuse("must be a whole number from 0 on; large ones are written as strings")
            }),
            Value::String(text) => quantity_in(text).map_err(|reason| self.refuse(reason)),
            _ => Err(self.refuse("must be a quantity: 0x-hex, a decimal string or an integer")),
        }
    }

    /// A quantity of at most 128 bits.
    pub(crate) fn quantity_u128(&self) -> Result<u128, Refusal> {
        u128::try_from(self.quantity()?).map_err(|_| self.refuse("must be less than 2^128"))
    }

    /// A quantity of at most 64 bits.
    pub(crate) fn quantity_u64(&self) -> Result<u64, Refusal> {
        u64::try_from(self.quantity()?).map_err(|_| self.refuse("must be less than 2^64"))
    }

    /// 20 bytes. Checksums in the letters' case are not looked at.
    pub(crate) fn address(&self) -> Result<Address, Refusal> {
        address_in(self.text()?).map_err(|reason| self.refuse(reason))
    }

    /// 32 bytes.
    pub(crate) fn hash(&self) -> Result<B256, Refusal> {
        hash_in(self.text()?).map_err(|reason| self.refuse(reason))
    }

    /// Bytes as 0x-hex.
    pub(crate) fn bytes(&self) -> Result<Bytes, Refusal> {
        bytes_in(self.text()?)
            .map(Bytes::from)
            .map_err(|reason| self.refuse(reason))
    }
}

/// An object whose keys are known in advance. [`finish`](Self::finish) refuses all others.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The path of one of the object's fields.
    pub(crate) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// A field that may be absent; `null` counts as absent.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.asked.push(name);
        let value = self.map.get(name)?;
        (!value.is_null()).then(|| Field {
            path: self.path_of(name),
            value,
        })
    }

    /// A field that has to be there.
    pub(crate) fn require(&mut self, name: &'static str) -> Result<Field<'a>, Refusal> {
        self.get(name)
            .ok_or_else(|| Refusal::missing(self.path_of(name), "is missing"))
    }

    /// Reads a field that may be absent.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Field<'a>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        self.get(name).map(|field| read(&field)).transpose()
    }

    /// Refuses the first field that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        match self
            .map
            .iter()
            .find(|(key, _)| !self.asked.contains(&key.as_str()))
        {
            Some((key, value)) => Err(Field {
                path: self.path_of(key),
                value,
            }
            .refuse(format!(
                "is not known here; known are {}",
                self.asked.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Reads a quantity from a string.
pub(crate) fn quantity_in(text: &str) -> Result<U256, String> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // Checked here because the parser below lets underscores pass.
    let is_digit = |c: char| c.is_digit(radix as u32);
    if !digits.bytes().all(|byte| is_digit(byte.into()))
        && let Some(wrong) = digits.chars().find(|c| !is_digit(*c))
    {
        let kind = if radix == 16 { "hex" } else { "decimal" };
        return Err(format!("'{wrong}' is not a {kind} digit"));
    }
    if digits.is_empty() {
        return Err("has no digits".to_owned());
    }
    U256::from_str_radix(digits, radix).map_err(|_| "must be less than 2^256".to_owned())
}

/// Reads an address from a string.
pub(crate) fn address_in(text: &str) -> Result<Address, String> {
    fixed_in::<20>(text).map(Address::from)
}

/// Reads 32 bytes from a string.
pub(crate) fn hash_in(text: &str) -> Result<B256, String> {
    fixed_in::<32>(text).map(B256::from)
}

fn fixed_in<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let bytes = bytes_in(text)?;
    let length = bytes.len();
    <[u8; N]>::try_from(bytes).map_err(|_| format!("must be {N} bytes, not {length}"))
}

fn bytes_in(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.strip_prefix("0x").ok_or("must start with 0x")?;
    // The decoder takes a second prefix for none. What is wrong is looked for only where it finds that
    // something is: one character after the other, long codes would take several times as long.
    let decoded = hex::decode(digits).ok();
    decoded
        .filter(|_| !digits.starts_with("0x"))
        .ok_or_else(|| match digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            Some(wrong) => format!("'{wrong}' is not a hex digit"),
            None => "has an odd number of hex digits".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_in_three_forms() {
        for value in [
            json!("0x2a"),
            json!("42"),
            json!(42),
            json!("0x000000000000002A"),
        ] {
            assert_eq!(
                Field::root(&value).quantity(),
                Ok(U256::from(42)),
                "{value}"
            );
        }
    }

    #[test]
    fn quantities_that_are_none_are_refused() {
        let too_large = format!("0x1{}", "0".repeat(64));
        for value in [
            json!("0x"),
            json!(""),
            json!("0x1_0"),
            json!("-1"),
            json!(-1),
            json!(1.5),
            json!("0xg"),
            json!("1e3"),
            json!(true),
            json!([]),
            json!({}),
            json!(too_large),
        ] {
            assert!(Field::root(&value).quantity().is_err(), "{value}");
        }
    }

    #[test]
    fn bytes_are_read_and_what_is_wrong_with_them_is_said() {
        let read = |text: &str| {
            Field::root(&json!(text))
                .bytes()
                .map_err(|error| error.reason)
        };
        assert_eq!(read("0x"), Ok(Bytes::new()));
        assert_eq!(read("0x00aAfF"), Ok(Bytes::from_static(&[0, 0xaa, 0xff])));
        for (text, reason) in [
            ("", "must start with 0x"),
            ("00", "must start with 0x"),
            ("0X00", "must start with 0x"),
            ("0x0", "has an odd number of hex digits"),
            ("0x00 0", "' ' is not a hex digit"),
            ("0x0g", "'g' is not a hex digit"),
            ("0xé0", "'é' is not a hex digit"),
            // The prefix counts once.
            ("0x0x00", "'x' is not a hex digit"),
        ] {
            assert_eq!(read(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_by_its_path() {
        let value = json!({ "block": { "timestamp": 1, "timestmap": 2 } });
        let mut fields = Field::root(&value).object().unwrap();
        let mut block = fields.require("block").unwrap().object().unwrap();
        block.get("timestamp");
        let refusal = block.finish().unwrap_err();
        assert_eq!(
            (refusal.field.as_str(), refusal.value.as_str()),
            ("block.timestmap", "2")
        );
    }

    #[test]
    fn a_long_value_is_shortened() {
        let value = json!(format!("0x{}", "é".repeat(5000)));
        let refusal = Field::root(&value).bytes().unwrap_err();
        assert!(
            refusal.value.chars().count() < 600,
            "{}",
            refusal.value.len()
        );
    }
}
