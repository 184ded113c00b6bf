//! The memory of results that all engines of a module share.

use wasm_bindgen::prelude::wasm_bindgen;

/// Forgets the results of signatures and precompiles, and remembers new ones from now on or does not.
/// For measurements that are to find nothing known; results are the same with and without.
#[wasm_bindgen(js_name = restartMemory)]
pub fn restart_memory(is_on: bool) {
    forerun_simulator::restart_memory(is_on);
}
