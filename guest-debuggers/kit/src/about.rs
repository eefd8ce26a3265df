//! What a debugger says about itself, as it stands in the file: the text of the custom section
//! `stillpoint:debugger`, made at compile time.
//!
//! Lines `name: value`, and after an empty line the text about the options, if there is one.
//! Invariant: a field is one line; the others are left out.

/// A field and its value; none and an empty one are left out.
pub type Field = (&'static str, Option<&'static str>);

/// The length in bytes of [`text`].
pub const fn length(fields: &[Field], help: &str) -> usize {
    let mut length = 0;
    let mut index = 0;
    while index < fields.len() {
        if let (name, Some(value)) = fields[index]
            && !value.is_empty()
        {
            length += name.len() + ": \n".len() + value.len();
        }
        index += 1;
    }
    if help.is_empty() { length } else { length + 1 + help.len() }
}

/// The text, as bytes of UTF-8.
pub const fn text<const LENGTH: usize>(fields: &[Field], help: &str) -> [u8; LENGTH] {
    let mut text = [0; LENGTH];
    let mut end = 0;
    let mut index = 0;
    while index < fields.len() {
        if let (name, Some(value)) = fields[index]
            && !value.is_empty()
        {
            end = put(&mut text, end, name, false);
            end = put(&mut text, end, ": ", false);
            end = put(&mut text, end, value, true);
            end = put(&mut text, end, "\n", false);
        }
        index += 1;
    }
    if !help.is_empty() {
        end = put(&mut text, end, "\n", false);
        put(&mut text, end, help, false);
    }
    text
}

/// Puts a part into the text, on one line if it has to be, and returns where it ends.
const fn put(text: &mut [u8], begin: usize, part: &str, is_line: bool) -> usize {
    let part = part.as_bytes();
    let mut index = 0;
    while index < part.len() {
        let is_end = matches!(part[index], b'\n' | b'\r');
        text[begin + index] = if is_line && is_end { b' ' } else { part[index] };
        index += 1;
    }
    begin + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] =
        &[("name", Some("count")), ("version", None), ("description", Some("counts\ncalls")), ("homepage", Some(""))];

    #[test]
    fn fields_and_then_the_help() {
        const BARE: [u8; length(FIELDS, "")] = text(FIELDS, "");
        assert_eq!(std::str::from_utf8(&BARE), Ok("name: count\ndescription: counts calls\n"));
        const HELP: &str = "  --top N  only N\n  --help";
        const WHOLE: [u8; length(FIELDS, HELP)] = text(FIELDS, HELP);
        let expected = "name: count\ndescription: counts calls\n\n  --top N  only N\n  --help";
        assert_eq!(std::str::from_utf8(&WHOLE), Ok(expected));
    }
}
