//! Environments built in temporary folders.
