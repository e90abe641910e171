//! How thoroughly damage is tried: a sample in the ordinary run, everything with
//! `SHELFLIFE_DAMAGE=all cargo test --release --test damage --test formats_deep_damage
//! --test folder_damage --test formats_boosters`.

/// Files up to this many bytes are cut at every place in the thorough run.
pub const EVERY_CUT: usize = 100_000;

/// Changed copies of each file in the thorough run.
pub const EVERY_CHANGE: u64 = 2_000;

/// Whether everything is to be tried.
pub fn thorough() -> bool {
    std::env::var_os("SHELFLIFE_DAMAGE").is_some_and(|wish| wish == "all")
}
