//! Budgets of a read. They bound memory and time by what is in the file, not by what it declares.

/// How much one artifact may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Opcodes over all streams.
    pub opcodes: u64,
    /// Nodes in the graph; one takes about 40 bytes.
    pub nodes: usize,
    /// Longer strings and byte strings are passed over and remembered by place.
    pub keep: u64,
    /// Kept bytes over all strings and byte strings.
    pub kept: u64,
    /// References inside containers (list items, dict pairs, arguments).
    pub links: u64,
    /// Streams: the file's own and nested ones.
    pub streams: usize,
}

impl Limits {
    /// For a manifest: large arrays stay on disk.
    pub const IDENTITY: Limits = Limits {
        opcodes: 60_000_000,
        nodes: 4_000_000,
        keep: 64 * 1024,
        kept: 48 << 20,
        links: 12_000_000,
        streams: 100_000,
    };

    /// For a trial: every number of the model is needed.
    pub const EVERYTHING: Limits = Limits {
        keep: 1 << 30,
        kept: 2 << 30,
        ..Limits::IDENTITY
    };
}
