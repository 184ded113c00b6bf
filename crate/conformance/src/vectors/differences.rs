//! Where a JSON value is not as it should be, as paths with what was found there.

use serde_json::{Map, Value};

/// So many differences are told.
const MOST: usize = 3;
/// So much of a value is shown.
const LONGEST: usize = 80;

/// Where two values are not the same: the first few places, none if they are.
pub(super) fn of_values(found: &Value, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare(found, expected, "", &mut differences, false);
    differences
}

/// Where two values are not of the same shape: other fields, other types, hex where there should be
/// none, or the other way round. Lists may be of any length.
pub(super) fn of_shape(found: &Value, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare(found, expected, "", &mut differences, true);
    differences
}

fn compare(found: &Value, expected: &Value, path: &str, all: &mut Vec<String>, by_shape: bool) {
    if all.len() >= MOST {
        return;
    }
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            compare_objects(found, expected, path, all, by_shape);
        }
        (Value::Array(found), Value::Array(expected)) => {
            if by_shape {
                let Some(model) = expected.first() else {
                    return;
                };
                for (index, item) in found.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    let fits = |model| of_shape(item, model).is_empty();
                    if !expected.iter().any(fits) {
                        compare(item, model, &path, all, by_shape);
                    }
                }
                return;
            }
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(found, expected, &format!("{path}[{index}]"), all, by_shape);
            }
            if found.len() != expected.len() && all.len() < MOST {
                let (found, expected) = (found.len(), expected.len());
                all.push(format!("{path}: {found} items, not {expected}"));
            }
        }
        _ if found == expected => {}
        _ if by_shape && shape(found) == shape(expected) => {}
        _ => all.push(format!("{path}: {}, not {}", shown(found), shown(expected))),
    }
}

fn compare_objects(
    found: &Map<String, Value>,
    expected: &Map<String, Value>,
    path: &str,
    all: &mut Vec<String>,
    by_shape: bool,
) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    for (name, expected) in expected {
        match found.get(name) {
            Some(found) => compare(found, expected, &below(name), all, by_shape),
            None if all.len() < MOST => {
                all.push(format!(
                    "{}: is missing, not {}",
                    below(name),
                    shown(expected)
                ));
            }
            None => return,
        }
    }
    for (name, found) in found {
        if !expected.contains_key(name) && all.len() < MOST {
            all.push(format!(
                "{}: {}, and should not be",
                below(name),
                shown(found)
            ));
        }
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.starts_with("0x") => "hex",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_values_have_no_differences() {
        let value = json!({ "result": [{ "a": "0x1", "b": null, "c": [1, true] }] });
        assert!(of_values(&value, &value).is_empty());
        assert!(of_shape(&value, &value).is_empty());
    }

    #[test]
    fn differences_are_told_by_their_paths() {
        let found = json!({ "result": [{ "a": "0x1", "new": 1 }, 2, 3] });
        let expected = json!({ "result": [{ "a": "0x2", "old": null }, 2] });
        assert_eq!(
            of_values(&found, &expected),
            [
                "result[0].a: \"0x1\", not \"0x2\"",
                "result[0].old: is missing, not null",
                "result[0].new: 1, and should not be",
            ]
        );
        let found = json!({ "result": [1, 2] });
        let expected = json!({ "result": [1] });
        assert_eq!(of_values(&found, &expected), ["result: 2 items, not 1"]);
    }

    #[test]
    fn of_a_shape_values_and_lengths_do_not_matter() {
        let expected = json!({ "gas": "0x1", "list": [{ "slot": "0x2" }, null] });
        let found = json!({ "gas": "0x7", "list": [null, { "slot": "0x" }, { "slot": "0x" }] });
        assert!(of_shape(&found, &expected).is_empty());
        for (found, difference) in [
            (json!({ "gas": "7", "list": [] }), "gas: \"7\", not \"0x1\""),
            (json!({ "gas": 7, "list": [] }), "gas: 7, not \"0x1\""),
            (
                json!({ "gas": "0x7", "list": [{}] }),
                "list[0].slot: is missing, not \"0x2\"",
            ),
            (
                json!({ "gas": "0x7", "list": [], "more": 1 }),
                "more: 1, and should not be",
            ),
        ] {
            assert_eq!(of_shape(&found, &expected), [difference]);
        }
    }

    #[test]
    fn an_error_is_no_result() {
        let found = json!({ "result": "0x" });
        let expected = json!({ "error": { "code": 3, "message": "execution reverted" } });
        assert_eq!(of_shape(&found, &expected).len(), 2);
    }
}
