//! [`ModuleCode`]: the functions of one core module.
//!
//! Invariant: every pc is a byte offset in the module's binary, as in the contract. Functions are
//! in the order of their indices, which is the order of their bodies.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use crate::contract::common::{Location, ModuleId, ValueType};
use crate::contract::inspection::{self, ImportName, Module};
use crate::error::Error;
use crate::pages;
use crate::session::Session;

/// The type of a function: its parameters and results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of its parameters.
    pub parameters: Vec<ValueType>,
    /// Types of its results.
    pub results: Vec<ValueType>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) -> ({})", list(&self.parameters), list(&self.results))
    }
}

fn list(types: &[ValueType]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The id of its module.
    pub module: ModuleId,
    /// The function's index in the module's function index space, imports included.
    pub index: u32,
    /// The function's name, on one line: demangled if it is one of Rust's, and `func[N]` if it has
    /// none. The host chooses it.
    pub name: String,
    /// Whether another function of the module has the same name. [`Code::label`](crate::Code::label)
    /// tells them apart.
    pub shares_name: bool,
    /// The function's type. Functions of a module that have the same type share it.
    pub signature: Rc<Signature>,
    /// The pc of its first instruction. A breakpoint there is hit once per call, also when that
    /// instruction is a `loop`: a branch back to a loop goes to the instruction after it.
    pub entry: u32,
    /// The range of its body, from the declarations of its locals to its last `end`.
    pub body: Range<u32>,
}

impl Function {
    /// The location of its first instruction.
    pub fn location(&self) -> Location {
        Location { module: self.module, pc: self.entry }
    }
}

/// A function that the module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFunction {
    /// The function's index in the module's function index space.
    pub index: u32,
    /// Both parts of the import's name with a dot between them, on one line.
    pub name: String,
    /// Both parts of the import's name, as they are.
    pub import: ImportName,
    /// The function's type.
    pub signature: Rc<Signature>,
}

/// One core module: its functions.
#[derive(Debug, Default)]
pub struct ModuleCode {
    /// The module's id.
    pub id: ModuleId,
    /// The module's name for the user, or `module[N]` if it has none.
    pub name: String,
    /// Size of the module's binary in bytes.
    pub size: u32,
    /// Whether the host has made it, to adapt calls from one component to another: it is not a part
    /// of the program.
    pub is_adapter: bool,
    imports: Vec<ImportedFunction>,
    functions: Vec<Function>,
    /// The signatures that functions of the module have.
    signatures: HashSet<Rc<Signature>>,
    /// The tags that the module names, by index; read when a tag's name is first asked for.
    pub(crate) tags: OnceCell<BTreeMap<u32, String>>,
}

impl ModuleCode {
    /// Makes one of what the host lists. [`Session::code`] does this; a unit test may do it as well.
    pub fn new(module: Module, functions: impl IntoIterator<Item = inspection::Function>) -> ModuleCode {
        let mut code = ModuleCode::empty(module);
        functions.into_iter().for_each(|function| code.push(function));
        code.mark_shared_names();
        code
    }

    /// Reads what the host lists, page by page.
    pub(crate) fn read(session: &Session, module: Module) -> Result<ModuleCode, Error> {
        let id = module.id;
        let mut code = ModuleCode::empty(module);
        pages::each(
            usize::MAX,
            0,
            |first, limit| inspection::list_functions(session.debuggee(), id, first, limit),
            |functions| functions.into_iter().for_each(|function| code.push(function)),
        )?;
        code.mark_shared_names();
        Ok(code)
    }

    fn empty(module: Module) -> ModuleCode {
        let Module { id, name, size, is_adapter, .. } = module;
        let name = name.unwrap_or_else(|| format!("module[{id}]"));
        ModuleCode { id, name, size, is_adapter, ..ModuleCode::default() }
    }

    fn push(&mut self, function: inspection::Function) {
        let inspection::Function { index, name, parameters, results, imported, body, .. } = function;
        let signature = self.shared(Signature { parameters, results });
        match (imported, body) {
            (Some(import), _) => {
                let name = on_one_line(format!("{}.{}", import.module, import.name));
                self.imports.push(ImportedFunction { index, name, import, signature });
            }
            (None, Some(body)) => self.functions.push(Function {
                module: self.id,
                index,
                name,
                shares_name: false,
                signature,
                entry: body.entry,
                body: body.begin..body.end,
            }),
            // The contract has no such function.
            (None, None) => {}
        }
    }

