//! The program's core modules: their names, and their code as part of the address space.
//!
//! An address in code is `1 << 62 | module << 32 | pc` (LLDB, `Process/wasm/ProcessWasm.h`).
//! Invariant: every module has a name of its own, because LLDB loads only one module of a name.

use std::cell::RefCell;
use std::collections::HashSet;

use gdbstub_arch::wasm::addr::{WasmAddr, WasmAddrType};
use stillpoint_kit::{Code, Location, Module, Result, Session};

/// The id of the memory section, from the core specification's binary format.
const MEMORY_SECTION: u8 = 5;

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
        };
        modules.refresh(session)?;
        if let [only] = modules.modules.as_slice()
            && only.name.is_none()
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
        self.modules.iter().zip(&self.names).map(move |(module, name)| (begin(module.id), name.as_str(), module.size))
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
        (u64::from(address.offset()) < module.size).then_some(Location { module: module.id, pc: address.offset() })
    }

    /// Whether a location is inside a function. The declarations of its locals count too: LLDB
    /// takes them for the function's beginning.
    pub(crate) fn is_code(&self, session: &Session, location: Location) -> bool {
        let mut code = self.code.borrow_mut();
        if code.module(location.module).is_none() && code.refresh(session).is_err() {
            return false;
        }
        code.function_at(location).is_some()
    }

    /// Whether more than one module defines a memory.
    pub(crate) fn define_several_memories(&self, session: &Session) -> Result<bool> {
        let mut defining = 0;
        for module in &self.modules {
            defining += u32::from(defines_memory(session, module)?);
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
        let own = if id == 0 { first.or(module.name.as_deref()) } else { module.name.as_deref() };
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
fn defines_memory(session: &Session, module: &Module) -> Result<bool> {
    let sections = session.sections(module)?;
    let memories = sections.iter().find(|section| section.id == MEMORY_SECTION);
    Ok(memories.is_some_and(|section| section.contents.end - section.contents.start > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        let module = |id, name: Option<&str>| Module { id, name: name.map(str::to_owned), size: 8, adapter: false };
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
