//! JSON of keys and values on their way out.
//!
//! There are thousands of them in a wave and nothing in them has to be escaped, so they are written
//! straight into a text. Handed to JavaScript as one text and parsed there, they take a fraction of
//! what it takes to build the objects one by one from here.

use std::fmt::{Display, Write};

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

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}
