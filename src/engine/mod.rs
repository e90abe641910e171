//! The only place with threads: jobs, priorities, cancellation, batching.

mod event;

pub use event::{Event, Request};
