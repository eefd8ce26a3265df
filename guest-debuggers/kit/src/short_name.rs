//! Names for a line on the screen.
//!
//! Invariant: a name that is short enough is shown as it is.

use std::fmt::{self, Write as _};

/// Names longer than this are shortened.
const LONG: usize = 80;
/// So is what remains, if it is longer than this.
const LONGEST: usize = 120;

/// Shows a function's name on one line: a long one without what its inner angle brackets hold, for generic Rust names
/// can fill a page.
#[derive(Clone, Copy, Debug)]
pub struct ShortName<'n>(pub &'n str);

impl fmt::Display for ShortName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= LONG {
            return f.write_str(self.0);
        }
        let (mut depth, mut before, mut shown) = (0u32, ' ', 0usize);
        for letter in self.0.chars() {
            // The arrow of a function type closes nothing.
            if letter == '>' && before != '-' {
                depth = depth.saturating_sub(1);
            }
            if depth < 2 {
                f.write_char(letter)?;
                shown += 1;
            }
            if letter == '<' {
                depth += 1;
                if depth == 2 {
                    f.write_char('…')?;
                }
            }
            if shown >= LONGEST {
                return f.write_char('…');
            }
            before = letter;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_inner_brackets() {
        assert_eq!(ShortName("<a::B<c::D<E>> as F>::g").to_string(), "<a::B<c::D<E>> as F>::g");
        let long =
            "<std::sync::OnceLock<std::sync::ReentrantLock<core::cell::RefCell<u8>>>>::initialize::<fn(u8) -> u8, !>";
        assert_eq!(ShortName(long).to_string(), "<std::sync::OnceLock<…>>::initialize::<fn(u8) -> u8, !>");
    }

    #[test]
    fn any_name_ends() {
        assert_eq!(ShortName(&">".repeat(100)).to_string(), ">".repeat(100));
        assert_eq!(ShortName(&"<".repeat(100)).to_string(), "<<…");
        assert_eq!(ShortName(&"é".repeat(500)).to_string(), "é".repeat(LONGEST) + "…");
    }
}
