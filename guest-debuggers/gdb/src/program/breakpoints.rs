//! The breakpoints and watchpoints that a client has set, by address.
//!
//! LLDB removes the breakpoint that it stands on, steps, and sets it again, each time that it goes
//! on from one. Doing that literally would edit the program's code each time. A removed breakpoint
//! therefore stays armed until the program is resumed for more than a single step, and a hit of it
//! is ignored. Invariant: after [`Breakpoints::apply`] every breakpoint that a client wants is
//! armed.

use std::collections::BTreeMap;

use stillpoint_kit::{
    Accesses, BreakpointId, Error, HostError, Location, Nearest, Result, Session, WatchHit, WatchSpec, WatchTarget,
    WatchedMemory, WatchpointId, println,
};

use super::Modules;
use super::memories::MemoryAddress;

/// A breakpoint that a client has set, or has removed while it is still armed.
#[derive(Debug)]
struct ClientBreakpoint {
    location: Location,
    /// The host's id, once the host has been told of the breakpoint.
    id: Option<BreakpointId>,
    /// Whether the host has refused it. For the client it is set all the same.
    is_refused: bool,
    is_wanted: bool,
}

/// Breakpoints by address.
#[derive(Debug, Default)]
pub(super) struct Breakpoints {
    entries: BTreeMap<u64, ClientBreakpoint>,
}

impl Breakpoints {
    pub(super) fn add(&mut self, address: u64, location: Location) {
        let new = ClientBreakpoint { location, id: None, is_refused: false, is_wanted: true };
        self.entries.entry(address).or_insert(new).is_wanted = true;
    }

    /// Adds the breakpoint at an address again if there is one that was removed and is still armed.
    pub(super) fn add_again(&mut self, address: u64) -> bool {
        self.entries.get_mut(&address).map(|entry| entry.is_wanted = true).is_some()
    }

    pub(super) fn remove(&mut self, address: u64) -> bool {
        self.entries.get_mut(&address).is_some_and(|entry| std::mem::replace(&mut entry.is_wanted, false))
    }

    /// Removes all of them, on behalf of a client.
    pub(super) fn clear(&mut self) {
        for entry in self.entries.values_mut() {
            entry.is_wanted = false;
        }
    }

    fn find(&self, id: BreakpointId) -> Option<(&u64, &ClientBreakpoint)> {
        self.entries.iter().find(|(_, entry)| entry.id == Some(id))
    }

    /// Whether a client has set one of these and not removed it again.
    pub(super) fn are_wanted(&self, ids: &[BreakpointId]) -> bool {
        ids.iter().any(|id| self.find(*id).is_some_and(|(_, entry)| entry.is_wanted))
    }

    /// The address at which a client has set one of these.
    pub(super) fn address(&self, ids: &[BreakpointId]) -> Option<u64> {
        let mut wanted = ids.iter().filter_map(|id| self.find(*id)).filter(|(_, entry)| entry.is_wanted);
        wanted.next().map(|(address, _)| *address)
    }

