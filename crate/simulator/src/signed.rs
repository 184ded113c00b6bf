//! Signed transactions as bytes: types 0 to 4 ([EIP-2718](https://eips.ethereum.org/EIPS/eip-2718)).

use crate::{
    Error,
    fields::{Field, Refusal},
    fork::Fork,
    transaction::{Objection, Transaction, recover_authorizations, wrong_chain},
};
use alloy_consensus::{
    Transaction as _, TxEip4844Variant, TxEnvelope, Typed2718, transaction::SignerRecoverable,
};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use forerun_executor::revm::{context::TxEnv, primitives::hardfork::SpecId};
use serde_json::Value;

/// Decodes a signed transaction as a request's are decoded, for callers that run blocks of their own.
///
/// # Errors
/// [`Error::InvalidTransaction`], with index 0, if the bytes are not a transaction of this chain and
/// fork.
pub fn decode_signed(bytes: &[u8], chain_id: u64, fork: &Fork) -> Result<TxEnv, Error> {
    let text = Value::String(hex::encode_prefixed(bytes));
    decode(&Field::root(&text), chain_id, fork)
        .map(|transaction| transaction.env)
        .map_err(|objection| objection.at(0))
}

/// Decodes the transaction in `field` (0x-hex), finds its signer and checks what does not depend on
/// state: the exact length, the signature, the chain.
///
/// A blob transaction may carry its sidecar (as it is sent) or not (as it stands in a block).
pub(crate) fn decode(
    field: &Field<'_>,
    chain_id: u64,
    fork: &Fork,
) -> Result<Transaction, Objection> {
    let bytes = field.bytes()?;
    let envelope = TxEnvelope::decode_2718_exact(&bytes)
        .map_err(|error| field.refuse(format!("is not a signed transaction: {error}")))?;
    check_chain(&envelope, chain_id, fork)?;
    check_sidecar(&envelope)?;
    let caller = recover(&envelope, fork)
        .ok_or_else(|| field.refuse("the signature is not valid for any account"))?;
    Ok(Transaction {
        env: environment(&envelope, caller),
        hash: Some(*envelope.tx_hash()),
    })
}

/// Whom signed bytes call, and with what data, if they can be read. Whether they are signed well, this
/// does not ask.
pub(crate) fn target_of(bytes: &[u8]) -> Option<(Option<Address>, Bytes)> {
    let envelope = TxEnvelope::decode_2718_exact(bytes).ok()?;
    Some((envelope.to(), envelope.input().clone()))
}

/// The signer. From Homestead on a signature has to have the lower of its two possible `s`
/// ([EIP-2](https://eips.ethereum.org/EIPS/eip-2)).
fn recover(envelope: &TxEnvelope, fork: &Fork) -> Option<Address> {
    #[cfg(feature = "fast-precompiles")]
    forerun_precompiles::install();
    if fork.has(SpecId::HOMESTEAD) {
        envelope.recover_signer().ok()
    } else {
        envelope.recover_signer_unchecked().ok()
    }
}

fn check_chain(envelope: &TxEnvelope, chain_id: u64, fork: &Fork) -> Result<(), Objection> {
    // A legacy transaction without a chain id is good on every chain.
    let Some(found) = envelope.chain_id() else {
        return Ok(());
    };
    if found != chain_id {
        return Err(wrong_chain(U256::from(found), chain_id));
    }
    if envelope.is_legacy() && !fork.has(SpecId::SPURIOUS_DRAGON) {
        let reason = "legacy transactions name a chain from Spurious Dragon on (EIP-155)";
        return Err(Refusal::new("chainId", format!("{found:#x}"), reason).into());
    }
    Ok(())
}

/// A sidecar has to be that of the hashes in the transaction. Its proofs are not verified: no
/// opcode sees them.
fn check_sidecar(envelope: &TxEnvelope) -> Result<(), Objection> {
    let TxEnvelope::Eip4844(signed) = envelope else {
        return Ok(());
    };
    let TxEip4844Variant::TxEip4844WithSidecar(with_sidecar) = signed.tx() else {
        return Ok(());
    };
    let promised = &with_sidecar.tx.blob_versioned_hashes;
    let carried: Vec<_> = with_sidecar.sidecar.versioned_hashes().collect();
    if *promised != carried {
        let refusal = Refusal::new(
            "blobVersionedHashes",
            listed(promised),
            "are not the hashes of the sidecar's commitments",
        );
        return Err(Objection::expecting(refusal, listed(&carried)));
    }
    Ok(())
}

fn listed(hashes: &[B256]) -> String {
    let hashes: Vec<_> = hashes.iter().map(B256::to_string).collect();
    format!("[{}]", hashes.join(", "))
}

fn environment(envelope: &TxEnvelope, caller: Address) -> TxEnv {
    TxEnv {
        tx_type: envelope.ty(),
        caller,
        gas_limit: envelope.gas_limit(),
        // The price of types 0 and 1, the cap of the others.
        gas_price: envelope.max_fee_per_gas(),
        kind: envelope.kind(),
        value: envelope.value(),
        data: envelope.input().clone(),
        nonce: envelope.nonce(),
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: envelope.max_priority_fee_per_gas(),
        blob_hashes: envelope
            .blob_versioned_hashes()
            .unwrap_or_default()
            .to_vec(),
        max_fee_per_blob_gas: envelope.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: recover_authorizations(
            envelope
                .authorization_list()
                .unwrap_or_default()
                .iter()
                .cloned(),
        ),
    }
}
