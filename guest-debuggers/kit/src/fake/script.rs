//! What a test says of the program: its modules, and what happens when it runs.
//!
//! Invariant: a script that cannot be followed panics when it is written, not later.

use std::collections::{BTreeMap, VecDeque};

use super::program::{Event, FakeProgram};
use crate::{
    EntryFunction, Exit, FunctionBody, FunctionInfo, ImportName, Launch, Location, Module, ModuleId, StopReason, Value,
    ValueType,
};

/// Each function has so many bytes of code in the fake binary.
const BODY_SIZE: u32 = 0x10;

/// A core module of a fake program. It has one instance, whose id is one more than the module's.
///
/// The body of the function with index `i` begins at `0x10 * i + 8`, and its first instruction one
/// byte later.
#[derive(Clone, Debug, Default)]
pub struct FakeModule {
    pub(super) name: Option<String>,
    pub(super) is_adapter: bool,
    pub(super) functions: Vec<FunctionInfo>,
    pub(super) memories: Vec<Vec<u8>>,
    pub(super) binary: Option<Vec<u8>>,
}

impl FakeModule {
    /// A module of this name without functions.
    pub fn new(name: &str) -> FakeModule {
        FakeModule { name: Some(name.to_owned()), ..FakeModule::default() }
    }

    /// Adds an imported function, of the host's.
    ///
    /// # Panics
    /// After a function that is not imported: these have the lowest indices.
    #[must_use]
    pub fn import(
        self,
        module: &str,
        name: &str,
        parameters: impl IntoIterator<Item = ValueType>,
        results: impl IntoIterator<Item = ValueType>,
    ) -> FakeModule {
        assert!(self.functions.iter().all(|function| function.imported.is_some()), "imports come first");
        let import = ImportName { module: module.to_owned(), name: name.to_owned() };
        self.push(&format!("{module}.{name}"), Some(import), parameters, results)
    }

    /// Adds a function with a body.
    #[must_use]
    pub fn function(
        self,
        name: &str,
        parameters: impl IntoIterator<Item = ValueType>,
        results: impl IntoIterator<Item = ValueType>,
    ) -> FakeModule {
        self.push(name, None, parameters, results)
    }

    fn push(
        mut self,
        name: &str,
        imported: Option<ImportName>,
        parameters: impl IntoIterator<Item = ValueType>,
        results: impl IntoIterator<Item = ValueType>,
    ) -> FakeModule {
        let index = u32::try_from(self.functions.len()).expect("fewer functions than that");
        let begin = BODY_SIZE * index + 8;
        let body = FunctionBody { entry: begin + 1, begin, end: begin + BODY_SIZE };
        self.functions.push(FunctionInfo {
            index,
            name: name.to_owned(),
            raw_name: Some(name.to_owned()),
            parameters: parameters.into_iter().collect(),
            results: results.into_iter().collect(),
            body: imported.is_none().then_some(body),
            imported,
        });
        self
    }

    /// Adds a memory with these contents.
    #[must_use]
    pub fn memory(mut self, contents: impl Into<Vec<u8>>) -> FakeModule {
        self.memories.push(contents.into());
        self
    }

    /// The module's binary, for a debugger that reads code. The functions stay as they are said.
    #[must_use]
    pub fn binary(mut self, binary: impl Into<Vec<u8>>) -> FakeModule {
        self.binary = Some(binary.into());
        self
    }

    /// Makes it a module of the host's, that adapts calls from one component to another.
    #[must_use]
    pub fn adapter(mut self) -> FakeModule {
        self.is_adapter = true;
        self
    }

    pub(super) fn info(&self, id: ModuleId) -> Module {
        let size = match &self.binary {
            Some(binary) => binary.len(),
            None => self.functions.len() * BODY_SIZE as usize + 8,
        };
        let size = u32::try_from(size).expect("less than 4 GiB");
        Module { id, name: self.name.clone(), raw_name: self.name.clone(), size, is_adapter: self.is_adapter }
    }
}

