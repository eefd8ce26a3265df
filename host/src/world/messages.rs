//! `messages`: text for the user.
//!
//! Invariant: the debugger does not notice whether the messages can be written.

use super::World;
use super::interfaces::messages::Host;

impl Host for World {
    fn print(&mut self, text: String) {
        self.output.write(text.as_bytes());
    }
}
