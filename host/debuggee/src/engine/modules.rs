//! The modules of a program: their ids, names and code.
//!
//! Owned by [`Known`](super::Known). Invariant: a module keeps its id for good, and an id never
//! means another module.

use crate::binary::{
    Catches, DecodedFunction, FunctionFlow, Layout, ModuleAccesses, ModuleBinary, Rewritten, Sections, UnsetLocals,
    is_adapter,
};
use crate::condition::Condition;
use crate::plain::{Error, Function, ModuleId, ModuleInfo};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use wasmtime::{Module, StoreContextMut};

/// Opcodes of the instructions in which a frame can wait.
const CALL: u8 = 0x10;
const CALL_INDIRECT: u8 = 0x11;
const CALL_REF: u8 = 0x14;

/// One module of the program.
pub(crate) struct ModuleEntry {
    compiled: Compiled,
    binary: ModuleBinary,
}

/// A module as the engine has compiled it.
struct Compiled {
    module: Module,
    /// How the engine's binary differs from the program's, if it does.
    rewritten: Option<Rewritten>,
}

impl Compiled {
    fn of(module: &Module) -> Compiled {
        let rewritten = Rewritten::of(module.debug_bytecode().unwrap_or_default());
        Compiled { module: module.clone(), rewritten }
    }

    /// The program's own binary of the module; empty if the engine has not kept it.
    fn bytes(&self) -> &[u8] {
        let compiled = self.module.debug_bytecode().unwrap_or_default();
        match &self.rewritten {
            None => compiled,
            Some(rewritten) => compiled.get(rewritten.original.clone()).unwrap_or_default(),
        }
    }
}

impl ModuleEntry {
    /// The engine's handle of the module.
    pub(super) fn handle(&self) -> &Module {
        &self.compiled.module
    }

    /// The program's own binary of the module.
    pub(super) fn bytes(&self) -> &[u8] {
        self.compiled.bytes()
    }

    /// The engine's offset of an instruction.
    #[inline]
    pub(super) fn engine_pc(&self, pc: u32) -> u32 {
        self.compiled.rewritten.as_ref().map_or(pc, |rewritten| rewritten.to_new(pc))
    }

    /// The offset of an instruction by the engine's offset; `None` for an instruction that the
    /// program does not have.
    #[inline]
    pub(super) fn program_pc(&self, engine_pc: u32) -> Option<u32> {
        match &self.compiled.rewritten {
            None => Some(engine_pc),
            Some(rewritten) => rewritten.to_old(engine_pc),
        }
    }