/// A host that has a program which does what a test says; see the [module](crate::fake).
#[derive(Debug)]
pub struct FakeHost {
    modules: Vec<FakeModule>,
    events: VecDeque<Event>,
    conditions: BTreeMap<String, bool>,
    entry_point: Option<EntryFunction>,
    launch: Option<Launch>,
    depth: usize,
}

impl FakeHost {
    /// A program of one module, number 0. It does nothing but to return.
    pub fn new(module: FakeModule) -> FakeHost {
        FakeHost {
            modules: vec![module],
            events: VecDeque::new(),
            conditions: BTreeMap::new(),
            entry_point: None,
            launch: None,
            depth: 0,
        }
    }

    /// Adds a module, with the next number.
    #[must_use]
    pub fn module(mut self, module: FakeModule) -> FakeHost {
        self.modules.push(module);
        self
    }

    /// Next, the program comes to the first instruction of a function, which is the only one of this
    /// name. These are the function's locals, its arguments first.
    ///
    /// # Panics
    /// There is no such function with a body.
    #[must_use]
    pub fn calls(mut self, function: &str, locals: impl IntoIterator<Item = Value>) -> FakeHost {
        let (module, function) = self.find(function);
        let pc = function.body.map(|body| body.entry).expect("the function is imported: it has no instructions");
        let function = function.index;
        self.depth += 1;
        let locals = locals.into_iter().collect();
        self.events.push_back(Event::Call { location: Location { module, pc }, function, locals });
        self
    }

    /// Next, the innermost function returns.
    ///
    /// # Panics
    /// There is no function left.
    #[must_use]
    pub fn returns(mut self) -> FakeHost {
        self.depth = self.depth.checked_sub(1).expect("no function is left that could return");
        self.events.push_back(Event::Return);
        self
    }

    /// Next, the program stops for this reason, where it is.
    #[must_use]
    pub fn stops(mut self, reason: StopReason) -> FakeHost {
        self.events.push_back(Event::Stop(reason));
        self
    }

    /// Next, the program ends in this way. A program whose script ends without it returns.
    #[must_use]
    pub fn exits(mut self, exit: Exit) -> FakeHost {
        self.events.push_back(Event::Exit(exit));
        self
    }

    /// The value of a condition, wherever it is evaluated. Without it, the condition fails, and its
    /// breakpoint stops the program with the reason `condition-failed`.
    #[must_use]
    pub fn condition(mut self, text: &str, holds: bool) -> FakeHost {
        self.conditions.insert(text.to_owned(), holds);
        self
    }

    /// The program begins with this function, which the host calls by its name.
    ///
    /// # Panics
    /// There is no such function.
    #[must_use]
    pub fn begins_with(mut self, function: &str) -> FakeHost {
        let (module, info) = self.find(function);
        let name = Some(function.to_owned());
        self.entry_point = Some(EntryFunction { name, module, function: info.index, instance: Some(module + 1) });
        self
    }

    /// What the host was asked to run.
    #[must_use]
    pub fn launch(mut self, launch: Launch) -> FakeHost {
        self.launch = Some(launch);
        self
    }

    fn find(&self, name: &str) -> (ModuleId, &FunctionInfo) {
        let functions = (0..).zip(&self.modules).flat_map(|(id, module)| module.functions.iter().map(move |f| (id, f)));
        let mut found = functions.filter(|(_, function)| function.name == name);
        match (found.next(), found.next()) {
            (Some(function), None) => function,
            (None, _) => panic!("the fake program has no function {name}"),
            (Some(_), Some(_)) => panic!("the fake program has several functions {name}"),
        }
    }

    pub(super) fn into_program(self) -> FakeProgram {
        FakeProgram::new(self.modules, self.events, self.conditions, self.entry_point, self.launch)
    }
}
