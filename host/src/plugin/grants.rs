//! What a debugger may do.
//!
//! Invariant: a right that is not granted is not linked, and the debugger that needs it is refused before it runs.

use super::file::Right;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What a debugger is given. The default is control, inspect and messages, and nothing of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// [`Right::Control`].
    pub control: bool,
    /// [`Right::Inspect`].
    pub inspect: bool,
    /// [`Right::Modify`].
    pub modify: bool,
    /// [`Right::Messages`].
    pub messages: bool,
    /// TCP addresses that it may listen on; port 0 lets the system choose one.
    pub listen: Vec<SocketAddr>,
    /// Any TCP port of this machine's own addresses, 127.0.0.0/8 and `::1`, to listen on: no other machine reaches
    /// them.
    pub listen_on_loopback: bool,
    /// Directories that it may read and write, each with the debugger's own name for it.
    pub dirs: Vec<(PathBuf, String)>,
    /// Its environment.
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
    /// The rights over the program and the screen that are granted.
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

    /// Whether there is an address that it may listen on.
    pub(super) fn listens(&self) -> bool {
        self.listen_on_loopback || !self.listen.is_empty()
    }

    /// Whether it may ask for an address to listen on.
    pub(super) fn may_bind(&self, address: SocketAddr) -> bool {
        self.covers(address.ip()) || self.listen.contains(&address)
    }

    /// Whether it may listen on the address that a socket has got: by now the system has chosen the port if it was asked to.
    pub(super) fn may_listen(&self, address: SocketAddr) -> bool {
        self.may_bind(address) || self.listen.iter().any(|granted| granted.port() == 0 && granted.ip() == address.ip())
    }

    /// Whether all ports of this address are granted.
    fn covers(&self, ip: IpAddr) -> bool {
        self.listen_on_loopback && ip.is_loopback()
    }
}
