//! Lets LLDB debug the program over the GDB remote protocol.
//!
//! For now it listens, says where, and gives up. Invariant: the program goes on with its own result.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use stillpoint_kit::wasip2::io::poll::Pollable;
use stillpoint_kit::wasip2::sockets::instance_network::instance_network;
use stillpoint_kit::wasip2::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use stillpoint_kit::wasip2::sockets::tcp::TcpSocket;
use stillpoint_kit::wasip2::sockets::tcp_create_socket::create_tcp_socket;
use stillpoint_kit::{Debugger, Result, Session, flush, println};

const DEFAULT: &str = "127.0.0.1:1234";

struct Gdb;

stillpoint_kit::export!(Gdb);

impl Debugger for Gdb {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let text = arguments.iter().find(|argument| !argument.starts_with('-')).map_or(DEFAULT, String::as_str);
        let address: SocketAddr = text.parse().map_err(|_| format!("`{text}` is no address; write IP:PORT"))?;
        let (_socket, bound) = listen(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
        println!("gdb: waiting for LLDB at {bound}; type in another terminal:");
        println!("  lldb -o 'process connect --plugin wasm connect://{bound}'");
        flush();
        // A client will want to write; so it asks for the right now.
        drop(session.write_memory(0, 0, 0, &[]));
        Err("not written yet".into())
    }
}

fn listen(address: SocketAddr) -> Result<(TcpSocket, SocketAddr), ErrorCode> {
    let family = if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
    let socket = create_tcp_socket(family)?;
    socket.start_bind(&instance_network(), to_wasi(address))?;
    finish(&socket.subscribe(), || socket.finish_bind())?;
    socket.start_listen()?;
    finish(&socket.subscribe(), || socket.finish_listen())?;
    let bound = from_wasi(socket.local_address()?);
    Ok((socket, bound))
}

/// Waits for an operation that has been started.
fn finish(pollable: &Pollable, operation: impl Fn() -> Result<(), ErrorCode>) -> Result<(), ErrorCode> {
    loop {
        match operation() {
            Err(ErrorCode::WouldBlock) => pollable.block(),
            other => return other,
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
            SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port).into()
        }
        IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info, address, scope_id }) => {
            let (a, b, c, d, e, f, g, h) = address;
            SocketAddrV6::new(Ipv6Addr::new(a, b, c, d, e, f, g, h), port, flow_info, scope_id).into()
        }
    }
}
