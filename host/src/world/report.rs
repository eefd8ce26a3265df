//! `report`: words for the person at the screen.
//!
//! Invariant: a reader that went away is the host's business; the debugger never learns of it.

use super::World;
use super::interfaces::report::Host;

impl Host for World {
    fn print(&mut self, text: String) {
        self.output.write(text.as_bytes());
    }
}
