//! Signers that are remembered, and where alloy asks for them.

use crate::{
    recovery::{recover_address, recover_public_key},
    results::{RESULTS, SIGNER},
};
use alloy_consensus::crypto::{
    RecoveryError,
    backend::{CryptoProvider, install_default_provider},
};
use alloy_primitives::{Address, keccak256};
use std::sync::{Arc, Once};

/// Has alloy recover signers by this crate from now on, in the whole process. Doing it again does
/// nothing.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else's provider stays, which is that one's right.
        let _ = install_default_provider(Arc::new(Signers));
    });
}

/// As [`recover_address`], and remembers.
pub fn recall_address(signature: &[u8; 64], recovery_id: u8, digest: &[u8; 32]) -> Option<Address> {
    let mut key = [0; 98];
    key[0] = SIGNER;
    key[1] = recovery_id;
    key[2..34].copy_from_slice(digest);
    key[34..].copy_from_slice(signature);
    if let Some(known) = RESULTS.recall(&key) {
        return Address::try_from(&known[..]).ok();
    }
    let address = recover_address(signature, recovery_id, digest);
    // That nobody has signed is noted too, as nothing.
    let bytes = address.as_ref().map_or(&[][..], |address| &address[..]);
    RESULTS.note(&key, bytes.into());
    address
}

#[derive(Debug)]
struct Signers;

impl CryptoProvider for Signers {
    fn recover_signer_unchecked(
        &self,
        signature: &[u8; 65],
        digest: &[u8; 32],
    ) -> Result<Address, RecoveryError> {
        let (pair, recovery_id) = signature.split_first_chunk().expect("65 is more than 64");
        recall_address(pair, recovery_id[0], digest).ok_or_else(RecoveryError::new)
    }

    fn verify_and_compute_signer_unchecked(
        &self,
        public_key: &[u8; 65],
        signature: &[u8; 64],
        digest: &[u8; 32],
    ) -> Result<Address, RecoveryError> {
        // A signature is good for a key if the key is one of those that may have made it.
        let is_good = (0..4).any(|recovery_id| {
            recover_public_key(signature, recovery_id, digest)
                .is_some_and(|recovered| public_key[0] == 4 && recovered == public_key[1..])
        });
        if is_good {
            Ok(Address::from_word(keccak256(&public_key[1..])))
        } else {
            Err(RecoveryError::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::crypto::secp256k1::{
        recover_signer_unchecked, sign_message, verify_and_compute_signer_unchecked,
    };
    use alloy_primitives::B256;
    use k256::ecdsa::SigningKey;

    #[test]
    fn alloy_recovers_and_verifies_by_it() {
        install();
        let secret = B256::repeat_byte(7);
        let key = SigningKey::from_slice(&secret[..]).unwrap();
        let public = key.verifying_key().to_encoded_point(false);
        let public: [u8; 65] = public.as_bytes().try_into().unwrap();
        let expected = Address::from_private_key(&key);
        let digest = B256::repeat_byte(3);
        let signature = sign_message(secret, digest).unwrap();
        for _ in 0..2 {
            assert_eq!(
                recover_signer_unchecked(&signature, digest).unwrap(),
                expected
            );
        }
        let verify = verify_and_compute_signer_unchecked;
        assert_eq!(verify(&public, &signature, digest).unwrap(), expected);
        assert!(verify(&public, &signature, B256::repeat_byte(4)).is_err());
        assert!(verify(&[4; 65], &signature, digest).is_err());
    }

    #[test]
    fn remembers_that_nobody_has_signed() {
        for _ in 0..2 {
            assert_eq!(recall_address(&[0; 64], 0, &[1; 32]), None);
        }
    }
}