    /// The module's name; an empty name is none.
    pub(crate) fn name(&self) -> Option<String> {
        self.compiled.module.name().filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// The module's sections and the bytes that they are in.
    pub(crate) fn sections(&self) -> (&Sections, &[u8]) {
        (&self.binary.sections, self.compiled.bytes())
    }

    /// The number of imported functions, which is the index of the first defined function.
    #[inline]
    pub(crate) fn n_imported_functions(&self) -> u32 {
        self.binary.sections.n_imported_functions
    }

    /// Whether the module defines continuation types, whose values the engine cannot read.
    #[inline]
    pub(crate) fn has_continuations(&self) -> bool {
        self.binary.sections.has_continuations
    }

    /// The offset at which a frame that waits in a call goes on. The engine gives the instruction
    /// after the call. For a call that a catch clause covers it gives the call itself, because it
    /// compiles the call to a `try_call`, which has no position of its own, so that the step point
    /// before it is found.
    pub(crate) fn return_pc(&mut self, function: u32, pc: u32) -> u32 {
        if !self.is_call(pc) {
            return pc;
        }
        match self.function(function) {
            Some(code) if code.catches(pc).next().is_some() => code.next(pc).unwrap_or(pc),
            _ => pc,
        }
    }

    /// Whether the instruction at an offset is one in which a frame can wait.
    pub(super) fn is_call(&self, pc: u32) -> bool {
        let opcode = usize::try_from(pc).ok().and_then(|pc| self.compiled.bytes().get(pc).copied());
        matches!(opcode, Some(CALL | CALL_INDIRECT | CALL_REF))
    }

    /// The call in which a frame waits, by the engine's position of the frame; see
    /// [`ModuleEntry::return_pc`]. `None` if it is at another instruction.
    pub(super) fn call_before(&mut self, function: u32, pc: u32) -> Option<u32> {
        if self.is_call(pc) && self.return_pc(function, pc) != pc {
            return Some(pc);
        }
        let code = self.function(function)?;
        let n_before = code.instructions.partition_point(|before| *before < pc);
        let before = n_before.checked_sub(1).and_then(|index| code.instructions.get(index).copied())?;
        self.is_call(before).then_some(before)
    }

    /// The engine's offset of the body of a function, which begins with the declarations of its
    /// locals, by the function's index in the module's function index space.
    pub(super) fn engine_body(&self, function: u32) -> Option<u32> {
        let defined = function.checked_sub(self.n_imported_functions())?;
        let body = self.binary.sections.bodies.get(usize::try_from(defined).ok()?)?;
        Some(self.engine_pc(u32::try_from(body.start).ok()?))
    }

    /// The code of a function, by its index in the module's function index space; `None` for an
    /// imported function.
    pub(crate) fn function(&mut self, index: u32) -> Option<Arc<DecodedFunction>> {
        let defined = index.checked_sub(self.n_imported_functions())?;
        self.binary.code.function(self.compiled.bytes(), usize::try_from(defined).ok()?)
    }

    /// The functions that decide whether a breakpoint can be at an offset and about which the
    /// engine has not been asked yet, by their indices among the defined functions.
    pub(crate) fn not_asked(&mut self, pc: u32) -> Vec<usize> {
        self.binary.code.not_asked(self.compiled.bytes(), pc)
    }

    /// Whether the engine need not be asked about an offset. If not, there may still be nothing to
    /// learn from it.
    pub(crate) fn is_verified(&mut self, pc: u32) -> bool {
        self.binary.code.is_verified(self.compiled.bytes(), pc)
    }

    /// Whether an offset is an instruction according to the module itself, and the engine has not
    /// been asked about it.
    pub(crate) fn is_unverified(&mut self, pc: u32) -> bool {
        self.binary.code.is_unverified(self.compiled.bytes(), pc)
    }

    /// Records that the engine can stop at an offset.
    pub(crate) fn verify(&mut self, pc: u32) {
        self.binary.code.verify(pc);
    }

    /// The offsets of the instructions of a function, by its index among the defined functions.
    pub(crate) fn instructions(&mut self, defined: usize) -> Vec<u32> {
        let code = self.binary.code.function(self.compiled.bytes(), defined);
        code.map(|code| code.instructions.clone()).unwrap_or_default()
    }

    /// Keeps only those instructions of a function at which the engine can stop.
    pub(crate) fn keep(&mut self, defined: usize, can_stop: impl Fn(u32) -> bool) {
        self.binary.code.keep(self.compiled.bytes(), defined, can_stop);
    }

    /// Parses a condition for the instruction at an offset.
    pub(crate) fn condition(&mut self, text: &str, pc: u32) -> Result<Condition, Error> {
        let unreadable = |error| Error::Engine(format!("the module's types cannot be read: {error}"));
        let bytes = self.compiled.bytes();
        let scope = self.binary.scope(bytes).map_err(unreadable)?;
        let locals = scope.locals(bytes, pc).map_err(unreadable)?;
        Condition::parse(text, &scope.scope(&locals)).map_err(Error::BadCondition)
    }

    /// The module's layout: the items that it imports and defines.
    pub(crate) fn layout(&mut self) -> Result<Arc<Layout>, Error> {
        let layout = self.binary.layout(self.compiled.bytes());
        layout.map_err(|error| Error::Engine(format!("the module's definitions cannot be read: {error}")))
    }

    /// The function names in the name section, by function index.
    pub(crate) fn function_names(&mut self) -> Arc<FxHashMap<u32, String>> {
        self.binary.function_names(self.compiled.bytes())
    }

    /// The instructions that touch memories and globals.
    pub(crate) fn accesses(&mut self) -> Arc<ModuleAccesses> {
        self.binary.accesses(self.compiled.bytes())
    }

    /// Like [`ModuleEntry::accesses`], but `None` if nobody has asked for them before.
    #[inline]
    pub(crate) fn known_accesses(&self) -> Option<&ModuleAccesses> {
        self.binary.known_accesses()
    }

    /// Whether any function of the module has locals that have no value at first.
    #[inline]
    pub(super) fn has_unset_locals(&mut self) -> bool {
        self.binary.has_unset_locals(self.compiled.bytes())
    }

    /// The locals of a function that have no value at first, by the function's index in the
    /// module's function index space; `None` for an imported function.
    pub(super) fn unset_locals(&mut self, function: u32) -> Result<Option<Arc<UnsetLocals>>, Error> {
        let unset = self.binary.unset_locals(self.compiled.bytes(), function);
        unset.map_err(|error| Error::Engine(format!("the module's locals cannot be read: {error}")))
    }

    /// The control flow of a function, by its index in the module's function index space; `None`
    /// for an imported function.
    pub(crate) fn flow(&mut self, index: u32) -> Option<Arc<FunctionFlow>> {
        let defined = index.checked_sub(self.n_imported_functions())?;
        self.binary.code.flow(self.compiled.bytes(), usize::try_from(defined).ok()?)
    }

    /// The offset of a function's first instruction; `None` for an imported function.
    pub(crate) fn first_instruction(&mut self, function: u32) -> Option<u32> {
        self.function(function)?.instructions.first().copied()
    }

    /// The catch clauses around an instruction of a function, innermost first.
    pub(crate) fn catches(&mut self, function: u32, pc: u32) -> Vec<Catches> {
        self.function(function).map(|code| code.catches(pc).collect()).unwrap_or_default()
    }
}

/// All modules seen so far, in order of their ids.
#[derive(Default)]
pub(crate) struct Modules {
    entries: Vec<ModuleEntry>,
    by_engine_index: FxHashMap<u64, ModuleId>,
    /// Whether any module defines continuations, whose values the engine cannot read.
    has_continuations: bool,
    /// Whether any module has a start function, and whether any has one that can be replaced on the
    /// stack because it is imported or makes tail calls.
    start_functions: (bool, bool),
    /// The engine's index and the id of the module asked for last: nearly every hit is in the same
    /// module as the hit before.
    last: Option<(u64, ModuleId)>,
}

impl Modules {
    /// The id of a module. A module that was not seen before gets its id now.
    #[inline]
    pub(crate) fn id_of(&mut self, module: &Module) -> ModuleId {
        let index = module.debug_index_in_engine();
        if let Some((last, id)) = self.last
            && last == index
        {
            return id;
        }
        let id = match self.by_engine_index.get(&index) {
            Some(id) => *id,
            None => self.add(module, index),
        };
        self.last = Some((index, id));
        id
    }

