//! Which block a method is asked about.

use super::{Failure, RpcError, Session};
use crate::{fields::Field, header::Header};

/// Refuses any block but the pinned one, which is meant where none is named.
///
/// A block is a tag, a number, a hash, or `{ blockNumber }` or `{ blockHash }`
/// ([EIP-1898](https://eips.ethereum.org/EIPS/eip-1898)). Tags that move with the chain's head all mean
/// the pinned block.
pub(crate) fn require_pinned(
    session: &Session<'_>,
    field: Option<&Field<'_>>,
) -> Result<(), Failure> {
    if is_pinned(session, field)? {
        Ok(())
    } else {
        Err(not_found().into())
    }
}

/// Whether the pinned block is meant.
pub(crate) fn is_pinned(session: &Session<'_>, field: Option<&Field<'_>>) -> Result<bool, Failure> {
    let Some(field) = field else {
        return Ok(true);
    };
    let header = session.snapshot().block();
    if field.value().is_object() {
        let mut fields = field.object()?;
        if let Some(hash) = fields.get("blockHash") {
            return has_hash(header, &hash);
        }
        return has_number(header, &fields.require("blockNumber")?);
    }
    match field.value().as_str() {
        Some("latest" | "pending" | "safe" | "finalized") => Ok(true),
        Some("earliest") => Ok(header.is_some_and(|header| header.number == 0)),
        // Longer than any number that is written as one should be.
        Some(text) if text.len() == 66 => has_hash(header, field),
        _ => has_number(header, field),
    }
}

/// The header of the pinned block.
pub(crate) fn pinned_header<'a>(session: &'a Session<'_>) -> Result<&'a Header, RpcError> {
    session.snapshot().block().ok_or_else(not_found)
}

fn not_found() -> RpcError {
    RpcError::new(RpcError::SERVER, "header not found")
}

fn has_number(header: Option<&Header>, field: &Field<'_>) -> Result<bool, Failure> {
    let number = field.quantity_u64()?;
    Ok(header.is_some_and(|header| header.number == number))
}

fn has_hash(header: Option<&Header>, field: &Field<'_>) -> Result<bool, Failure> {
    let hash = field.hash()?;
    Ok(header.is_some_and(|header| header.hash == Some(hash)))
}
