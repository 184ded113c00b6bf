//! Bundles within bundles, as MEV-Share has them.

use super::run::Allowance;
use crate::{
    fields::{Field, Fields, Refusal},
    rpc::{Failure, RpcError},
};

/// How deep bundles may lie within one another, the outermost included.
const MOST_DEPTH: usize = 5;
/// How many items a bundle may have.
const MOST_ITEMS: usize = 50;

/// A bundle of transactions and of further bundles.
#[derive(Debug)]
pub(crate) struct MevBundle {
    pub(crate) body: Vec<Item>,
    /// The share of what the other items bring that an item is promised, by item.
    pub(crate) refunds: Vec<Option<u64>>,
    /// How many receive a refund that this bundle is promised by the one around it. None if nobody
    /// is named: then whoever sent its first transaction.
    receivers: Option<u64>,
}

/// One entry of a bundle.
#[derive(Debug)]
pub(crate) enum Item {
    /// A transaction, by its place among all.
    Transaction(usize),
    Bundle(MevBundle),
}

/// A transaction of a bundle, or of one within.
#[derive(Debug)]
pub(crate) struct Member<'v> {
    pub(crate) field: Field<'v>,
    pub(crate) allowance: Allowance,
}

/// Reads bundles, and lines their transactions up.
#[derive(Debug)]
pub(crate) struct Reader<'v> {
    /// The block that is simulated.
    pub(crate) block_number: u64,
    pub(crate) members: Vec<Member<'v>>,
}

impl<'v> Reader<'v> {
    /// Reads a bundle at a depth, from one for the outermost.
    pub(crate) fn read(&mut self, field: &Field<'v>, depth: usize) -> Result<MevBundle, Failure> {
        if depth > MOST_DEPTH {
            return Err(RpcError::params("max depth reached").into());
        }
        let mut fields = field.object()?;
        fields.read("version", check_version)?;
        self.check_inclusion(&mut fields)?;
        let body = fields.require("body")?.list()?;
        if body.len() > MOST_ITEMS {
            return Err(RpcError::params("bundle too large").into());
        }
        if body.is_empty() {
            return Err(invalid_bundle().into());
        }
        let mut refunds = vec![None; body.len()];
        let mut receivers = None;
        if let Some(validity) = fields.get("validity") {
            let mut validity = validity.object()?;
            let shares = read_refunds(&mut validity, &mut refunds)?;
            let named = read_receivers(&mut validity)?;
            if shares > 100 || named.shares > 100 {
                return Err(invalid_validity().into());
            }
            receivers = Some(named.count).filter(|count| *count > 0);
        }
        let items: Result<_, Failure> = body.iter().map(|item| self.item(item, depth)).collect();
        Ok(MevBundle {
            body: items?,
            refunds,
            receivers,
        })
    }

    fn check_inclusion(&self, fields: &mut Fields<'_>) -> Result<(), Failure> {
        let mut inclusion = fields.require("inclusion")?.object()?;
        let first = inclusion.require("block")?.quantity_u64()?;
        let last = inclusion.read("maxBlock", Field::quantity_u64)?;
        if (first.max(1)..=last.unwrap_or(first)).contains(&self.block_number) {
            Ok(())
        } else {
            Err(RpcError::params("invalid inclusion").into())
        }
    }

    fn item(&mut self, field: &Field<'v>, depth: usize) -> Result<Item, Failure> {
        let mut fields = field.object()?;
        if let Some(bundle) = fields.get("bundle") {
            return Ok(Item::Bundle(self.read(&bundle, depth + 1)?));
        }
        // What has only a hash would have to be fetched from somebody's pool.
        let field = fields.get("tx").ok_or_else(invalid_bundle)?;
        let can_revert = fields.read("canRevert", Field::boolean)?;
        let mode = fields.read("revertMode", read_mode)?;
        let allowance = mode.unwrap_or(Allowance {
            reverts: can_revert.unwrap_or_default(),
            drops: false,
        });
        self.members.push(Member { field, allowance });
        Ok(Item::Transaction(self.members.len() - 1))
    }
}

impl Item {
    /// How many receive a refund that this item is promised.
    pub(crate) fn receivers(&self) -> u64 {
        match self {
            Self::Transaction(_) => 1,
            Self::Bundle(bundle) => bundle
                .receivers
                .unwrap_or_else(|| bundle.body.first().map_or(1, Self::receivers)),
        }
    }
}

fn check_version(field: &Field<'_>) -> Result<(), Refusal> {
    match field.string()?.as_str() {
        "v0.1" | "beta-1" => Ok(()),
        _ => Err(field.refuse("must be v0.1 or beta-1")),
    }
}

fn read_mode(field: &Field<'_>) -> Result<Allowance, Refusal> {
    let (reverts, drops) = match field.string()?.as_str() {
        "fail" => (false, false),
        "allow" => (true, false),
        "drop" => (false, true),
        _ => return Err(field.refuse("must be fail, allow or drop")),
    };
    Ok(Allowance { reverts, drops })
}

/// Reads what share each item is promised. The sum of all.
fn read_refunds(fields: &mut Fields<'_>, refunds: &mut [Option<u64>]) -> Result<u64, Failure> {
    let list = fields.read("refund", Field::list)?.unwrap_or_default();
    let mut sum = 0_u64;
    for entry in list {
        let mut entry = entry.object()?;
        let index = entry.require("bodyIdx")?.quantity_u64()?;
        let percent = entry.require("percent")?.quantity_u64()?;
        sum = sum.saturating_add(percent);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        // Nobody is promised two shares.
        match refunds.get_mut(index) {
            Some(refund @ None) => *refund = Some(percent),
            _ => return Err(invalid_validity().into()),
        }
    }
    Ok(sum)
}

/// Who receives a refund.
#[derive(Clone, Copy, Debug, Default)]
struct Receivers {
    count: u64,
    shares: u64,
}

fn read_receivers(fields: &mut Fields<'_>) -> Result<Receivers, Refusal> {
    let list = fields.read("refundConfig", Field::list)?;
    let mut receivers = Receivers::default();
    for entry in list.unwrap_or_default() {
        let mut entry = entry.object()?;
        entry.require("address")?.address()?;
        let percent = entry.require("percent")?.quantity_u64()?;
        receivers.count += 1;
        receivers.shares = receivers.shares.saturating_add(percent);
    }
    Ok(receivers)
}

fn invalid_bundle() -> RpcError {
    RpcError::params("invalid bundle")
}

fn invalid_validity() -> RpcError {
    RpcError::params("invalid validity")
}