    /// Gives an id to every module of a store.
    pub(crate) fn register_all<T: 'static>(&mut self, store: StoreContextMut<'_, T>) {
        for module in store.debug_all_modules() {
            self.id_of(&module);
        }
    }

    fn add(&mut self, module: &Module, index: u64) -> ModuleId {
        let id = ModuleId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let compiled = Compiled::of(module);
        let binary = ModuleBinary::of(compiled.bytes());
        self.has_continuations |= binary.sections.has_continuations;
        tracing::debug!(module = id.0, name = module.name(), "new module");
        self.entries.push(ModuleEntry { compiled, binary });
        self.by_engine_index.insert(index, id);
        if let Some(entry) = self.entries.last_mut()
            && let Some(start) = entry.binary.sections.start
        {
            let is_replaced = entry.flow(start).is_none_or(|flow| flow.has_tail_calls());
            self.start_functions = (true, self.start_functions.1 || is_replaced);
        }
        id
    }

    /// Whether any module seen so far defines continuations.
    pub(crate) fn has_continuations(&self) -> bool {
        self.has_continuations
    }

    /// Whether any module has a start function.
    pub(crate) fn has_start_function(&self) -> bool {
        self.start_functions.0
    }

    /// Whether start-up code may be found below any function, because a start function can be
    /// replaced on the stack.
    pub(crate) fn has_replaceable_start_function(&self) -> bool {
        self.start_functions.1
    }

