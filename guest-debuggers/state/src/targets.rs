//! The functions at which the program is to be looked at.
//!
//! Invariant: if the user names no function, the program is looked at wherever it begins, whatever
//! names its functions have, and even if they have none.

use stillpoint_kit::{Code, EntryFunction, Function};

/// The names that compilers give to the function that their users write as `main`: of C, C++, Rust
/// and others; of Go; of C with arguments and without.
const MAINS: [&str; 4] = ["main", "main.main", "__main_argc_argv", "__original_main"];

/// The functions to stop at.
#[derive(Debug)]
pub(crate) struct Targets<'c> {
    /// The functions to look at, whichever comes first.
    pub(crate) wanted: Vec<&'c Function>,
    /// The function with which the program begins. It is looked at if the program comes to none of
    /// the others.
    pub(crate) beginning: Option<&'c Function>,
}

impl<'c> Targets<'c> {
    /// Those that the user has named: the functions of this name, or else those whose path ends in
    /// it, such as `demo::solve`, `main.solve` or `demo/solve` for `solve`.
    pub(crate) fn named(code: &'c Code, name: &str) -> Result<Targets<'c>, String> {
        match functions(code, name) {
            wanted if wanted.is_empty() => Err(format!("--at: the program has no function called {name:?}")),
            wanted => Ok(Targets { wanted, beginning: None }),
        }
    }

    /// The beginning of the program: of a command its `main`, if it has one, and of any other the
    /// function that the host calls.
    pub(crate) fn beginning(code: &'c Code, entry: Option<&EntryFunction>) -> Targets<'c> {
        let beginning = entry.and_then(|entry| code.module(entry.module)?.function(entry.function));
        let mains = || MAINS.into_iter().map(|name| functions(code, name)).find(|found| !found.is_empty());
        let wanted = match (entry, beginning) {
            (Some(entry), Some(beginning)) if !is_command(entry) => vec![beginning],
            (_, Some(beginning)) => mains().unwrap_or_else(|| vec![beginning]),
            (_, None) => mains().unwrap_or_else(|| functions(code, "_start")),
        };
        Targets { wanted, beginning }
    }
}

/// Whether the host runs the program as a command, rather than calling a function that the user has
/// chosen.
fn is_command(entry: &EntryFunction) -> bool {
    match &entry.name {
        None => true,
        Some(name) => name == "_start" || name.starts_with("wasi:cli/run@"),
    }
}

fn functions<'c>(code: &'c Code, name: &str) -> Vec<&'c Function> {
    let exact: Vec<_> = code.functions().filter(|function| function.is_called(|other| other == name)).collect();
    if !exact.is_empty() {
        return exact;
    }
    code.functions().filter(|function| is_path_to(&function.name, name)).collect()
}

/// Whether `name` is the last part of a path.
fn is_path_to(path: &str, name: &str) -> bool {
    let ends = ["::", "#", "/", "."];
    path.strip_suffix(name).is_some_and(|before| ends.into_iter().any(|end| before.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert!(is_path_to("demo::solve", "solve"));
        assert!(is_path_to("wasi:cli/run@0.2.0#run", "run"));
        assert!(is_path_to("main.solve", "solve") && is_path_to("demo/solve", "solve"));
        assert!(!is_path_to("resolve", "solve"));
        assert!(!is_path_to("demo::solve", "demo"));
    }

    #[test]
    fn commands() {
        let entry = |name: Option<&str>| EntryFunction {
            name: name.map(str::to_owned),
            module: 0,
            function: 0,
            instance: None,
        };
        let names = [None, Some("_start"), Some("wasi:cli/run@0.2.6#run"), Some("main"), Some("run")];
        assert_eq!(names.map(|name| is_command(&entry(name))), [true, true, true, false, false]);
    }
}
