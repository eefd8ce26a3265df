//! What a debugger's file says of itself, in a custom section.
//!
//! Invariant: the text is only shown. Nothing is decided by it, because its author wrote it.

use crate::names;

/// The name of the custom section. It may be the component's own or that of a core module in it.
pub(super) const ABOUT: &str = "stillpoint:debugger";

/// The most bytes of the section that are read.
const MAX_SIZE: usize = 64 << 10;

/// The most characters of a field, and the most lines of help.
const MAX_FIELD: usize = 200;
const MAX_LINES: usize = 200;

/// What a debugger says of itself. Every text is without control characters, but for the line ends
/// of `help`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub name: Option<String>,
    /// Its own version.
    pub version: Option<String>,
    /// A line about what it does.
    pub description: Option<String>,
    /// Where more is to be found.
    pub homepage: Option<String>,
    /// Its text of help, with its options.
    pub help: Option<String>,
}

impl About {
    /// Reads the contents of the section: lines of the form `name: TEXT`, and after an empty line
    /// the text of help. None if nothing is there. What is not understood is left out, and so is what
    /// is beyond [`MAX_SIZE`].
    pub(super) fn read(contents: &[u8]) -> Option<About> {
        let text = String::from_utf8_lossy(contents.get(..MAX_SIZE).unwrap_or(contents));
        let text = text.replace("\r\n", "\n").replace('\t', "    ");
        let (head, help) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut about = About::default();
        for (key, value) in head.lines().filter_map(|line| line.split_once(':')) {
            let field = match key.trim() {
                "name" => &mut about.name,
                "version" => &mut about.version,
                "description" => &mut about.description,
                "homepage" => &mut about.homepage,
                _ => continue,
            };
            let value: String = value.trim().chars().take(MAX_FIELD).collect();
            *field = Some(names::on_one_line(&value).into_owned()).filter(|value| !value.is_empty());
        }
        let help: Vec<_> = help.trim_end().lines().take(MAX_LINES).map(names::on_one_line).collect();
        about.help = Some(help.join("\n")).filter(|help| !help.is_empty());
        Some(about).filter(|about| *about != About::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood_is_taken() {
        let section =
            "name: mine\nversion: 1.2\nbogus: x\nno colon\ndescription: counts\u{7} things\n\nmine: help\n  x: y\n";
        let text = |text: &str| Some(text.to_owned());
        let expected = About {
            name: text("mine"),
            version: text("1.2"),
            description: text("counts\\u{7} things"),
            homepage: None,
            help: text("mine: help\n  x: y"),
        };
        assert_eq!(About::read(section.as_bytes()), Some(expected));
        assert_eq!(About::read(b""), None);
        assert_eq!(About::read(b"\xff\xfe: \n\n\n"), None);
    }
}