    /// Whether a function is, or may be, the start function of a module.
    pub(crate) fn is_start_function(&self, id: ModuleId, function: u32) -> Result<bool, Error> {
        Ok(self.start_functions.1 || self.get(id)?.binary.sections.start == Some(function))
    }

    /// The ids of all modules, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..).map(ModuleId).take(self.len())
    }

    /// The ids of the modules with these bytes, in order.
    pub(crate) fn with_bytes(&self, wanted: &[u8]) -> impl Iterator<Item = ModuleId> {
        let ids = self.ids().zip(&self.entries);
        ids.filter(move |(_, entry)| entry.bytes() == wanted).map(|(id, _)| id)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The size of all binaries together, in bytes.
    pub(crate) fn total_size(&self) -> u64 {
        let sizes = self.entries.iter().map(|entry| u64::try_from(entry.bytes().len()).unwrap_or(u64::MAX));
        sizes.fold(0, u64::saturating_add)
    }

    #[inline]
    pub(crate) fn get(&self, id: ModuleId) -> Result<&ModuleEntry, Error> {
        usize::try_from(id.0).ok().and_then(|index| self.entries.get(index)).ok_or(Error::NoModule(id))
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: ModuleId) -> Result<&mut ModuleEntry, Error> {
        usize::try_from(id.0).ok().and_then(|index| self.entries.get_mut(index)).ok_or(Error::NoModule(id))
    }

    /// Checks that the program can stop at an offset of a module.
    pub(crate) fn check(&mut self, id: ModuleId, pc: u32) -> Result<(), Error> {
        let entry = self.get_mut(id)?;
        let bytes = entry.compiled.bytes();
        entry.binary.code.check(bytes, pc).map_err(|(before, after)| Error::NotAnInstruction { pc, before, after })
    }

    /// The modules. `is_foreign` tells of a module's bytes whether they are not a part of the
    /// program.
    pub(crate) fn infos(&self, is_foreign: impl Fn(&[u8]) -> bool) -> Vec<ModuleInfo> {
        let ids = (0..).map(ModuleId);
        let infos = ids.zip(&self.entries).map(|(id, entry)| ModuleInfo {
            id,
            name: entry.name(),
            size: u64::try_from(entry.bytes().len()).unwrap_or(u64::MAX),
            is_adapter: is_adapter(&entry.binary.sections, entry.bytes()) && is_foreign(entry.bytes()),
        });
        infos.collect()
    }

    /// The functions of a module from index `first`, at most `limit`.
    pub(crate) fn functions(&mut self, id: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        let entry = self.get_mut(id)?;
        let functions = entry.binary.functions(entry.compiled.bytes(), first, limit);
        functions.map_err(|error| Error::Engine(format!("the module's functions cannot be read: {error}")))
    }

    /// At most `length` bytes of a module's binary from `offset` on; fewer at its end.
    pub(crate) fn bytecode(&self, id: ModuleId, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let binary = self.get(id)?.bytes();
        let size = u64::try_from(binary.len()).unwrap_or(u64::MAX);
        let rest = usize::try_from(offset).ok().and_then(|offset| binary.get(offset..));
        let rest = rest.ok_or(Error::OutOfBounds { size })?;
        Ok(rest.get(..length).unwrap_or(rest).to_vec())
    }
}
