//! JSON on its way out, written straight into a text.
//!
//! Of keys and values there are thousands in a wave. Handed to JavaScript as one text and parsed there,
//! they take a fraction of what it takes to build the objects one by one from here. And hand-written
//! it is a fraction of the code that derives make of large types.

use serde_json::Value;
use std::fmt::{Display, LowerHex, Write};

/// Writes `{ ... }`, where `entry` writes each value.
pub(crate) fn object<K: Display, T>(
    out: &mut String,
    entries: impl Iterator<Item = (K, T)>,
    mut entry: impl FnMut(&mut String, T),
) {
    out.push('{');
    for (index, (key, value)) in entries.enumerate() {
        separate(out, index);
        text(out, &key);
        out.push(':');
        entry(out, value);
    }
    out.push('}');
}

/// Writes `[ ... ]` of texts.
pub(crate) fn list<T: Display>(out: &mut String, items: impl Iterator<Item = T>) {
    out.push('[');
    for (index, item) in items.enumerate() {
        separate(out, index);
        text(out, &item);
    }
    out.push(']');
}

/// Writes a text that has nothing in it to escape.
pub(crate) fn text(out: &mut String, item: &dyn Display) {
    // Writing to a text does not fail.
    let _ = write!(out, "\"{item}\"");
}

/// Writes a text of any kind.
pub(crate) fn escaped(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// A text of its own, with nothing in it to escape.
pub(crate) fn quoted(item: &dyn Display) -> String {
    let mut out = String::new();
    text(&mut out, item);
    out
}

/// Writes parsed JSON back as text.
pub(crate) fn value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::String(string) => escaped(out, string),
        Value::Array(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                separate(out, index);
                self::value(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (name, item)) in map.iter().enumerate() {
                separate(out, index);
                escaped(out, name);
                out.push(':');
                self::value(out, item);
            }
            out.push('}');
        }
    }
}

/// An object that is written piece by piece.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub(crate) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self {
            out,
            is_empty: true,
        }
    }

    /// Writes a key. Whoever asked writes the value.
    pub(crate) fn key(&mut self, key: &str) -> &mut String {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        text(self.out, &key);
        self.out.push(':');
        self.out
    }

    /// Writes a text that has nothing in it to escape.
    pub(crate) fn text(&mut self, key: &str, value: &dyn Display) {
        text(self.key(key), value);
    }

    /// Writes a text of any kind.
    pub(crate) fn escaped(&mut self, key: &str, value: &str) {
        escaped(self.key(key), value);
    }

    /// Writes a number as a quantity.
    pub(crate) fn quantity(&mut self, key: &str, value: u64) {
        text(self.key(key), &format_args!("{value:#x}"));
    }

    /// Writes a quantity or bytes, as 0x-hex.
    pub(crate) fn hex(&mut self, key: &str, value: &dyn LowerHex) {
        text(self.key(key), &format_args!("{value:#x}"));
    }

    /// Writes a number, or true or false.
    pub(crate) fn plain(&mut self, key: &str, value: &dyn Display) {
        // Writing to a text does not fail.
        let _ = write!(self.key(key), "{value}");
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.out.push('}');
    }
}

/// A list that is written piece by piece.
pub(crate) struct Array<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Array<'a> {
    /// Begins a list.
    pub(crate) fn begin(out: &'a mut String) -> Self {
        out.push('[');
        Self {
            out,
            is_empty: true,
        }
    }

    /// Begins an item. Whoever asked writes it.
    pub(crate) fn item(&mut self) -> &mut String {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        self.out
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.out.push(']');
    }
}

/// Writes what stands before an entry that is not the first.
pub(crate) fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

/// Writes `[ ... ]`, where `entry` writes each value.
pub(crate) fn items<T>(
    out: &mut String,
    items: impl Iterator<Item = T>,
    mut entry: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, item) in items.enumerate() {
        separate(out, index);
        entry(out, item);
    }
    out.push(']');
}

/// Writes bytes as 0x-hex.
pub(crate) fn bytes(out: &mut String, bytes: &[u8]) {
    text(out, &alloy_primitives::hex::encode_prefixed(bytes));
}