    /// Adds new breakpoints to the host and, if the program will run for more than a single step,
    /// removes those that are no longer wanted; each in one call.
    pub(super) fn apply(&mut self, session: &Session, modules: &Modules, is_far: bool) -> Result {
        if is_far {
            let unwanted: Vec<_> =
                self.entries.values().filter(|entry| !entry.is_wanted).filter_map(|entry| entry.id).collect();
            if !unwanted.is_empty() {
                session.remove_breakpoints(&unwanted)?;
            }
            self.entries.retain(|_, entry| entry.is_wanted);
        }
        // An instruction at which the program cannot stop is often the end of a block whose
        // continuation it comes to by another way. The breakpoint is then moved, once, to the
        // continuation, which the host names in its refusal.
        for _ in 0..2 {
            let is_new = |entry: &ClientBreakpoint| entry.id.is_none() && entry.is_wanted && !entry.is_refused;
            let mut new: Vec<_> = self.entries.iter_mut().filter(|(_, entry)| is_new(entry)).collect();
            if new.is_empty() {
                break;
            }
            let answers = session.add_breakpoints(new.iter().map(|(_, entry)| entry.location))?;
            for ((address, entry), answer) in new.iter_mut().zip(answers) {
                match answer {
                    Ok(id) => entry.id = Some(id),
                    Err(Error::Host(HostError::NotAnInstruction(Nearest { after: Some(after), .. })))
                        if modules.lead(session, entry.location, after) =>
                    {
                        entry.location.pc = after;
                    }
                    Err(error) => {
                        let why = match error {
                            Error::Host(HostError::NotAnInstruction(_)) => "the program never comes there".to_owned(),
                            other => other.to_string(),
                        };
                        println!("gdb: the breakpoint at {address:#x} has no effect: {why}");
                        entry.is_refused = true;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The accesses that a watchpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchKind {
    Write,
    Read,
    Access,
}

/// A watchpoint that a client has set, in the client's terms, and the host's id of it.
#[derive(Debug)]
struct ClientWatchpoint {
    address: u64,
    length: u64,
    kind: WatchKind,
    id: WatchpointId,
}

/// Watchpoints in the order in which they were set.
#[derive(Debug, Default)]
pub(super) struct Watchpoints {
    entries: Vec<ClientWatchpoint>,
}

impl Watchpoints {
    pub(super) fn add(
        &mut self,
        session: &Session,
        address: u64,
        length: u64,
        kind: WatchKind,
        target: MemoryAddress,
    ) -> bool {
        let accesses = match kind {
            WatchKind::Write => Accesses::WRITE | Accesses::HOST,
            WatchKind::Read => Accesses::READ,
            WatchKind::Access => Accesses::READ | Accesses::WRITE | Accesses::HOST,
        };
        let MemoryAddress { instance, memory, address: begin } = target;
        let range = WatchTarget::Memory(WatchedMemory { instance, memory, address: begin, length });
        match session.add_watchpoint(WatchSpec::new(range, accesses)) {
            Ok(id) => {
                self.entries.push(ClientWatchpoint { address, length, kind, id });
                true
            }
            Err(error) => {
                println!("gdb: no watchpoint at {address:#x}: {error}");
                false
            }
        }
    }

    pub(super) fn remove(&mut self, session: &Session, address: u64, length: u64, kind: WatchKind) -> bool {
        let is_it = |entry: &ClientWatchpoint| (entry.address, entry.length, entry.kind) == (address, length, kind);
        let position = self.entries.iter().position(is_it);
        position.is_some_and(|position| session.remove_watchpoint(self.entries.remove(position).id).is_ok())
    }

    pub(super) fn clear(&mut self, session: &Session) -> Result {
        let ids: Vec<_> = self.entries.drain(..).map(|entry| entry.id).collect();
        if !ids.is_empty() {
            session.remove_watchpoints(&ids)?;
        }
        Ok(())
    }

    /// The address and the kind of the watchpoint that was hit first.
    pub(super) fn hit(&self, hits: &[WatchHit]) -> Option<(u64, WatchKind)> {
        let hit = hits.first()?;
        self.entries.iter().find(|entry| entry.id == hit.watchpoint).map(|entry| (entry.address, entry.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_and_set_again_stays_armed() {
        let mut breakpoints = Breakpoints::default();
        let location = Location { module: 0, pc: 7 };
        breakpoints.add(7, location);
        breakpoints.entries.values_mut().for_each(|entry| entry.id = Some(3));
        assert!(breakpoints.are_wanted(&[2, 3]));
        assert!(breakpoints.remove(7));
        assert!(!breakpoints.remove(7), "it is gone for the client");
        assert!(!breakpoints.are_wanted(&[3]));
        breakpoints.add(7, location);
        assert_eq!(breakpoints.entries[&7].id, Some(3), "the host never heard of it");
        assert_eq!(breakpoints.address(&[3]), Some(7));
    }
}
