//! [`Held`]: events that wait until it is known that they matter.

use super::{Event, Events};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Events held back until they are let through, in their order; later ones go straight on.
#[derive(Debug)]
pub(crate) struct Held {
    onward: Events,
    /// `None` once they are let through.
    waiting: Mutex<Option<Vec<Event>>>,
}

impl Held {
    /// Holds back what would go to `onward`.
    pub(crate) fn back(onward: &Events) -> Self {
        Self { onward: onward.clone(), waiting: Mutex::new(Some(Vec::new())) }
    }

    /// Takes an event.
    pub(crate) fn take(&self, event: Event) {
        let mut waiting = self.waiting();
        match waiting.as_mut() {
            Some(waiting) => waiting.push(event),
            // Still under the lock: nothing overtakes what is let through at this moment.
            None => self.onward.send(event),
        }
    }

    /// Lets everything through.
    pub(crate) fn release(&self) {
        let mut waiting = self.waiting();
        for event in waiting.take().into_iter().flatten() {
            self.onward.send(event);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<Event>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn nothing_goes_on_before_it_is_let_through_and_then_all_in_order() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let held = Held::back(&Events::new(move |event| told.lock().unwrap().push(event)));
        let notice = |word: &str| Event::Notice { message: word.to_owned() };
        held.take(notice("first"));
        held.take(notice("second"));
        assert_eq!(*seen.lock().unwrap(), []);
        held.release();
        held.take(notice("third"));
        let expected = [notice("first"), notice("second"), notice("third")];
        assert_eq!(*seen.lock().unwrap(), expected);
    }
}
