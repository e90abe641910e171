//! The terminal program.
//!
//! From key to frame: the terminal's thread and the engine send `Message`s on one channel; `update`
//! makes the next state and says what is to be done; `settle` derives what follows from the state;
//! `view` draws it. Only `session`, `run` and `terminal` touch the world.
//!
//! | file | what it is for |
//! |---|---|
//! | `app`, `row`, `face`, `live` | the state |
//! | `message`, `update`, `press`, `movement`, `heard`, `trials`, `form`, `explain`, `marks`, `jump`, `copy`, `mouse`, `leave`, `effect` | how it changes |
//! | `settle`, `order` | what follows from it |
//! | `keymap` | the one table of commands |
//! | `select` | the filter without a screen |
//! | `survey` | what is known of the artifacts in other environments |
//! | `filter`, `scroll`, `layout`, `cells`, `sheet`, `theme` | small tools without state |
//! | `view`, `front`, `pane` | what is drawn |
//! | `session`, `run`, `mailbox`, `terminal`, `screen`, `clipboard`, `outside` | the loop and the terminal |

mod app;
mod cells;
mod clipboard;
mod copy;
mod effect;
mod explain;
mod face;
mod filter;
mod form;
mod front;
mod heard;
mod jump;
mod keymap;
mod layout;
mod leave;
mod live;
mod mailbox;
mod marks;
mod message;
mod mouse;
mod movement;
mod order;
mod outside;
mod pace;
mod pane;
mod press;
mod row;
mod run;
mod screen;
mod scroll;
mod select;
mod session;
mod settle;
mod sheet;
mod survey;
mod terminal;
mod theme;
mod trials;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use app::{Mode, Sort};
pub use effect::Ended;
pub use keymap::{Keymap, actions, markdown as key_table};
pub use select::{Read, Selection};
pub use session::{Error, Options, Settings, browse, clipboard_words, screen_words};
pub use theme::Palette;
