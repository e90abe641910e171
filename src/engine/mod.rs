//! The only place with threads: jobs, priorities, cancellation, batching.
//!
//! | file | what it is for |
//! |---|---|
//! | `work` | the layers below, as a trait |
//! | `event` | what front ends ask and what they are told |
//! | `state` | who has to do what next: rows, queues, generations; no threads |
//! | `threads` | the threads that do it |
//! | `watch` | the calls under way that wait for a disk or a network |
//! | `watcher` | the thread that looks at them: pace, slow places, fresh readers |
//! | `batch` | the same work for the subcommands without a screen, in order |
//! | `walk` | the shelf's folders, several listed at once |
//! | `chain` | a trial through the files that prepare a model's input |
//! | `shift` | how far numbers move between releases, where they can be computed |
//! | `explain` | a traceback against a whole shelf |
//! | `tables` | the program's tables, read ahead |
//! | `trials` | the one of them that runs trials |

pub mod batch;
pub mod chain;
mod changes;
mod event;
pub mod explain;
pub mod guard;
mod live;
mod readers;
mod shift;
mod state;
pub mod tables;
mod threads;
mod trials;
mod walk;
pub mod watch;
mod watcher;
mod work;

#[cfg(test)]
mod tests;

pub use event::{Event, Pulse, Request, Slow};
pub use live::LiveWork;
pub use threads::{Engine, Options, THREAD_PREFIX};
pub use work::{Trust, WalkItem, Work};
