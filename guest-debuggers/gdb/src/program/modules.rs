//! The program's core modules: their names, and their code as part of the address space.
//!
//! An address in code is `1 << 62 | module << 32 | pc` (LLDB, `Process/wasm/ProcessWasm.h`).
//! Invariant: every module has a name of its own, because LLDB loads only one module of a name.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use gdbstub_arch::wasm::addr::{WasmAddr, WasmAddrType};
use stillpoint_kit::{Code, Location, Module, ModuleId, Result, Session};

use super::imports;
use super::instructions::Instructions;

/// The ids of sections, from the core specification's binary format.
const IMPORT_SECTION: u8 = 2;
const MEMORY_SECTION: u8 = 5;

/// Where an import section begins, and what is shown instead of it.
type ShownImports = (u32, Vec<u8>);

/// The modules that the program has brought so far.
pub(crate) struct Modules {
    modules: Vec<Module>,
    /// The name of the first module, if the user has given one.
    name: Option<String>,
    names: Vec<String>,
    /// Whether modules have appeared that the client was not told of yet.
    have_changed: bool,
    /// The modules' functions, read when a breakpoint is first set.
    code: RefCell<Code>,
    /// The instructions of the function that was last asked about.
    instructions: RefCell<Option<Instructions>>,
    /// The import section of each module that a client has read from, if it is shown changed.
    imports: RefCell<HashMap<u32, Option<ShownImports>>>,
}

impl Modules {
    /// Reads the modules that the program has brought so far. `name` is for a module without a name
    /// of its own, if it is the only one.
    pub(crate) fn read(session: &Session, name: Option<String>) -> Result<Modules> {
        let mut modules = Modules {
            modules: Vec::new(),
            name: None,
            names: Vec::new(),
            have_changed: false,
            code: RefCell::default(),
            instructions: RefCell::default(),
            imports: RefCell::default(),
        };
        modules.refresh(session)?;
        if let [only] = modules.modules.as_slice()
            && only.raw_name.is_none()
        {
            modules.name = name;
            modules.names = names(&modules.modules, modules.name.as_deref());
        }
        modules.have_changed = false;
        Ok(modules)
    }

    /// Adds the modules that have appeared since.
    pub(crate) fn refresh(&mut self, session: &Session) -> Result {
        let modules = session.modules()?;
        if modules.len() > self.modules.len() {
            self.names = names(&modules, self.name.as_deref());
            self.modules = modules;
            self.have_changed = true;
        }
        Ok(())
    }

