//! `mev_simBundle`: what a bundle of MEV-Share would bring, as Flashbots documents it.
//!
//! ```text
//! [{ version?, inclusion: { block, maxBlock? },
//!    body: ({ tx: signed bytes | call, canRevert?, revertMode?: 'fail' | 'allow' | 'drop' }
//!      | { bundle })[],
//!    validity?: { refund?: { bodyIdx, percent }[], refundConfig?: { address, percent }[] } },
//!  { parentBlock?, blockNumber?, coinbase?, timestamp?, gasLimit?, baseFee?, timeout?,
//!    stateOverrides?: overrides of eth_call }?]
//! ```
//!
//! The block is the next one unless the overrides say otherwise, and has the base fee that follows;
//! the bundle and all bundles in it have to allow its number. A bundle that is not well formed is
//! an error. One that fails when it runs is a result without success, which says why, and what the
//! transaction reverted with; its numbers are zero.
//!
//! `refundConfig` says who shares a refund that its bundle is promised by the one around it.
//! `timeout` is passed over: whoever waits can give up.

use super::{
    earnings::Earnings,
    logs::{self, Source},
    mev_bundle::{Item, MevBundle, Reader},
    run::{Bundle, Course, Ran, Why, undone},
};
use crate::{
    block_environment::BlockOverrides,
    fields::Field,
    json,
    rpc::{
        Failure, Session,
        block_param::{pinned_header, require_pinned},
        params::{optional, required},
    },
};
use alloy_primitives::{Bytes, U256};
use serde_json::Value;

/// `mev_simBundle`
pub(crate) fn sim_bundle(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let sent = required(params, 0)?;
    let bundle = read_overrides(session, optional(params, 1).as_ref())?;
    let block_number = bundle.env().number.saturating_to();
    let mut reader = Reader {
        block_number,
        members: Vec::new(),
    };
    let mev_bundle = reader.read(&sent, 1)?;
    let members = reader.members;
    let fields: Vec<_> = members.iter().map(|member| member.field.clone()).collect();
    let allowance = |place: usize, _| members[place].allowance;
    let state_block = pinned_header(session)?.number;
    let run = match bundle.run(&fields, &allowance)? {
        Course::Through(run) => run,
        Course::Stopped(stopped) => {
            let (text, data) = match &stopped.why {
                Why::Invalid(text) => (text.clone(), None),
                Why::Undone(result) => undone(result).unwrap_or_default(),
            };
            let failed = Failed {
                error: "bundle transaction failed",
                reason: Some((text, data)),
            };
            return Ok(failed.write(state_block));
        }
    };
    let mut ran = vec![None; members.len()];
    for one in &run.ran {
        ran[one.place] = Some(one);
    }
    let Some(earnings) = Earnings::of(&mev_bundle, &ran, bundle.env().basefee) else {
        let failed = Failed {
            error: "bundle simulation returned negative profit",
            reason: None,
        };
        return Ok(failed.write(state_block));
    };
    let mut out = String::from("{\"success\":true");
    write_numbers(&mut out, state_block, &earnings);
    out.push_str(",\"logs\":");
    let mut logs = Logs {
        block_number,
        ran: &ran,
        transactions: 0,
        logs: 0,
    };
    logs.write(&mut out, &mev_bundle);
    // The first of those that may fail says why it did.
    if let Some((text, data)) = run.ran.iter().find_map(|ran| undone(&ran.result)) {
        write_reason(&mut out, &text, data);
    }
    out.push('}');
    Ok(out)
}

/// Sets up the block and the state that the overrides ask for.
fn read_overrides<'a>(
    session: &'a Session<'a>,
    field: Option<&Field<'_>>,
) -> Result<Bundle<'a>, Failure> {
    let Some(field) = field else {
        return Bundle::new(session, &BlockOverrides::default(), None);
    };
    let mut fields = field.object()?;
    require_pinned(session, fields.get("parentBlock").as_ref())?;
    let block = BlockOverrides {
        number: fields.read("blockNumber", Field::quantity_u64)?,
        timestamp: fields.read("timestamp", Field::quantity_u64)?,
        base_fee: fields.read("baseFee", Field::quantity_u64)?,
        coinbase: fields.read("coinbase", Field::address)?,
        gas_limit: fields.read("gasLimit", Field::quantity_u64)?,
        ..BlockOverrides::default()
    };
    Bundle::new(session, &block, fields.get("stateOverrides").as_ref())
}

/// A bundle that failed.
struct Failed<'a> {
    error: &'static str,
    /// What the transaction that it failed with says, and what that reverted with.
    reason: Option<(String, Option<&'a Bytes>)>,
}

impl Failed<'_> {
    fn write(&self, state_block: u64) -> String {
        let mut out = String::from("{\"success\":false,\"error\":");
        json::text(&mut out, &self.error);
        write_numbers(&mut out, state_block, &Earnings::default());
        if let Some((text, data)) = &self.reason {
            write_reason(&mut out, text, *data);
        }
        out.push('}');
        out
    }
}

fn write_numbers(out: &mut String, state_block: u64, earnings: &Earnings) {
    let Earnings {
        profit,
        refundable,
        gas_used,
    } = *earnings;
    let gain = |amount: super::amount::Amount| amount.gain().unwrap_or_default();
    for (name, number) in [
        ("stateBlock", U256::from(state_block)),
        ("mevGasPrice", gain(profit.per(gas_used))),
        ("profit", gain(profit)),
        ("refundableValue", gain(refundable)),
        ("gasUsed", U256::from(gas_used)),
    ] {
        out.push(',');
        json::text(out, &name);
        out.push(':');
        json::text(out, &format_args!("{number:#x}"));
    }
}

fn write_reason(out: &mut String, text: &str, data: Option<&Bytes>) {
    out.push_str(",\"execError\":");
    json::escaped(out, text);
    if let Some(data) = data {
        out.push_str(",\"revert\":");
        json::text(out, data);
    }
}

/// Writes logs as the bundles lie within one another.
struct Logs<'a> {
    block_number: u64,
    ran: &'a [Option<&'a Ran>],
    /// How many transactions are written, and how many logs.
    transactions: usize,
    logs: usize,
}

impl Logs<'_> {
    fn write(&mut self, out: &mut String, bundle: &MevBundle) {
        out.push('[');
        for (index, item) in bundle.body.iter().enumerate() {
            json::separate(out, index);
            match item {
                Item::Bundle(bundle) => {
                    out.push_str("{\"bundleLogs\":");
                    self.write(out, bundle);
                }
                Item::Transaction(place) => {
                    out.push_str("{\"txLogs\":");
                    self.write_transaction(out, *place);
                }
            }
            out.push('}');
        }
        out.push(']');
    }

    fn write_transaction(&mut self, out: &mut String, place: usize) {
        let Some(Some(ran)) = self.ran.get(place) else {
            // It was left out.
            out.push_str("[]");
            return;
        };
        let source = Source {
            block_number: self.block_number,
            transaction: ran.hash,
            index: self.transactions,
        };
        self.transactions += 1;
        logs::write(out, &ran.result, source, &mut self.logs);
    }
}
