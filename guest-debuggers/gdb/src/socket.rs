//! A TCP listener and its clients, on the sockets of WASI 0.2.
//!
//! Invariant: nothing here waits for a client alone while the program runs: every wait also ends
//! when the program stops.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// The source of the event that ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// The socket: a client wants to connect, or one has sent something or left.
    Socket,
    /// The program has stopped.
    Program,
}

/// Waits for a socket and, if the program runs, for its stop. If both are ready, `preferred` is
/// returned.
fn wait(socket: &Pollable, running: Option<&Running>, preferred: Readiness) -> Readiness {
    let Some(running) = running else {
        socket.block();
        return Readiness::Socket;
    };
    let ready = poll(&[&running.subscribe(), socket]);
    match (ready.contains(&0), ready.contains(&1)) {
        (true, true) => preferred,
        (true, false) => Readiness::Program,
        (false, _) => Readiness::Socket,
    }
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

    /// Waits for a client and, if the program runs, for its stop. A client comes first: the stop is
    /// then the client's, and would be lost to it if the program went on unattended.
    pub(crate) fn wait(&self, running: Option<&Running>) -> Readiness {
        wait(&self.socket.subscribe(), running, Readiness::Socket)
    }

    /// Accepts the next client.
    pub(crate) fn accept(&self) -> Result<Client> {
        let accepted = finish(&self.socket, || self.socket.accept());
        let (socket, input, output) = accepted.map_err(|error| format!("gdb: no client: {}", error.message()))?;
        let name = match socket.remote_address() {
            Ok(address) => from_wasi(address).to_string(),
            Err(_) => "an unknown address".to_owned(),
        };
        Ok(Client { input, output, _socket: socket, name })
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

/// One client. The field order is the drop order: the streams have to be dropped before the socket.
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
        wait(&self.input.subscribe(), running, Readiness::Program)
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
