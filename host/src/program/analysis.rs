//! Reads what a WebAssembly file contains, without compiling or running it.
//!
//! Uses `wasmparser` alone. Types are turned into text here, so that a caller can show an
//! [`Analysis`] without a parser.
//!
//! Invariant: the file is validated before its types are read, so the indices in it can be
//! followed.

use super::component_types::Printer;
use super::{FileKind, ProgramError, WasmFile};
use wasmparser::types::{EntityType, Types, TypesRef};
use wasmparser::{
    ComponentExport, ComponentImport, CustomSectionReader, KnownCustom, Name, Parser, Payload, ValType, Validator,
    WasmFeatures,
};

/// The contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Whether it is a module or a component.
    pub kind: FileKind,
    /// The role for which it was built.
    pub role: Role,
    /// The size of the binary in bytes.
    pub size: usize,
    /// The core modules: the file itself, or those inside the component in the file's order.
    pub modules: Vec<CoreModule>,
    /// The imports, in the file's order.
    pub imports: Vec<Item>,
    /// The exports, in the file's order.
    pub exports: Vec<Item>,
}

/// The role for which a file was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A command: a program that is run from its entry point. It has the version of WASI that it
    /// needs, or none for a module that imports nothing of WASI.
    Command(Option<String>),
    /// A reactor: a module that is initialised once (`_initialize`) and whose functions are called
    /// then.
    Reactor,
    /// A debugger for this host.
    Debugger,
    /// Any other file: its functions can be called.
    Library,
}

/// A core module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoreModule {
    /// The module's name in its name section.
    pub name: Option<String>,
    /// The size of the module's binary in bytes.
    pub size: usize,
    /// The number of functions that it defines.
    pub n_functions: u32,
    /// The number of functions, imported ones included, that have a name in the name section.
    pub n_names: u32,
    /// The DWARF sections.
    pub dwarf: Vec<CustomSize>,
    /// The file that holds the debug information, if it is another one (a source map, or separate
    /// DWARF).
    pub external: Option<String>,
}

/// The size of a custom section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomSize {
    /// The section's name.
    pub name: String,
    /// The section's size in bytes.
    pub size: usize,
}

/// A kind of import or export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
    /// An interface: an instance of a component. Its functions are in `members`.
    Interface,
    /// A type.
    Type,
    /// A core module.
    Module,
    /// A component.
    Component,
    /// A value.
    Value,
}

/// An import or export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The module name of a core module's import; none for any other item.
    pub module: Option<String>,
    /// The item's name.
    pub name: String,
    /// The item's kind.
    pub kind: ItemKind,
    /// The item's type as text; for a function its signature. Empty for a kind that needs none.
    pub ty: String,
    /// Whether it is a function of a component that has an async type.
    pub is_async: bool,
    /// The functions of an interface.
    pub members: Vec<Item>,
}

/// Reads what a file contains.
///
/// # Errors
/// `Truncated` or `Invalid`, when the file is not valid.
pub fn analyze(file: &WasmFile) -> Result<Analysis, ProgramError> {
    let binary = file.binary();
    let kind = match file.kind() {
        FileKind::Module => "module",
        FileKind::Component => "component",
    };
    let invalid = |error: wasmparser::Error| super::prepare::invalid(file, kind, &error.to_string());
    let types = Validator::new_with_features(WasmFeatures::all()).validate_all(binary).map_err(invalid)?;
    let outline = Outline::read(file).map_err(invalid)?;
    let (imports, exports) = match file.kind() {
        FileKind::Module => module_items(types.as_ref()),
        FileKind::Component => component_items(&types, &outline),
    };
    let role = role(file.kind(), &imports, &exports);
    Ok(Analysis { kind: file.kind(), role, size: binary.len(), modules: outline.modules, imports, exports })
}

/// The results of one walk over the sections.
#[derive(Default)]
struct Outline<'a> {
    modules: Vec<CoreModule>,
    /// The names of the outermost component's imports, in order.
    imports: Vec<&'a str>,
    /// The names of the outermost component's exports, in order.
    exports: Vec<&'a str>,
}

