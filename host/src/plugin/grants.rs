//! The grants of a debugger.
//!
//! Invariant: an interface whose right is not granted is not linked, and a debugger that needs it
//! is refused before it runs.

use super::file::Right;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The rights of a debugger over its program, and what it may use of this machine. The default is
/// *control*, *inspect* and *messages*, and nothing of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// Whether it has [`Right::Control`].
    pub control: bool,
    /// Whether it has [`Right::Inspect`].
    pub inspect: bool,
    /// Whether it has [`Right::Modify`].
    pub modify: bool,
    /// Whether it has [`Right::Messages`].
    pub messages: bool,
    /// The TCP addresses that it may listen on. With port 0 the system chooses the port.
    pub listen: Vec<SocketAddr>,
    /// Whether it may listen on every TCP port of the loopback addresses, 127.0.0.0/8 and `::1`,
    /// which no other machine reaches.
    pub listen_on_loopback: bool,
    /// The directories of the host that it may read and write, each with the path that the debugger
    /// sees.
    pub dirs: Vec<(PathBuf, String)>,
    /// The environment variables that it sees, with their values.
    pub env: Vec<(String, String)>,
}

impl Default for Grants {
    fn default() -> Self {
        Grants {
            control: true,
            inspect: true,
            modify: false,
            messages: true,
            listen: Vec::new(),
            listen_on_loopback: false,
            dirs: Vec::new(),
            env: Vec::new(),
        }
    }
}

impl Grants {
    /// The granted rights.
    #[must_use]
    pub fn rights(&self) -> Vec<Right> {
        let all = [
            (self.control, Right::Control),
            (self.inspect, Right::Inspect),
            (self.modify, Right::Modify),
            (self.messages, Right::Messages),
        ];
        all.into_iter().filter_map(|(granted, right)| granted.then_some(right)).collect()
    }

    /// Whether there is any address that it may listen on.
    pub(super) fn listens(&self) -> bool {
        self.listen_on_loopback || !self.listen.is_empty()
    }

    /// Whether it may bind a socket to an address.
    pub(super) fn may_bind(&self, address: SocketAddr) -> bool {
        self.covers(address.ip()) || self.listen.contains(&address)
    }

    /// Whether it may listen on the address that a socket is bound to. If the granted port was 0,
    /// this is the port that the system has chosen.
    pub(super) fn may_listen(&self, address: SocketAddr) -> bool {
        self.may_bind(address) || self.listen.iter().any(|granted| granted.port() == 0 && granted.ip() == address.ip())
    }

    /// Whether all ports of an address are granted.
    fn covers(&self, ip: IpAddr) -> bool {
        self.listen_on_loopback && ip.is_loopback()
    }
}
