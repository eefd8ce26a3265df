//! `report`: messages to the user.
//!
//! Invariant: the debugger does not notice whether the messages can be written.

use super::World;
use super::interfaces::report::Host;

impl Host for World {
    fn print(&mut self, text: String) {
        self.output.write(text.as_bytes());
    }
}
