//! The only place with threads: jobs, priorities, cancellation, batching.
//!
//! | file | what it is for |
//! |---|---|
//! | `work` | the layers below, as a trait |
//! | `event` | what front ends ask and what they are told |
//! | `state` | who has to do what next: rows, queues, generations; no threads |
//! | `threads` | the threads that do it |
//! | `walk` | the shelf's folders, several listed at once |
//! | `trials` | the one of them that runs trials |

pub mod batch;
mod event;
pub mod guard;
mod live;
mod state;
mod threads;
mod trials;
mod walk;
mod work;

#[cfg(test)]
mod tests;

pub use event::{Event, Request};
pub use live::LiveWork;
pub use threads::{Engine, Options, THREAD_PREFIX};
pub use work::{Trust, WalkItem, Work};
