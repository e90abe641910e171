//! Where messages wait for the loop. Two queues, one bell: what somebody waits for (keys, sizes,
//! signals) goes before what the engine tells, however much of that there is.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::message::Message;
use super::run::{Next, Source};

/// A handle to the queues. Clones share them.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    queues: Mutex<Queues>,
    bell: Condvar,
}

#[derive(Default)]
struct Queues {
    first: VecDeque<Message>,
    news: VecDeque<Message>,
}

impl Queues {
    fn take(&mut self) -> Option<Message> {
        self.first.pop_front().or_else(|| self.news.pop_front())
    }
}

impl Mailbox {
    /// Hands in a message. Never blocks.
    pub fn send(&self, message: Message) {
        let mut queues = self.lock();
        match message {
            Message::Engine(_) => queues.news.push_back(message),
            _ => queues.first.push_back(message),
        }
        drop(queues);
        self.0.bell.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        // Messages are only ever added or taken whole: a panic in between leaves them sound.
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Mailbox {
    fn next(&mut self, wait: Option<Duration>) -> Next {
        let end = wait.map(|wait| Instant::now() + wait);
        let mut queues = self.lock();
        loop {
            if let Some(message) = queues.take() {
                return Next::Message(message);
            }
            let bell = &self.0.bell;
            queues = match end {
                None => bell.wait(queues).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let rest = end.saturating_duration_since(Instant::now());
                    if rest.is_zero() {
                        return Next::Nothing;
                    }
                    let waited = bell.wait_timeout(queues, rest);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;

    #[test]
    fn a_key_goes_before_the_news_that_came_earlier() {
        let mut mailbox = Mailbox::default();
        mailbox.send(Message::Engine(Event::Started));
        mailbox.send(Message::Resize(80, 24));
        let first = mailbox.next(None);
        assert!(matches!(first, Next::Message(Message::Resize(80, 24))));
        let second = mailbox.next(Some(Duration::ZERO));
        assert!(matches!(second, Next::Message(Message::Engine(_))));
        let third = mailbox.next(Some(Duration::from_millis(1)));
        assert!(matches!(third, Next::Nothing));
    }
}