    fn shared(&mut self, signature: Signature) -> Rc<Signature> {
        if let Some(known) = self.signatures.get(&signature) {
            return Rc::clone(known);
        }
        let signature = Rc::new(signature);
        self.signatures.insert(Rc::clone(&signature));
        signature
    }

    /// Marks the functions that have a name that others have as well.
    fn mark_shared_names(&mut self) {
        let mut counts: HashMap<&str, u32> = HashMap::with_capacity(self.functions.len());
        for function in &self.functions {
            *counts.entry(&function.name).or_default() += 1;
        }
        let shared: Vec<bool> = self.functions.iter().map(|function| counts.get(&*function.name) > Some(&1)).collect();
        for (function, shares_name) in self.functions.iter_mut().zip(shared) {
            function.shares_name = shares_name;
        }
    }

    /// The functions that the module imports, in the order of their indices, which begin at 0.
    pub fn imports(&self) -> &[ImportedFunction] {
        &self.imports
    }

    /// The functions with a body, in the order of their indices, which continue those of the
    /// imports.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// A function by its index, if it has a body.
    pub fn function(&self, index: u32) -> Option<&Function> {
        self.functions.get((index as usize).checked_sub(self.imports.len())?)
    }

    /// The name of a function by its index, imported or not.
    pub fn function_name(&self, index: u32) -> Option<&str> {
        match self.imports.get(index as usize) {
            Some(import) => Some(&import.name),
            None => self.function(index).map(|function| function.name.as_str()),
        }
    }

    /// The function that the instruction at a pc belongs to.
    pub fn function_at(&self, pc: u32) -> Option<&Function> {
        let after = self.functions.partition_point(|function| function.body.start <= pc);
        let function = self.functions.get(after.checked_sub(1)?)?;
        function.body.contains(&pc).then_some(function)
    }
}

/// Replaces control characters by escapes: a name is part of a line, which it must not end, and
/// must not act on a terminal.
pub(crate) fn on_one_line(name: String) -> String {
    if !name.contains(char::is_control) {
        return name;
    }
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::contract::inspection::FunctionBody;

    /// A module of functions of these names: `env.log` is imported, the others have 16 bytes each.
    pub(in super::super) fn module(id: ModuleId, name: Option<&str>, functions: &[&str]) -> ModuleCode {
        let name = name.map(str::to_owned);
        let module = Module { id, raw_name: name.clone(), name, size: 1000, is_adapter: false };
        let functions = (0..).zip(functions).map(|(index, name)| {
            let imported = name
                .split_once('.')
                .map(|(module, name)| ImportName { module: module.to_owned(), name: name.to_owned() });
            let begin = 0x10 * index + 8;
            let body = FunctionBody { entry: begin + 1, begin, end: begin + 0x10 };
            inspection::Function {
                index,
                name: (*name).to_owned(),
                raw_name: None,
                parameters: vec![ValueType::I32; index as usize % 2],
                results: Vec::new(),
                body: imported.is_none().then_some(body),
                imported,
            }
        });
        ModuleCode::new(module, functions)
    }

    #[test]
    fn functions_by_index_and_by_place() {
        let module = module(3, Some("demo"), &["env.log\n", "a", "b", "a", "b2"]);
        assert_eq!((module.name.as_str(), module.size), ("demo", 1000));
        assert_eq!(module.imports()[0].name, "env.log\\n");
        assert_eq!(module.function_name(0), Some("env.log\\n"));
        assert_eq!(module.function(0), None);
        for function in module.functions() {
            assert_eq!(module.function(function.index), Some(function));
            assert_eq!(module.function_at(function.entry), Some(function));
            assert_eq!(module.function_at(function.body.end - 1), Some(function));
        }
        assert_eq!(module.function_at(0), None);
        assert_eq!(module.function_at(u32::MAX), None);
        let shared: Vec<bool> = module.functions().iter().map(|function| function.shares_name).collect();
        assert_eq!(shared, [true, false, true, false]);
    }

    #[test]
    fn equal_signatures_are_one() {
        let module = module(0, None, &["a", "b", "c", "d"]);
        assert_eq!(module.name, "module[0]");
        let [a, b, c, d] = module.functions() else { panic!("there are four") };
        assert!(Rc::ptr_eq(&a.signature, &c.signature) && Rc::ptr_eq(&b.signature, &d.signature));
        assert_eq!(b.signature.to_string(), "(i32) -> ()");
    }
}
