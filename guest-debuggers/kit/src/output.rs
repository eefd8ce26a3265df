//! What a debugger prints: gathered here, and handed to the host many lines at a time.
//!
//! Invariant: text reaches the host once and in the order in which it was written. It is held back
//! only while the debugger is busy: at most 8 KiB of it, and at most 10 ms over a resume.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::time::{Duration, Instant};

use crate::contract::messages;

/// Text of this size, in bytes, is sent at once.
const FLUSH_SIZE: usize = 8 << 10;
/// Text that has waited longer than this is sent before the program is resumed.
const MAX_AGE: Duration = Duration::from_millis(10);

thread_local! {
    static PENDING: RefCell<Pending> = const { RefCell::new(Pending { text: String::new(), since: None }) };
}

/// Text that was not sent to the host yet.
struct Pending {
    text: String,
    /// When the program was first resumed with this text pending. Reading the clock costs a call of
    /// the host, so it is not read earlier.
    since: Option<Instant>,
}

impl Pending {
    /// Appends text, and returns the text that has to be sent now.
    fn add(&mut self, text: fmt::Arguments<'_>) -> Option<String> {
        // Writing to a string fails only if a `Display` of the caller does; the text before the
        // failure is kept.
        let _ = self.text.write_fmt(text);
        if self.text.len() >= FLUSH_SIZE { self.take() } else { None }
    }

    /// Takes all text, if there is any.
    fn take(&mut self) -> Option<String> {
        self.since = None;
        if self.text.is_empty() {
            return None;
        }
        Some(std::mem::replace(&mut self.text, String::with_capacity(FLUSH_SIZE)))
    }

    /// Takes the text that has to be sent before the program is resumed.
    fn take_old(&mut self, now: impl FnOnce() -> Instant) -> Option<String> {
        if self.text.is_empty() {
            return None;
        }
        let now = now();
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) >= MAX_AGE { self.take() } else { None }
    }
}

/// Prints a line for the user, like the standard macro of this name.
#[macro_export]
macro_rules! println {
    () => { $crate::write(::std::format_args!("\n")) };
    ($($argument:tt)*) => { $crate::write(::std::format_args!("{}\n", ::std::format_args!($($argument)*))) };
}

/// Prints text for the user, like the standard macro of this name.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::write(::std::format_args!($($argument)*)) };
}

/// Prints text for the user; [`println!`](crate::println!) is built on it.
///
/// Text is gathered. It is sent when there are 8 KiB of it, when the program is resumed and the
/// text is older than 10 ms, when the program has ended, when the debugger returns or panics, and
/// at a [`flush`].
pub fn write(text: fmt::Arguments<'_>) {
    send(|pending| pending.add(text));
}

/// Sends everything that was printed so far. Worth calling before a resume after which the program
/// may wait for long.
pub fn flush() {
    send(Pending::take);
}

/// Sends text that has waited for too long. To be called before every resume.
pub(crate) fn flush_old() {
    send(|pending| pending.take_old(Instant::now));
}

/// Takes text out of the cell, and sends it after that: a `Display` that prints or panics then
/// finds the cell free.
fn send(take: impl FnOnce(&mut Pending) -> Option<String>) {
    let text = PENDING.with(|pending| pending.try_borrow_mut().ok().and_then(|mut pending| take(&mut pending)));
    if let Some(text) = text {
        messages::print(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> Pending {
        Pending { text: String::new(), since: None }
    }

    #[test]
    fn text_is_gathered_until_it_is_much() {
        let mut pending = pending();
        let line = "x".repeat(99);
        let sent: Vec<_> = (0..1000).filter_map(|_| pending.add(format_args!("{line}\n"))).collect();
        assert!(sent.len() < 15, "{} calls of the host for 1000 lines", sent.len());
        let rest = pending.take().unwrap_or_default();
        assert_eq!(sent.concat() + &rest, format!("{line}\n").repeat(1000));
        assert_eq!(pending.take(), None);
    }

    #[test]
    fn text_is_not_held_back_over_many_resumes() {
        let start = Instant::now();
        let mut pending = pending();
        assert_eq!(pending.take_old(|| panic!("nothing is pending, the clock is not needed")), None);
        assert_eq!(pending.add(format_args!("a")), None);
        assert_eq!(pending.take_old(|| start), None);
        assert_eq!(pending.take_old(|| start + Duration::from_millis(9)), None);
        assert_eq!(pending.take_old(|| start + Duration::from_millis(10)), Some("a".to_owned()));
        assert_eq!(pending.add(format_args!("b")), None);
        assert_eq!(pending.take_old(|| start + Duration::from_millis(11)), None);
    }
}
