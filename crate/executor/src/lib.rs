//! Speculative parallel execution of EVM blocks over revm.