    /// Whether modules have appeared since this was last asked.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.have_changed)
    }

    /// The address, the name and the size in bytes of each module.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &str, u64)> {
        let begin = |id| address(Location { module: id, pc: 0 });
        self.modules
            .iter()
            .zip(&self.names)
            .map(move |(module, name)| (begin(module.id), name.as_str(), module.size.into()))
    }

    /// The name of a module by its id.
    pub(crate) fn name(&self, id: u32) -> Option<&str> {
        let position = self.modules.iter().position(|module| module.id == id)?;
        self.names.get(position).map(String::as_str)
    }

    /// The location that an address in code means, if it is inside a module.
    pub(crate) fn location(&self, address: u64) -> Option<Location> {
        let address = WasmAddr::from_raw(address).filter(|address| address.addr_type() == WasmAddrType::Object)?;
        let module = self.modules.iter().find(|module| module.id == address.module_index())?;
        (address.offset() < module.size).then_some(Location { module: module.id, pc: address.offset() })
    }

    /// The instruction that a breakpoint at a location means: the location itself, or for the
    /// declarations of locals, which LLDB takes for a function's beginning, the function's first.
    /// None if no instruction begins there.
    pub(super) fn breakpoint(&self, session: &Session, location: Location) -> Option<Location> {
        self.with_instructions(session, location, |entry, instructions| {
            if location.pc < entry.pc { Some(entry) } else { instructions.begin_at(location.pc).then_some(location) }
        })?
    }

    /// Whether a program that passes an instruction without an event there comes to `after`.
    pub(super) fn lead(&self, session: &Session, location: Location, after: u32) -> bool {
        let lead = |_, instructions: &Instructions| instructions.lead(location.pc, after);
        self.with_instructions(session, location, lead).unwrap_or(false)
    }

    /// Calls `f` with the first instruction of the function around a location, and with all of them.
    fn with_instructions<T>(
        &self,
        session: &Session,
        location: Location,
        f: impl FnOnce(Location, &Instructions) -> T,
    ) -> Option<T> {
        let mut code = self.code.borrow_mut();
        if code.module(location.module).is_none() {
            code.refresh(session).ok()?;
        }
        let function = code.function_at(location)?;
        let mut instructions = self.instructions.borrow_mut();
        if !instructions.as_ref().is_some_and(|known| known.are_of(function)) {
            *instructions = Some(Instructions::read(session, function));
        }
        instructions.as_ref().map(|instructions| f(function.location(), instructions))
    }

    /// Reads bytes of a module as a client is shown them; fewer at its end.
    pub(super) fn read_code(&self, session: &Session, location: Location, length: u64) -> Option<Vec<u8>> {
        let Location { module, pc } = location;
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let mut bytes = session.bytecode(module, pc, length).ok()?;
        let mut imports = self.imports.borrow_mut();
        let shown = imports.entry(module).or_insert_with(|| Self::shown_imports(session, module).ok().flatten());
        if let Some((begin, shown)) = shown {
            for (byte, at) in bytes.iter_mut().zip(pc..) {
                let shown = at.checked_sub(*begin).and_then(|index| shown.get(usize::try_from(index).ok()?));
                *byte = shown.copied().unwrap_or(*byte);
            }
        }
        Some(bytes)
    }

    /// A module's import section, if it is shown changed.
    fn shown_imports(session: &Session, id: u32) -> Result<Option<ShownImports>> {
        let sections = session.sections(id)?;
        let Some(section) = sections.iter().find(|section| section.id == IMPORT_SECTION) else { return Ok(None) };
        let (begin, length) = (section.contents.start, section.contents.end - section.contents.start);
        let contents = session.bytecode(id, begin, length)?;
        Ok(imports::shown(&contents).map(|shown| (begin, shown)))
    }

    /// Whether more than one module defines a memory.
    pub(crate) fn define_several_memories(&self, session: &Session) -> Result<bool> {
        let mut defining = 0;
        for module in &self.modules {
            defining += u32::from(defines_memory(session, module.id)?);
        }
        Ok(defining > 1)
    }
}

/// The address of a location.
pub(crate) fn address(location: Location) -> u64 {
    WasmAddr::new(WasmAddrType::Object, location.module, location.pc).map_or(0, WasmAddr::as_raw)
}

/// Chooses a name for each module: `first` for the first module if given, else the module's own,
/// else one made of its id. If a name is taken already, the id is appended.
fn names(modules: &[Module], first: Option<&str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |module: &Module| {
        let id = module.id;
        let own = module.raw_name.as_deref();
        let own = if id == 0 { first.or(own) } else { own };
        // LLDB takes a name for a path.
        let own = own.and_then(|name| name.rsplit(['/', '\\']).next()).filter(|name| !matches!(*name, "" | "." | ".."));
        let own = own.map_or_else(|| format!("module-{id}"), str::to_owned);
        let mut name = own.clone();
        while !taken.insert(name.clone()) {
            name = if name == own { format!("{own}-{id}") } else { format!("{name}-{id}") };
        }
        name
    };
    modules.iter().map(name).collect()
}

/// Whether a module defines a memory: whether its memory section holds more than the byte for a
/// count of 0.
fn defines_memory(session: &Session, module: ModuleId) -> Result<bool> {
    let sections = session.sections(module)?;
    let memories = sections.iter().find(|section| section.id == MEMORY_SECTION);
    Ok(memories.is_some_and(|section| section.contents.end - section.contents.start > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        let module = |id, name: Option<&str>| {
            let name = name.map(str::to_owned);
            Module { id, raw_name: name.clone(), name, size: 8, is_adapter: false }
        };
        let modules = [
            module(0, Some("a")),
            module(1, None),
            module(2, Some("a")),
            module(3, Some("x/")),
            module(4, Some("../a-2")),
        ];
        assert_eq!(names(&modules, None), ["a", "module-1", "a-2", "module-3", "a-2-4"]);
        assert_eq!(names(&[module(0, None), module(1, None)], Some("x.wasm")), ["x.wasm", "module-1"]);
    }

    #[test]
    fn addresses_are_llvms() {
        assert_eq!(address(Location { module: 3, pc: 0x1af }), 0x4000_0003_0000_01af);
    }
}
