//! Bundles as block builders take them: what they would do, and what they would pay.
//!
//! A bundle runs as one block, on all threads, and the executor tells what the coinbase has behind
//! each transaction. From that follows all that builders ask for. A bundle of which a transaction
//! may be left out runs again without it, from the start.
//!
//! | module | holds |
//! |---|---|
//! | `call_bundle` | `eth_callBundle` |
//! | `sim_bundle` | `mev_simBundle` |
//! | `mev_bundle`, `earnings` | its bundles within bundles, and what their refunds leave |
//! | `run` | executing a bundle; `logs` writes what it logged |
//! | `amount` | what somebody gained, or lost |

mod amount;
mod call_bundle;
mod earnings;
mod logs;
mod mev_bundle;
mod run;
mod sim_bundle;

pub(crate) use call_bundle::call_bundle;
pub(crate) use sim_bundle::sim_bundle;
