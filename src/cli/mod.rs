//! One file per subcommand.

pub mod browse;
pub mod pick;
