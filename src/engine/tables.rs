//! The tables of the program, read ahead of the first question to them.

use std::thread;

/// Reads the tables that every manifest asks, beside the walk, which waits for the disk. Who comes
/// earlier waits for them, as without this.
pub fn prepare() {
    let read = || {
        crate::package::prepare();
        crate::manifest::prepare();
        crate::trust::prepare();
    };
    // Without a thread the first question reads them.
    let _ = thread::Builder::new().spawn(read);
}
