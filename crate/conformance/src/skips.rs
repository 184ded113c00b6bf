//! Which state tests are not run though their fork is known, and why.

use std::path::Path;

/// Creating a contract over an account without nonce and code but with storage: refused since
/// [EIP-7610](https://eips.ethereum.org/EIPS/eip-7610), done by revm, whose results are our measure.
/// No chain can get there: such accounts are from before EIP-161, and a new contract gets the address
/// of one only by a collision of hashes.
const REASON: &str = "EIP-7610: revm creates contracts over accounts that have only storage, \
                      which on a chain takes a collision of hashes";

/// File names, and a part of the names of those tests in it that get so far.
const OVER_STORAGE: [(&str, &str); 9] = [
    ("InitCollisionParis.json", ""),
    ("RevertInCreateInInitCreate2Paris.json", ""),
    ("RevertInCreateInInit_Paris.json", ""),
    ("create2collisionStorageParis.json", ""),
    ("dynamicAccountOverwriteEmpty_Paris.json", ""),
    (
        "test_init_collision_create_opcode.json",
        "non-empty-balance-correct-initcode",
    ),
    (
        "test_init_collision_create_opcode.json",
        "non-empty-balance-revert-initcode",
    ),
    (
        "test_init_collision_create_tx.json",
        "non-empty-balance-correct-initcode",
    ),
    (
        "test_init_collision_create_tx.json",
        "non-empty-balance-revert-initcode",
    ),
];

/// Why a test is not run, if it is not.
pub(crate) fn reason(file: &Path, test: &str) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    OVER_STORAGE
        .iter()
        .any(|(listed, part)| *listed == name && test.contains(part))
        .then_some(REASON)
}
