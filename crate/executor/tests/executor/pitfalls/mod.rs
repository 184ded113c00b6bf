//! Mistakes that other parallel executors made, some of which stopped chains. Each has a scenario
//! here that runs on the forks it matters on, in all ways there are ([`judge_all_ways`]): all must
//! come to what the sequential loop and revm alone come to, in whole receipts and states, with no
//! more than two executions a transaction. Beyond that each states what the rules say.
//!
//! A test is named after its pitfall. Where there are several, the table names what they have in
//! common.
//!
//! | | pitfall | tests |
//! |---|---|---|
//! | P1 | the coinbase is read, sends, is a contract in the middle of a block | `coinbase::p01_coinbase_*` (4) |
//! | P2 | a tip to a coinbase that destroyed itself must burn | `coinbase::p02_tip_to_a_coinbase_*` (2) |
//! | P3 | fees set aside delete a coinbase or get lost among other credits | `coinbase::p03_*` (3) |
//! | P4 | a tip of nothing touches, before and after EIP-161 | `coinbase::p04_tip_of_nothing_touches_the_coinbase` |
//! | P5 | reads after SELFDESTRUCT, another code at the same address | `recreation::p05_*` (4), `destruction::p05_destroyed_twice_in_one_block` |
//! | P6 | a contract made anew stores the value that was there before | `recreation::p06_recreated_contract_that_stores_the_same_value_wrote_it` |
//! | P7 | an equal value hides that its writer is on the other side of a destruction | `recreation::p07_equal_value_does_not_hide_that_its_writer_went_across_a_destruction` |
//! | P8 | reader and validator disagree about a destruction, and run for ever | `destruction::p08_reader_and_validator_agree_about_every_destruction` |
//! | P9 | a slot that is zero for want of its account is read and not noted | `destruction::p09_slot_that_reads_zero_for_want_of_the_account_is_a_read_all_the_same` |
//! | P10 | the balance of a destroyed account | `destruction::p10_*` (2) |
//! | P11 | a reverted destruction takes an earlier balance with it | `destruction::p11_reverted_destruction_takes_no_earlier_balance_with_it` |
//! | P12 | no account, an empty one, and one with a balance alone | `emptiness::p12_*` (6) |
//! | P13 | nonces: chains, gaps, repeats, creations, nothing but invalid ones | `nonces::p13_*` (5) |
//! | P14 | an authorization takes a nonce of somebody else | `delegation::p14_*` (7, one ignored) |
//! | P15 | a delegation is changed, taken back, or points at something special | `delegation::p15_*` (4) |
//! | P16 | two reads in one execution do not agree; a jump table of another code | `funds::p16_*` (2), `delegation::p16_jump_targets_belong_to_the_code_that_runs` |
//! | P17 | gas of the block is not gas of the receipt; admission is in order | `gas::p17_*` (4) |
//! | P18 | balances that commute and must never go below zero in between | `funds::p18_*` (6), `delegation::p18_delegated_account_that_others_have_pay_out_is_refused_for_want_of_a_wei` |
//! | P19 | a hash stands for an address or a slot | `identity::p19_*` (3) |
//! | P20 | a fee joins a write under the same version | `coinbase::p20_fee_that_joins_a_write_of_the_same_transaction_is_seen_behind_it` |
//! | P21 | a run counts as done too early | `schedules::p21_run_that_ends_has_ended_whatever_pauses_its_workers_make` |
//! | P22 | what was run in vain leaks into what is reported | `schedules::p22_outcome_is_one_value_over_a_hundred_random_schedules` |
//! | P23 | loops, memory and panics on values that never were | `garbage::p23_*` (3) |
//! | P24 | the protocol's own calls and BLOCKHASH | `boundary::p24_*` (3) |
//! | P25 | precompiles with a balance | `precompiles::p25_*` (4) |
//! | P26 | a creation over an account with storage (EIP-7610) | `boundary::p26_*` (2, one ignored) |
//! | P27 | a cache from block to block after a reorganisation | `schedules::p27_blocks_on_other_states_leave_nothing_to_each_other` |
//! | P28 | running ahead with a wrong nonce takes the wrong branch | `nonces::p28_*` (3) |
//! | P29 | the order of logs; what must be forgotten from one transaction to the next | `receipts::p29_*` (5) |
//!
//! [`judge_all_ways`]: crate::ways::judge_all_ways

pub(crate) mod boundary;
mod changeling;
mod coinbase;
mod delegation;
mod destruction;
mod emptiness;
mod funds;
mod garbage;
mod gas;
mod identity;
mod nonces;
mod precompiles;
mod receipts;
mod recreation;
mod schedules;
