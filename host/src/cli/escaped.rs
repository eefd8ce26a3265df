//! Keeps text from outside from doing anything to a terminal but setting colours.
//!
//! Names in a program's binary, its errors and everything that a debugger prints come from people
//! who are not trusted with this machine. A terminal acts on some of it: it moves the cursor, sets
//! titles, fills the clipboard, even types keys back.
//!
//! Invariant: what reaches a terminal through here is printable text, line ends, tabs and `SGR`
//! sequences (ECMA-48, 8.3.117: colours and emphasis).

use std::borrow::Cow;
use std::io::{self, Write};
use stillpoint::names::{escaped, is_invisible};

/// The longest `SGR` sequence that is let through, in bytes, with its beginning and its end.
const MAX_SEQUENCE: usize = 32;

/// Escapes a text of ours that has names from outside in it: every control character but line ends
/// and tabs is shown in the form `\u{1b}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    escaped(text, |c| (c.is_control() && c != '\n' && c != '\t') || is_invisible(c))
}

/// Writes to a terminal what a debugger prints, escaped.
pub(crate) struct Escaped<W> {
    terminal: W,
    /// The beginning of a sequence or of a character whose end has not been written yet.
    held: Vec<u8>,
}

impl<W: Write> Escaped<W> {
    pub(crate) fn new(terminal: W) -> Escaped<W> {
        Escaped { terminal, held: Vec::new() }
    }
}

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut shown = Vec::with_capacity(bytes.len());
        for byte in bytes {
            add(&mut self.held, *byte, &mut shown);
        }
        self.terminal.write_all(&shown)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.terminal.flush()
    }
}

/// Adds one byte of a debugger's text to the bytes that are shown for it.
fn add(held: &mut Vec<u8>, byte: u8, shown: &mut Vec<u8>) {
    match (held.as_slice(), byte) {
        ([], 0x1b | 0xc2 | 0xe2 | b'\r') => held.push(byte),
        ([], b'\n' | b'\t') => shown.push(byte),
        ([], 0..0x20 | 0x7f) => push_escaped(&[byte], shown),
        ([], _) => shown.push(byte),
        // U+0080 to U+009F: some terminals take these for the beginning of a sequence as well.
        ([0xc2], 0x80..=0x9f) => push_escaped(&[std::mem::take(held).as_slice(), &[byte]].concat(), shown),
        ([0xc2], _) => {
            shown.append(held);
            add(held, byte, shown);
        }
        // Allowed at the end of a line. Elsewhere, the text after it would be written over the
        // line.
        ([b'\r'], b'\n') => {
            held.clear();
            shown.extend(b"\r\n");
        }
        ([0xe2], 0x80 | 0x81) => held.push(byte),
        ([0xe2, 0x80 | 0x81], 0x80..=0xbf) => {
            held.push(byte);
            push_escaped(&std::mem::take(held), shown);
        }
        ([0xe2, ..], _) => {
            shown.append(held);
            add(held, byte, shown);
        }
        ([0x1b], b'[') => held.push(byte),
        ([0x1b, b'[', ..], b'0'..=b'9' | b';' | b':') if held.len() < MAX_SEQUENCE => held.push(byte),
        ([0x1b, b'[', ..], b'm') => {
            shown.append(held);
            shown.push(byte);
        }
        _ => {
            // Not a colour: its beginning is shown, and the rest is treated as plain text.
            push_escaped(&std::mem::take(held), shown);
            add(held, byte, shown);
        }
    }
}

/// Adds bytes that a terminal would act on, in a form that it shows.
fn push_escaped(bytes: &[u8], shown: &mut Vec<u8>) {
    shown.extend(escape(&String::from_utf8_lossy(bytes)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(escape("a name\n\tand ünicode"), "a name\n\tand ünicode");
        assert_eq!(escape("\u{1b}[2Jx\r\u{9b}31m"), r"\u{1b}[2Jx\r\u{9b}31m");
    }

    #[test]
    fn a_terminal_gets_colours_and_nothing_else() {
        for (text, shown) in [
            ("plain\n\tünicode, é\r\n", "plain\n\tünicode, é\r\n"),
            (
                "\u{1b}[1;31mred\u{1b}[m and \u{1b}[38:2:1:2:3mmore\u{1b}[0m",
                "\u{1b}[1;31mred\u{1b}[m and \u{1b}[38:2:1:2:3mmore\u{1b}[0m",
            ),
            ("\u{1b}[2Jgone", r"\u{1b}[2Jgone"),
            ("\u{1b}]52;c;cm0=\u{7}", r"\u{1b}]52;c;cm0=\u{7}"),
            ("\u{1b}\u{1b}[31mx", "\\u{1b}\u{1b}[31mx"),
            ("\u{9b}31m\u{8}", r"\u{9b}31m\u{8}"),
            ("one\rtwo\r\n", "one\\rtwo\r\n"),
            ("a\u{202e}b\u{200b}c\u{2066}d – … ‘’ ⁂ €", "a\\u{202e}b\\u{200b}c\\u{2066}d – … ‘’ ⁂ €"),
            ("\u{1b}[11111111111111111111111111111111111m", r"\u{1b}[11111111111111111111111111111111111m"),
        ] {
            // The text is the same however it is cut into writes.
            for size in 1..=text.len() {
                let mut terminal = Vec::new();
                let mut escaped = Escaped::new(&mut terminal);
                for piece in text.as_bytes().chunks(size) {
                    escaped.write_all(piece).unwrap();
                }
                assert_eq!(String::from_utf8(terminal).unwrap(), shown, "{text:?} in pieces of {size}");
            }
        }
    }
}
