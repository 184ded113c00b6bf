//! Bundles and blocks in, answers out.
