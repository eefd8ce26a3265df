//! Places in a program's code, written `function#n`: the n-th instruction of a function.
//!
//! Instructions are counted from 0 in the order of the binary: `end` and `else` count, and in
//! folded text operands come before what takes them. A function is called by its name in the name
//! section, or else by its export's, or else `f` and its index. This is the only notation for a
//! place: in the lines of a [transcript](crate::support::transcript), in the rows of a [table of
//! steps](crate::stepping::table), and where a test sets a breakpoint. Invariant: a place names one
//! instruction; a name that two functions have cannot be used.

use std::collections::BTreeMap;
use stillpoint_debuggee::{Location, ModuleId};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

/// A function with a body.
pub(crate) struct Function {
    /// Its index, imports included.
    pub(crate) index: u32,
    pub(crate) name: String,
    /// The pc and the operator of each instruction; the operator as `wasmparser` calls it.
    pub(crate) instructions: Vec<(u32, String)>,
}

/// The functions with a body of a module's binary, in order.
pub(crate) fn functions(binary: &[u8]) -> Vec<Function> {
    let mut n_imported = 0;
    let mut functions = Vec::new();
    let mut exports = BTreeMap::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(binary) {
        match payload.expect("the engine has accepted the module") {
            Payload::ImportSection(imports) => {
                let imports = imports.into_imports().map(|import| import.expect("valid"));
                n_imported += imports.filter(|import| matches!(import.ty, TypeRef::Func(_))).count() as u32;
            }
            Payload::ExportSection(section) => {
                let section = section.into_iter().map(|export| export.expect("valid"));
                let functions = section.filter(|export| export.kind == ExternalKind::Func);
                exports.extend(functions.map(|export| (export.index, export.name.to_owned())));
            }
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().expect("valid").into_iter_with_offsets();
                let instruction = |(operator, offset): (wasmparser::Operator<'_>, usize)| {
                    let operator = format!("{operator:?}");
                    let end = operator.find(' ').unwrap_or(operator.len());
                    (offset as u32, operator[..end].to_owned())
                };
                let instructions = operators.map(|operator| instruction(operator.expect("valid"))).collect();
                let index = n_imported + functions.len() as u32;
                functions.push(Function { index, name: String::new(), instructions });
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else { continue };
                for subsection in subsections.into_iter().map_while(Result::ok) {
                    let Name::Function(map) = subsection else { continue };
                    names.extend(map.into_iter().map_while(Result::ok).map(|name| (name.index, name.name.to_owned())));
                }
            }
            _ => {}
        }
    }
    for function in &mut functions {
        let name = names.remove(&function.index).or_else(|| exports.remove(&function.index));
        function.name = name.unwrap_or_else(|| format!("f{}", function.index));
    }
    functions
}

/// The places of a program.
#[derive(Default)]
pub(crate) struct Places {
    by_location: BTreeMap<Location, String>,
    /// None for a place that two modules have.
    by_name: BTreeMap<String, Option<Location>>,
    operators: BTreeMap<String, String>,
    functions: BTreeMap<String, u32>,
}

impl Places {
    /// The places of a program that is one module, in text form.
    pub(crate) fn of(wat: &str) -> Places {
        Places::of_modules(&[(ModuleId(0), wat::parse_str(wat).expect("the program is valid"))])
    }

    /// The places of a program of several modules.
    pub(crate) fn of_modules(modules: &[(ModuleId, Vec<u8>)]) -> Places {
        let mut places = Places::default();
        for (module, binary) in modules {
            for Function { index, name, instructions } in functions(binary) {
                for (n, (pc, operator)) in instructions.into_iter().enumerate() {
                    let (location, place) = (Location { module: *module, pc }, format!("{name}#{n}"));
                    places.by_location.insert(location, place.clone());
                    places.operators.insert(place.clone(), operator);
                    places.by_name.entry(place).and_modify(|known| *known = None).or_insert(Some(location));
                }
                places.functions.insert(name, index);
            }
        }
        places
    }

    /// The location of a place.
    #[track_caller]
    pub(crate) fn location(&self, place: &str) -> Location {
        match self.by_name.get(place) {
            Some(Some(location)) => *location,
            Some(None) => panic!("{place} is in several modules"),
            None => panic!("there is no place {place}"),
        }
    }

    /// The pc of a place.
    #[track_caller]
    pub(crate) fn pc(&self, place: &str) -> u32 {
        self.location(place).pc
    }

    /// The place at a location, or its numbers if no instruction begins there.
    pub(crate) fn name(&self, location: Location) -> String {
        let named = self.by_location.get(&location).cloned();
        named.unwrap_or_else(|| format!("{}:{:#x}", location.module, location.pc))
    }

    /// The index of a function by its name.
    #[track_caller]
    pub(crate) fn function(&self, name: &str) -> u32 {
        *self.functions.get(name).unwrap_or_else(|| panic!("there is no function {name}"))
    }

    /// Checks the comments of a text that number its instructions, such as `nop) ;; 6, 7`: in each
    /// function the numbers have to begin at 0 and leave none out, and on each line they have to be
    /// those of its instructions.
    #[track_caller]
    pub(crate) fn check_numbers(&self, wat: &str) {
        let mut function = "";
        let mut next = 0;
        for line in wat.lines() {
            if let Some((_, rest)) = line.rsplit_once("(func $") {
                function = rest.split([' ', ')']).next().unwrap_or_default();
                next = 0;
            }
            let Some((code, comment)) = line.split_once(";;") else { continue };
            let Some(numbers) = comment.split(',').map(|number| number.trim().parse().ok()).collect() else { continue };
            let numbers: Vec<usize> = numbers;
            let mut words = code.split([' ', '(', ')']).map(|word| word.replace(['.', '_'], ""));
            for number in numbers {
                assert_eq!(number, next, "the number of an instruction in {line:?}");
                next += 1;
                let operator = &self.operators[&format!("{function}#{number}")];
                // The text has no word for the `end` of a function.
                let is_there = words.any(|word| word.eq_ignore_ascii_case(operator))
                    || operator == "End" && code.trim_end().ends_with(')');
                assert!(is_there, "{function}#{number} is {operator}, not in {line:?}");
            }
        }
    }
}

#[test]
fn numbers_in_comments_are_checked() {
    let is_right = |first: &str, second: &str, last: &str| {
        let wat = format!("(module (func $f\n i32.const 1 {first}\n drop {second}\n nop) {last}\n)");
        std::panic::catch_unwind(|| Places::of(&wat).check_numbers(&wat)).is_ok()
    };
    assert!(is_right(";; 0", ";; 1", ";; 2, 3"));
    assert!(is_right(";; a constant", "", ""));
    assert!(!is_right(";; 0", ";; 2", ";; 3, 4"), "one is left out");
    assert!(!is_right("", ";; 0", ";; 1, 2"), "0 is another instruction");
    assert!(!is_right(";; 0", ";; 1, 2", ";; 3"), "2 is on another line");
}
