//! Transactions out of a request, in the form the executor takes. Signed bytes are in `signed`,
//! call objects in `call`; here is what both share.

use crate::{
    Error,
    fields::{Field, Refusal},
};
use alloy_consensus::crypto::secp256k1::recover_signer;
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, RecoveredAuthority, RecoveredAuthorization, SignedAuthorization},
};
use alloy_primitives::{B256, U256};
use forerun_executor::revm::{context::TxEnv, context_interface::either::Either};

/// A transaction that is well formed. Whether it is valid at its place is the executor's business.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) env: TxEnv,
    /// Only signed transactions have one.
    pub(crate) hash: Option<B256>,
}

/// What is wrong with a transaction, before its index is known.
#[derive(Clone, Debug)]
pub(crate) struct Objection {
    pub(crate) refusal: Refusal,
    pub(crate) expected: Option<String>,
}

impl Objection {
    pub(crate) fn at(self, index: usize) -> Error {
        let Refusal {
            field,
            value,
            reason,
        } = self.refusal;
        Error::InvalidTransaction {
            index,
            field,
            value,
            reason,
            expected: self.expected,
        }
    }

    pub(crate) fn expecting(refusal: Refusal, expected: impl Into<String>) -> Self {
        Self {
            refusal,
            expected: Some(expected.into()),
        }
    }
}

impl From<Refusal> for Objection {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            expected: None,
        }
    }
}

/// A transaction that names another chain than the one it is to run on.
pub(crate) fn wrong_chain(found: U256, expected: u64) -> Objection {
    let reason = format!("is for another chain than {expected}");
    Objection::expecting(
        Refusal::new("chainId", format!("{found:#x}"), reason),
        format!("{expected:#x}"),
    )
}

/// Reads `[{ address, storageKeys }]`.
pub(crate) fn read_access_list(field: &Field<'_>) -> Result<AccessList, Refusal> {
    let items = field.list()?.into_iter().map(|entry| {
        let mut fields = entry.object()?;
        let address = fields.require("address")?.address()?;
        let storage_keys = match fields.get("storageKeys") {
            Some(keys) => keys
                .list()?
                .iter()
                .map(Field::quantity)
                .map(|k| k.map(B256::from))
                .collect(),
            None => Ok(Vec::new()),
        }?;
        fields.finish()?;
        Ok(AccessListItem {
            address,
            storage_keys,
        })
    });
    items.collect::<Result<Vec<_>, Refusal>>().map(AccessList)
}

/// Reads `[{ chainId, address, nonce, yParity | v, r, s }]`
/// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
pub(crate) fn read_authorization_list(
    field: &Field<'_>,
) -> Result<Vec<SignedAuthorization>, Refusal> {
    let read = |entry: Field<'_>| {
        let mut fields = entry.object()?;
        let inner = Authorization {
            chain_id: fields.require("chainId")?.quantity()?,
            address: fields.require("address")?.address()?,
            nonce: fields.require("nonce")?.quantity_u64()?,
        };
        // Older servers send `v`, some send both; either way it is the parity.
        let v = fields.get("v");
        let parity = match (fields.get("yParity"), v) {
            (Some(parity), _) | (None, Some(parity)) => parity,
            (None, None) => {
                return Err(Refusal::missing(fields.path_of("yParity"), "is missing"));
            }
        };
        let y_parity = match parity.quantity_u64()? {
            0 | 27 => 0,
            1 | 28 => 1,
            _ => return Err(parity.refuse("must be 0 or 1")),
        };
        let r = fields.require("r")?.quantity()?;
        let s = fields.require("s")?.quantity()?;
        fields.finish()?;
        Ok(SignedAuthorization::new_unchecked(inner, y_parity, r, s))
    };
    field.list()?.into_iter().map(read).collect()
}

/// Finds the signer of each authorization now, on our time and not the workers'. One with a bad
/// signature stays in the list: the chain passes over it but charges for it.
pub(crate) fn recover_authorizations(
    list: impl IntoIterator<Item = SignedAuthorization>,
) -> Vec<Either<SignedAuthorization, RecoveredAuthorization>> {
    #[cfg(feature = "fast-precompiles")]
    forerun_precompiles::install();
    list.into_iter()
        .map(|signed| Either::Right(recover_authority(signed)))
        .collect()
}

/// Finds the signer by the function that finds a transaction's, which can be chosen.
fn recover_authority(signed: SignedAuthorization) -> RecoveredAuthorization {
    let signature = signed.signature().ok();
    let signer = signature.and_then(|it| recover_signer(&it, signed.signature_hash()).ok());
    let authority = signer.map_or(RecoveredAuthority::Invalid, RecoveredAuthority::Valid);
    RecoveredAuthorization::new_unchecked(signed.inner().clone(), authority)
}
