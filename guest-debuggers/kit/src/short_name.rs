//! Shortens function names so that they fit on one line.
//!
//! Invariant: a name that is short enough is left as it is.

use std::fmt::{self, Write as _};

/// Names longer than this, in bytes, are shortened.
const SHORTEN_ABOVE: usize = 80;
/// A shortened name that is still longer than this, in characters, is cut.
const MAX_SHORTENED: usize = 120;

/// Shows a function's name on one line. A long name is shown without the contents of its inner
/// angle brackets, because generic Rust names can fill a page.
#[derive(Clone, Copy, Debug)]
pub struct ShortName<'n>(pub &'n str);

impl fmt::Display for ShortName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= SHORTEN_ABOVE {
            return f.write_str(self.0);
        }
        let (mut depth, mut before, mut shown) = (0u32, ' ', 0usize);
        for letter in self.0.chars() {
            // The arrow of a function type closes no bracket.
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
            if shown >= MAX_SHORTENED {
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
        assert_eq!(ShortName(&"é".repeat(500)).to_string(), "é".repeat(MAX_SHORTENED) + "…");
    }
}
