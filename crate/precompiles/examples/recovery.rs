//! Times recovery beside `k256`'s, in turns: `cargo run --release -p forerun-precompiles --example
//! recovery`.

use alloy_primitives::keccak256;
use forerun_precompiles::recover_public_key;
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use std::{hint::black_box, time::Instant};

const SIGNATURES: u32 = 64;
const ROUNDS: usize = 31;

fn main() {
    let all: Vec<_> = (0..SIGNATURES).map(sign).collect();
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(time(&all, |(signature, id, digest)| {
            recover_public_key(&signature.to_bytes().into(), id.to_byte(), digest).is_some()
        }));
        theirs.push(time(&all, |(signature, id, digest)| {
            VerifyingKey::recover_from_prehash(digest, signature, *id).is_ok()
        }));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "here {ours:.1} us, k256 {theirs:.1} us, ratio {:.2}",
        ours / theirs
    );
}

fn sign(number: u32) -> (Signature, RecoveryId, [u8; 32]) {
    let key = SigningKey::from_slice(&*keccak256(number.to_be_bytes())).expect("is in range");
    let digest = keccak256(number.to_le_bytes()).0;
    let (signature, id) = key
        .sign_prehash_recoverable(&digest)
        .expect("can be signed");
    (signature, id, digest)
}

/// Microseconds for one.
fn time<T>(all: &[T], recover: impl Fn(&T) -> bool) -> f64 {
    let start = Instant::now();
    assert!(all.iter().all(|one| recover(black_box(one))));
    start.elapsed().as_secs_f64() * 1e6 / all.len() as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
