//! What several integration tests share.

pub mod real_env;
