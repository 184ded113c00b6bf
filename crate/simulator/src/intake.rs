//! Takes in a request's list of transactions: signed bytes and calls, mixed, in order.

use crate::{
    Error,
    call::{Call, Sender, Surroundings, blob_cost},
    fields::{Field, Refusal},
    rpc::TransactionArgs,
    signed,
    transaction::{Objection, Transaction},
};
use alloy_primitives::{Address, U256, map::AddressMap};
use forerun_executor::{StateError, StateSource, revm::context::TxEnv, side_by_side};
use serde_json::Value;
use std::num::NonZeroUsize;

/// Where a list of transactions comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Written for this simulation: a string or a call, no field that is not known.
    Bundle,
    /// Out of a block, as an RPC server gives it: objects with `raw` and much else.
    Rpc,
    /// Written for a node: a string, or a call as nodes read them.
    Wire,
}

/// How a list is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intake<'a> {
    pub(crate) surroundings: Surroundings<'a>,
    pub(crate) origin: Origin,
    /// Whether a call's default gas has to be what its sender can pay for.
    pub(crate) funded: bool,
    /// On how many threads signers are searched; this is most of the work before execution.
    pub(crate) threads: NonZeroUsize,
}

/// A transaction, and whether its gas limit was written or filled in.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) transaction: Transaction,
    pub(crate) gas_given: bool,
}

/// A transaction of which nothing is missing but what depends on those before it.
enum Half {
    Signed(Box<Transaction>),
    Call(Box<Call>, bool),
    Args(Box<TransactionArgs>),
}

impl Intake<'_> {
    /// Reads all transactions, or names the first that is wrong.
    pub(crate) fn read(
        &self,
        list: &[Field<'_>],
        state: &dyn StateSource,
    ) -> Result<Vec<Taken>, Error> {
        let halves = side_by_side(self.threads.get(), list.len(), &|index| {
            self.read_half(&list[index])
        });
        let mut nonces = Nonces {
            state,
            next: AddressMap::default(),
        };
        let mut taken = Vec::with_capacity(halves.len());
        for (index, half) in halves.into_iter().enumerate() {
            let entry = match half.map_err(|objection| objection.at(index))? {
                Half::Signed(transaction) => Taken {
                    transaction: *transaction,
                    gas_given: true,
                },
                Half::Call(call, gas_given) => {
                    let sender = Sender {
                        nonce: nonces.of(call.from)?,
                        funds: self.funds(call.from, state)?,
                    };
                    let transaction = call.complete(self.surroundings, sender);
                    Taken {
                        transaction,
                        gas_given,
                    }
                }
                Half::Args(args) => {
                    let sender = Sender {
                        nonce: nonces.of(args.from)?,
                        funds: self.funds(args.from, state)?,
                    };
                    self.complete(*args, sender)
                }
            };
            nonces.count(&entry.transaction.env, self.surroundings.chain_id)?;
            taken.push(entry);
        }
        Ok(taken)
    }

    /// Fills the gaps as those of a [`Call`] are filled.
    fn complete(&self, mut args: TransactionArgs, sender: Sender) -> Taken {
        let Surroundings {
            chain_id, block, ..
        } = self.surroundings;
        let gas_given = args.gas.is_some();
        args.nonce.get_or_insert(sender.nonce);
        args.offer(block.basefee);
        if args.gas.is_none() {
            let blobs = args.blob_hashes.as_ref().map_or(0, Vec::len);
            let blob_cost = blob_cost(args.blob_fee_cap(), blobs);
            let fixed = args.value.saturating_add(blob_cost);
            let gas = self
                .surroundings
                .default_gas(args.fee_cap(), fixed, sender.funds);
            args.gas = Some(gas);
        }
        Taken {
            transaction: Transaction {
                env: args.environment(chain_id),
                hash: Some(args.hash(chain_id)),
            },
            gas_given,
        }
    }

    fn funds(&self, from: Address, state: &dyn StateSource) -> Result<Option<U256>, StateError> {
        if !self.funded {
            return Ok(None);
        }
        Ok(Some(
            state
                .account(from)?
                .map(|account| account.balance)
                .unwrap_or_default(),
        ))
    }

    fn read_half(&self, field: &Field<'_>) -> Result<Half, Objection> {
        let Surroundings { chain_id, fork, .. } = self.surroundings;
        // The error names the index beside the path, so the path starts at the transaction.
        let bytes = match (field.value(), self.origin) {
            (Value::Object(_), Origin::Wire) => {
                let call = field.rebased("");
                let args = TransactionArgs::read(&call)?;
                args.check(chain_id)
                    .map_err(|error| call.refuse(error.message))?;
                return Ok(Half::Args(Box::new(args)));
            }
            (Value::String(_), _) => Some(field.rebased("raw")),
            (Value::Object(_), Origin::Rpc) => field.rebased("").object()?.get("raw"),
            (Value::Object(_), Origin::Bundle) => None,
            _ => {
                let reason = "must be signed bytes as 0x-hex, or a call object";
                return Err(field.rebased("transaction").refuse(reason).into());
            }
        };
        let Some(bytes) = bytes else {
            let call = Call::read(
                &field.rebased(""),
                self.surroundings,
                self.origin == Origin::Rpc,
            )?;
            let gas_given = call.has_gas();
            return Ok(Half::Call(Box::new(call), gas_given));
        };
        let transaction = signed::decode(&bytes, chain_id, fork)?;
        if field.value().is_object() {
            check_from(field, transaction.env.caller)?;
        }
        Ok(Half::Signed(Box::new(transaction)))
    }
}

/// A server that names another sender than the signature does is not to be trusted with the rest.
fn check_from(field: &Field<'_>, signer: Address) -> Result<(), Objection> {
    let mut fields = field.rebased("").object()?;
    let Some(from_field) = fields.get("from") else {
        return Ok(());
    };
    if from_field.address()? == signer {
        return Ok(());
    }
    let refusal: Refusal = from_field.refuse(format!("the signer of raw is {signer}"));
    Err(Objection::expecting(refusal, signer.to_string()))
}

/// The nonce that each sender would use next, were all transactions so far executed.
struct Nonces<'a> {
    state: &'a dyn StateSource,
    next: AddressMap<u64>,
}

impl Nonces<'_> {
    fn of(&self, address: Address) -> Result<u64, StateError> {
        match self.next.get(&address) {
            Some(nonce) => Ok(*nonce),
            None => Ok(self
                .state
                .account(address)?
                .map(|a| a.nonce)
                .unwrap_or_default()),
        }
    }

    /// Counts a transaction and the delegations it carries, which use up a nonce of the account that
    /// signed them ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)). Only a default hangs on
    /// this; the nonce itself is checked at execution.
    fn count(&mut self, tx: &TxEnv, chain_id: u64) -> Result<(), StateError> {
        self.next.insert(tx.caller, tx.nonce.saturating_add(1));
        for authorization in &tx.authorization_list {
            let Some(recovered) = authorization.as_ref().right() else {
                continue;
            };
            let Some(authority) = recovered.authority() else {
                continue;
            };
            let here = recovered.chain_id.is_zero() || recovered.chain_id == U256::from(chain_id);
            if here && recovered.nonce == self.of(authority)? {
                self.next
                    .insert(authority, recovered.nonce.saturating_add(1));
            }
        }
        Ok(())
    }
}
