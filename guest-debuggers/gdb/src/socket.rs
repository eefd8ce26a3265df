//! A TCP listener and its clients, on the sockets of WASI 0.2.
//!
//! Invariant: nothing here waits for a client alone while the program runs: every wait also ends
//! when the program stops.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use stillpoint_kit::wasip2::clocks::monotonic_clock::subscribe_duration;
use stillpoint_kit::wasip2::io::poll::{Pollable, poll};
use stillpoint_kit::wasip2::io::streams::{InputStream, OutputStream, StreamError};
use stillpoint_kit::wasip2::sockets::instance_network::instance_network;
use stillpoint_kit::wasip2::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use stillpoint_kit::wasip2::sockets::tcp::TcpSocket;
use stillpoint_kit::wasip2::sockets::tcp_create_socket::create_tcp_socket;
use stillpoint_kit::{Result, Running};

/// How many bytes are read from a client at once.
const READ_SIZE: u64 = 64 << 10;

/// The source of the event that ended a wait for a client's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// The client: it has sent something or left.
    Client,
    /// The program has stopped.
    Program,
}

/// The source of the event that ended a wait for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The connection at this position has sent something or ended.
    Bytes(usize),
    /// Somebody wants to connect.
    Connection,
    /// The program has stopped.
    Program,
    /// The time is over.
    Timeout,
}

/// Something that becomes ready when a time is over, in nanoseconds.
pub(crate) fn timer(time: u64) -> Pollable {
    subscribe_duration(time)
}

/// A port that clients can connect to.
pub(crate) struct Listener {
    socket: TcpSocket,
}

impl Listener {
    /// Begins to listen on an address.
    pub(crate) fn bind(address: SocketAddr) -> Result<Listener> {
        let explain = |error| match error {
            ErrorCode::AccessDenied => format!(
                "{address}: this debugger may listen on the machine's own loopback only; for another address: --allow \
                 listen={address}"
            ),
            ErrorCode::AddressInUse => format!("{address}: this port is in use already; choose another"),
            ErrorCode::AddressNotBindable => format!("{address}: this is no address of this machine"),
            other => format!("{address}: cannot listen there: {}", other.message()),
        };
        let family = if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
        let socket = create_tcp_socket(family).map_err(explain)?;
        let network = instance_network();
        socket.start_bind(&network, to_wasi(address)).map_err(explain)?;
        finish(&socket, || socket.finish_bind()).map_err(explain)?;
        socket.start_listen().map_err(explain)?;
        finish(&socket, || socket.finish_listen()).map_err(explain)?;
        Ok(Listener { socket })
    }

    /// The address that it listens on, with the port that the system has chosen if it was asked to.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let address = self.socket.local_address().map_err(|error| format!("gdb: no address: {}", error.message()))?;
        Ok(from_wasi(address))
    }

    /// Waits for bytes on connections, for a new connection, for the program's stop if it runs, and
    /// for a timer if there is one. Connections come first: if a client is among them, the stop is the client's, and would be
    /// lost to it if the program went on unattended.
    pub(crate) fn wait<'c>(
        &self,
        connections: impl Iterator<Item = &'c Client>,
        running: Option<&Running>,
        timer: Option<&Pollable>,
    ) -> Arrival {
        let mut sources: Vec<_> = connections.map(|connection| connection.input.subscribe()).collect();
        let n_connections = sources.len();
        sources.push(self.socket.subscribe());
        sources.extend(running.map(Running::subscribe));
        let n_sources = sources.len();
        let ready = poll(&sources.iter().chain(timer).collect::<Vec<_>>());
        match ready.into_iter().min().map_or(n_connections, |first| first as usize) {
            first if first < n_connections => Arrival::Bytes(first),
            first if first == n_connections => Arrival::Connection,
            first if first < n_sources => Arrival::Program,
            _ => Arrival::Timeout,
        }
    }

    /// Accepts a connection; none if whoever wanted it has gone already.
    pub(crate) fn accept(&self) -> Result<Option<Client>> {
        let (socket, input, output) = match self.socket.accept() {
            Ok(accepted) => accepted,
            Err(ErrorCode::WouldBlock | ErrorCode::ConnectionAborted | ErrorCode::ConnectionReset) => return Ok(None),
            Err(error) => return Err(format!("gdb: no client: {}", error.message()).into()),
        };
        let name = match socket.remote_address() {
            Ok(address) => from_wasi(address).to_string(),
            Err(_) => "an unknown address".to_owned(),
        };
        Ok(Some(Client { input, output, _socket: socket, name }))
    }
}

/// Calls a function of a socket until it no longer answers that it would block.
fn finish<T>(socket: &TcpSocket, mut call: impl FnMut() -> Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    loop {
        match call() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => return other,
        }
    }
}

/// A connection: a client, or somebody who may become one. The field order is the drop order: the streams have to be dropped before the socket.
pub(crate) struct Client {
    input: InputStream,
    output: OutputStream,
    _socket: TcpSocket,
    /// The client's address.
    pub(crate) name: String,
}

impl Client {
    /// Waits for bytes from the client and, if the program runs, for its stop. The stop comes first.
    pub(crate) fn wait(&self, running: Option<&Running>) -> Readiness {
        let input = self.input.subscribe();
        let Some(running) = running else {
            input.block();
            return Readiness::Client;
        };
        if poll(&[&running.subscribe(), &input]).contains(&0) { Readiness::Program } else { Readiness::Client }
    }

    /// The bytes that have arrived; none if the client has left.
    pub(crate) fn read(&self) -> Option<Vec<u8>> {
        self.input.read(READ_SIZE).ok()
    }

    /// Sends bytes and waits until the system has them; false if the client has left.
    pub(crate) fn send(&self, mut bytes: &[u8]) -> bool {
        let mut send = || -> Result<(), StreamError> {
            while !bytes.is_empty() {
                let free = usize::try_from(self.output.check_write()?).unwrap_or(usize::MAX);
                if free == 0 {
                    self.output.subscribe().block();
                    continue;
                }
                let (now, later) = bytes.split_at(free.min(bytes.len()));
                self.output.write(now)?;
                bytes = later;
            }
            self.output.blocking_flush()
        };
        send().is_ok()
    }

    /// Sends a byte if that needs no waiting.
    pub(crate) fn send_byte_at_once(&self, byte: u8) {
        if self.output.check_write().is_ok_and(|free| free > 0) {
            // An error means that it has left, which the next read shows.
            let _ = self.output.write(&[byte]).and_then(|()| self.output.flush());
        }
    }
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: address.port(),
                flow_info: address.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: address.scope_id(),
            })
        }
    }
}

fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) }) => {
            SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), port)
        }
        IpSocketAddress::Ipv6(Ipv6SocketAddress { port, address: (a, b, c, d, e, f, g, h), .. }) => {
            SocketAddr::new(IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), port)
        }
    }
}
