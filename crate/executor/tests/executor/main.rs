//! The executor from outside: a small world of accounts and contracts that get into each other's
//! way in every manner the EVM has, a plain revm loop as the judge, and what happens when a run
//! cannot be finished.

mod assembly;
mod commuting;
mod contracts;
mod draw;
mod failures;
mod lanes;
mod model;
mod oracle;
mod pitfalls;
mod played;
mod properties;
mod recordings;
mod rehearsals;
mod scenario;
mod switches;
mod unshown;
mod ways;
mod world;
