//! The thread that looks at the calls under way: it tells the front end how the work goes, puts
//! fresh readers in the place of those that hang, and does not let comparisons wait for ever for an
//! environment. It sleeps while nothing is under way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::{Event, Pulse, Slow};
use super::state::Choice;
use super::threads::Shared;
use super::watch::{Kind, Look};

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(250);
/// A reading that gets no byte for this long is given another thread's place.
const HANGS: Duration = Duration::from_secs(1);
/// A call that lasts this long is named as slow.
const SLOW: Duration = Duration::from_secs(2);
/// A reading that lasts this long is worth a bar.
const LONG: Duration = Duration::from_millis(400);
/// How long rows wait to be compared while the environment is looked for.
const WITHOUT: Duration = Duration::from_secs(2);
/// The most threads that may hang in files.
const AT_MOST: usize = 64;
/// How many slow places are told.
const NAMED: usize = 8;

impl Shared {
    pub(super) fn watcher(self: &Arc<Self>) {
        let mut paces: VecDeque<(Instant, usize)> = VecDeque::new();
        let mut last = Pulse::default();
        while self.watch.wait() {
            loop {
                if !self.watch.pass(PERIOD) {
                    return;
                }
                let looks = self.watch.look();
                self.relieve(&looks);
                let rate = self.rate(&mut paces);
                let pulse = pulse(&looks, rate);
                if pulse != last {
                    let state = self.lock();
                    if state.quitting {
                        return;
                    }
                    // Under the lock, so that it does not come after the start of another walk.
                    (self.sink)(Event::Pulse(pulse.clone()));
                    last = pulse;
                }
                if looks.is_empty() && last == Pulse::default() {
                    break;
                }
            }
            paces.clear();
        }
    }

    /// Keeps things going beside calls that hang.
    fn relieve(self: &Arc<Self>, looks: &[Look]) {
        let hangs = |look: &&Look| look.kind == Kind::File && look.still >= HANGS;
        let hanging = looks.iter().filter(hangs).count().min(AT_MOST);
        let lasting = |look: &Look| look.kind == Kind::Environment && look.age >= WITHOUT;
        let mut state = self.lock();
        state.hanging = hanging;
        let missing = (state.wanted_readers + hanging).saturating_sub(state.readers);
        if looks.iter().any(lasting) && matches!(state.environment, Choice::Pending) {
            // Rows are compared with nothing until it is found, and then again.
            state.choose(None);
        }
        drop(state);
        for _ in 0..missing {
            // Without a thread the others wait for the next look.
            let _ = self.hire();
        }
        self.bell.notify_all();
    }

    /// Rows told in the last second.
    fn rate(&self, paces: &mut VecDeque<(Instant, usize)>) -> usize {
        let now = Instant::now();
        paces.push_back((now, self.lock().told));
        while paces.len() > 5 {
            paces.pop_front();
        }
        let (Some((first, before)), Some((_, after))) = (paces.front(), paces.back()) else {
            return 0;
        };
        let seconds = now.saturating_duration_since(*first).as_secs_f64();
        if seconds < 0.2 {
            return 0;
        }
        (after.saturating_sub(*before) as f64 / seconds) as usize
    }
}

fn pulse(looks: &[Look], rate: usize) -> Pulse {
    let waits = |look: &&Look| {
        look.still >= SLOW || (look.kind == Kind::File && look.bytes.0 == 0 && look.age >= SLOW)
    };
    let slow = looks.iter().filter(waits).take(NAMED).map(|look| Slow {
        path: look.path.clone(),
        seconds: look.still.as_secs(),
    });
    let long = looks
        .iter()
        .filter(|look| look.age >= LONG && look.bytes.1 > 0);
    Pulse {
        rate: if looks.is_empty() { 0 } else { rate },
        slow: slow.collect(),
        reading: long
            .filter_map(|look| Some((look.row?, look.bytes.0, look.bytes.1)))
            .collect(),
    }
}