impl<'a> Outline<'a> {
    fn read(file: &'a WasmFile) -> Result<Self, wasmparser::Error> {
        let binary = file.binary();
        let mut outline = Self::default();
        // The modules and components that the walk is inside of: a module's index, or none for a
        // component.
        let mut inside: Vec<Option<usize>> = Vec::new();
        match file.kind() {
            FileKind::Module => inside.push(Some(outline.add_module(binary.len()))),
            FileKind::Component => inside.push(None),
        }
        for payload in Parser::new(0).parse_all(binary) {
            let module = inside.last().copied().flatten();
            match payload? {
                Payload::ModuleSection { unchecked_range, .. } => {
                    inside.push(Some(outline.add_module(unchecked_range.len())));
                }
                Payload::ComponentSection { .. } => inside.push(None),
                Payload::End(_) => {
                    inside.pop();
                }
                Payload::FunctionSection(functions) => {
                    if let Some(module) = module.and_then(|index| outline.modules.get_mut(index)) {
                        module.n_functions = functions.count();
                    }
                }
                Payload::CustomSection(section) => {
                    if let Some(module) = module.and_then(|index| outline.modules.get_mut(index)) {
                        module.read_custom(&section);
                    }
                }
                Payload::ComponentImportSection(imports) if inside.len() == 1 => {
                    for import in imports {
                        let ComponentImport { name, .. } = import?;
                        outline.imports.push(name.name);
                    }
                }
                Payload::ComponentExportSection(exports) if inside.len() == 1 => {
                    for export in exports {
                        let ComponentExport { name, .. } = export?;
                        outline.exports.push(name.name);
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }

    fn add_module(&mut self, size: usize) -> usize {
        self.modules.push(CoreModule { size, ..CoreModule::default() });
        self.modules.len().saturating_sub(1)
    }
}

impl CoreModule {
    /// Reads a custom section. A damaged one is not an error: the engine does not read them either.
    fn read_custom(&mut self, section: &CustomSectionReader<'_>) {
        let name = section.name();
        if name.starts_with(".debug_") {
            self.dwarf.push(CustomSize { name: name.to_owned(), size: section.data().len() });
        } else if name == "sourceMappingURL" || name == "external_debug_info" {
            self.external = short_string(section.data());
        } else if let KnownCustom::Name(subsections) = section.as_known() {
            for subsection in subsections.into_iter().flatten() {
                match subsection {
                    Name::Module { name, .. } => self.name = Some(name.to_owned()),
                    Name::Function(names) => {
                        let n_names = names.into_iter().map_while(Result::ok).count();
                        self.n_names = self.n_names.saturating_add(u32::try_from(n_names).unwrap_or(u32::MAX));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Reads a string that is preceded by its length, as custom sections contain them.
fn short_string(bytes: &[u8]) -> Option<String> {
    wasmparser::BinaryReader::new(bytes, 0).read_string().ok().map(str::to_owned)
}

fn module_items(types: TypesRef<'_>) -> (Vec<Item>, Vec<Item>) {
    let item = |module: Option<&str>, name: &str, ty: EntityType| {
        let (kind, ty) = core_type(types, ty);
        Item {
            module: module.map(str::to_owned),
            name: name.to_owned(),
            kind,
            ty,
            is_async: false,
            members: Vec::new(),
        }
    };
    let imports = types.core_imports().into_iter().flatten().map(|(module, name, ty)| item(Some(module), name, ty));
    let exports = types.core_exports().into_iter().flatten().map(|(name, ty)| item(None, name, ty));
    (imports.collect(), exports.collect())
}

fn component_items(types: &Types, outline: &Outline<'_>) -> (Vec<Item>, Vec<Item>) {
    let printer = Printer::new(types, outline.imports.iter().chain(&outline.exports).copied());
    let imports = outline
        .imports
        .iter()
        .filter_map(|name| types.component_item_for_import(name).map(|item| printer.item(name, &item.ty)));
    let exports = outline
        .exports
        .iter()
        .filter_map(|name| types.component_item_for_export(name).map(|item| printer.item(name, &item.ty)));
    (imports.collect(), exports.collect())
}

/// The kind of a core module's item, and its type as text.
fn core_type(types: TypesRef<'_>, ty: EntityType) -> (ItemKind, String) {
    let limits = |initial: u64, maximum: Option<u64>, noun: &str| match maximum {
        Some(maximum) => format!("{initial} to {maximum} {noun}"),
        None => format!("{initial} {noun} or more"),
    };
    match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => {
            let signature = types.get(id).map(|ty| match &ty.composite_type.inner {
                wasmparser::CompositeInnerType::Func(ty) => signature(ty.params(), ty.results()),
                _ => String::new(),
            });
            (ItemKind::Function, signature.unwrap_or_default())
        }
        EntityType::Table(ty) => {
            let element = wasmparser::ValType::Ref(ty.element_type);
            (ItemKind::Table, format!("{element}, {}", limits(ty.initial, ty.maximum, "elements")))
        }
        EntityType::Memory(ty) => {
            let page = match ty.page_size_log2 {
                None | Some(16) => "pages of 64 KiB".to_owned(),
                Some(log2) => format!("pages of 2^{log2} bytes"),
            };
            let mut text = limits(ty.initial, ty.maximum, &page);
            if ty.memory64 {
                text.push_str(", 64-bit");
            }
            if ty.shared {
                text.push_str(", shared");
            }
            (ItemKind::Memory, text)
        }
        EntityType::Global(ty) => {
            (ItemKind::Global, format!("{}{}", if ty.mutable { "mutable " } else { "" }, ty.content_type))
        }
        EntityType::Tag(id) => {
            let signature = types.get(id).map(|ty| match &ty.composite_type.inner {
                wasmparser::CompositeInnerType::Func(ty) => signature(ty.params(), &[]),
                _ => String::new(),
            });
            (ItemKind::Tag, signature.unwrap_or_default())
        }
    }
}

fn signature(parameters: &[ValType], results: &[ValType]) -> String {
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match results {
        [] => format!("({})", list(parameters)),
        [_] => format!("({}) -> {}", list(parameters), list(results)),
        _ => format!("({}) -> ({})", list(parameters), list(results)),
    }
}

fn role(kind: FileKind, imports: &[Item], exports: &[Item]) -> Role {
    let exports_function = |name: &str| exports.iter().any(|item| item.name == name && item.kind == ItemKind::Function);
    match kind {
        FileKind::Module => {
            let wasi = imports.iter().any(|item| item.module.as_deref().is_some_and(|from| from.starts_with("wasi_")));
            if exports_function("_start") {
                Role::Command(wasi.then(|| "0.1".to_owned()))
            } else if exports_function("_initialize") {
                Role::Reactor
            } else {
                Role::Library
            }
        }
        FileKind::Component => {
            if imports.iter().any(|item| item.name.starts_with("stillpoint:debugger/")) {
                return Role::Debugger;
            }
            let version = exports.iter().find_map(|item| item.name.strip_prefix("wasi:cli/run@"));
            version.map_or(Role::Library, |version| Role::Command(Some(version.to_owned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let file = WasmFile::from_bytes("x.wat", text.as_bytes().to_vec()).unwrap();
        let analysis = analyze(&file).unwrap();
        let mut lines = vec![format!("{:?} {:?}", analysis.kind, analysis.role)];
        for module in &analysis.modules {
            lines.push(format!(
                "module {:?}: {} functions, {} names, dwarf {:?}, external {:?}",
                module.name,
                module.n_functions,
                module.n_names,
                module.dwarf.iter().map(|section| (&*section.name, section.size)).collect::<Vec<_>>(),
                module.external,
            ));
        }
        for (word, items) in [("import", &analysis.imports), ("export", &analysis.exports)] {
            for item in items {
                let from = item.module.as_ref().map(|module| format!("{module}.")).unwrap_or_default();
                lines.push(format!("{word} {:?} {from}{} {}", item.kind, item.name, item.ty));
                for member in &item.members {
                    lines.push(format!("  {:?} {} {}", member.kind, member.name, member.ty));
                }
            }
        }
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_wasi_command() {
        check(
            r#"(module $m
                (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
                (memory (export "memory") 1 2)
                (memory (export "large") i64 3)
                (table (export "table") 4 funcref)
                (global (export "g") (mut i64) (i64.const 0))
                (tag (export "t") (param i32))
                (func $start (export "_start"))
                (func (export "many") (param i32 v128) (result f32 f64) unreachable)
                (@custom ".debug_info" "abcd")
                (@custom ".debug_line" "ab")
                (@custom "sourceMappingURL" "\05a.map"))"#,
            expect![[r#"
                Module Command(Some("0.1"))
                module Some("m"): 2 functions, 1 names, dwarf [(".debug_info", 4), (".debug_line", 2)], external Some("a.map")
                import Function wasi_snapshot_preview1.proc_exit (i32)
                export Memory memory 1 to 2 pages of 64 KiB
                export Memory large 3 pages of 64 KiB or more, 64-bit
                export Table table funcref, 4 elements or more
                export Global g mutable i64
                export Tag t (i32)
                export Function _start ()
                export Function many (i32, v128) -> (f32, f64)"#]],
        );
    }

    #[test]
    fn other_modules() {
        check(
            r#"(module (func (export "_initialize")) (func (export "f") (param externref)))"#,
            expect![[r#"
                Module Reactor
                module None: 2 functions, 0 names, dwarf [], external None
                export Function _initialize ()
                export Function f (externref)"#]],
        );
        check(
            "(module)",
            expect![[r#"
            Module Library
            module None: 0 functions, 0 names, dwarf [], external None"#]],
        );
    }

    #[test]
    fn a_component() {
        check(
            r#"(component
                (import "wasi:cli/environment@0.2.3" (instance
                    (export "get-arguments" (func (result (list string))))))
                (core module $one (func $a (export "run") (result i32) i32.const 0))
                (component (core module $nested))
                (core instance $i (instantiate $one))
                (func $run (result (result)) (canon lift (core func $i "run")))
                (instance $out (export "run" (func $run)))
                (export "wasi:cli/run@0.2.3" (instance $out)))"#,
            expect![[r#"
                Component Command(Some("0.2.3"))
                module Some("one"): 1 functions, 1 names, dwarf [], external None
                module Some("nested"): 0 functions, 0 names, dwarf [], external None
                import Interface wasi:cli/environment@0.2.3 
                  Function get-arguments () -> list<string>
                export Interface wasi:cli/run@0.2.3 
                  Function run () -> result"#]],
        );
    }

    #[test]
    fn a_debugger() {
        check(
            r#"(component
                (import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func (param "text" string))))))"#,
            expect![[r#"
                Component Debugger
                import Interface stillpoint:debugger/messages@0.1.0 
                  Function print (text: string)"#]],
        );
    }

    #[test]
    fn component_types() {
        check(
            r#"(component
                (type $point' (record (field "x" s32) (field "y" f32)))
                (import "point" (type $point (eq $point')))
                (import "thing" (type $thing (sub resource)))
                (type $color' (enum "red" "green"))
                (import "color" (type $color (eq $color')))
                (import "f" (func
                    (param "p" $point)
                    (param "c" (option $color))
                    (param "t" (own $thing))
                    (param "b" (borrow $thing))
                    (param "l" (list (tuple u8 char string)))
                    (result (result bool (error $color))))))"#,
            expect![[r#"
                Component Library
                import Type point record { x: s32, y: f32 }
                import Type thing resource
                import Type color enum { red, green }
                import Function f (p: point, c: option<color>, t: thing, b: borrow<thing>, l: list<tuple<u8, char, string>>) -> result<bool, color>"#]],
        );
    }

    #[test]
    fn broken_files() {
        let read = |bytes: &[u8]| {
            analyze(&WasmFile::from_bytes("x.wasm", bytes.to_vec()).unwrap()).map_err(|error| error.to_string())
        };
        let whole = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 1))").unwrap();
        let mut n_shorter_modules = 0;
        for length in 9..whole.len() {
            match read(&whole[..length]) {
                // The cut is between two sections. The rest is a smaller module, valid if it
                // declares no functions without code.
                Ok(_) => n_shorter_modules += 1,
                Err(message) => assert!(
                    message == format!("x.wasm: the file ends in the middle, at byte {length}; build or copy it again")
                        || message.starts_with("x.wasm: this is not a valid module"),
                    "{message}"
                ),
            }
        }
        assert_eq!(n_shorter_modules, 1);
        let wrong = wat::parse_str("(module (func (result i32) i64.const 1))").unwrap();
        expect!["x.wasm: this is not a valid module: type mismatch: expected i32, found i64 (at offset 0x1a); build it again, with released WebAssembly features only"].assert_eq(&read(&wrong).unwrap_err());
    }
}
