//! Budgets of a read. They bound memory and time by what is in the file, not by what it declares.

/// How much one artifact may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Opcodes over all streams.
    pub opcodes: u64,
    /// Nodes in the graph; one takes 40 bytes and what it owns.
    pub nodes: usize,
    /// Longer strings and byte strings are passed over and remembered by place.
    pub keep: u64,
    /// Kept bytes over all strings and byte strings.
    pub kept: u64,
    /// References inside containers (list items, dict pairs, arguments).
    pub links: u64,
    /// Streams: the file's own and nested ones.
    pub streams: usize,
    /// Bytes of memory for the graph with everything it owns, and for the memo.
    pub memory: u64,
    /// Different names that loading would import.
    pub names: usize,
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
        memory: 96 << 20,
        names: 5_000,
    };

    /// For a look at a small file beside an artifact, while the artifact itself is in memory.
    pub const GLANCE: Limits = Limits {
        memory: crate::source::room::FREE,
        ..Limits::IDENTITY
    };

    /// For a trial of a file of `size` bytes: every number of the model is needed. A real model
    /// gets what it holds, compressed ones up to sixteen times their size; a small file cannot ask
    /// for more than a large manifest takes.
    pub fn everything(size: u64) -> Limits {
        let more = size.saturating_mul(16);
        Limits {
            keep: 1 << 30,
            kept: Limits::IDENTITY.kept.saturating_add(more).min(4 << 30),
            memory: Limits::IDENTITY.memory.saturating_add(more).min(6 << 30),
            ..Limits::IDENTITY
        }
    }
}
