//! What a debugger's store holds, and the empty world that its WASI imports see.
//!
//! Invariant: what [`Grants`] does not name is not there: no files, no network, no environment, no arguments, no
//! time of day, and a closed standard input.

use super::Grants;
use super::limits::Guard;
use crate::world::{Output, World};
use std::net::SocketAddr;
use std::time::Duration;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// The data of a debugger's store.
pub(super) struct PluginState {
    pub(super) world: World,
    pub(super) wasi: WasiCtx,
    pub(super) guard: Guard,
}

impl WasiView for PluginState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.world.table }
    }
}

/// A clock that stands still at the beginning of 1970.
struct NoTimeOfDay;

impl HostWallClock for NoTimeOfDay {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// The WASI of a debugger with some grants.
pub(super) fn wasi(grants: &Grants, output: &Output) -> wasmtime::Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(output.clone()).stderr(output.clone()).wall_clock(NoTimeOfDay).allow_udp(false);
    builder.envs(&grants.env);
    for (host, guest) in &grants.dirs {
        builder.preopened_dir(host, guest, FsPerms::ReadWrite)?;
    }
    if grants.listen.is_empty() {
        builder.allow_tcp(false);
    } else {
        let listen = grants.listen.clone();
        builder.allow_tcp(true).socket_addr_check(move |address, purpose| {
            let allowed = may_use(&listen, address, purpose);
            Box::pin(async move { allowed })
        });
    }
    Ok(builder.build())
}

/// Whether a debugger that may listen on some addresses may use one for a purpose.
fn may_use(listen: &[SocketAddr], address: SocketAddr, purpose: SocketAddrUse) -> bool {
    match purpose {
        SocketAddrUse::TcpBind => listen.contains(&address),
        // By now the system has chosen the port if it was asked to.
        SocketAddrUse::TcpListen => {
            listen.iter().any(|granted| *granted == address || granted.port() == 0 && granted.ip() == address.ip())
        }
        SocketAddrUse::TcpAccept => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_granted_address_is_for_listening_only() {
        let listen: Vec<SocketAddr> = vec!["127.0.0.1:1234".parse().unwrap(), "[::1]:0".parse().unwrap()];
        let may = |address: &str, purpose| may_use(&listen, address.parse().unwrap(), purpose);
        assert!(may("127.0.0.1:1234", SocketAddrUse::TcpBind));
        assert!(may("127.0.0.1:1234", SocketAddrUse::TcpListen));
        assert!(may("[::1]:0", SocketAddrUse::TcpBind));
        assert!(may("[::1]:40000", SocketAddrUse::TcpListen));
        for (address, purpose) in [
            ("127.0.0.1:1235", SocketAddrUse::TcpBind),
            ("0.0.0.0:1234", SocketAddrUse::TcpBind),
            ("0.0.0.0:0", SocketAddrUse::TcpBind),
            ("[::1]:40000", SocketAddrUse::TcpBind),
            ("[::2]:40000", SocketAddrUse::TcpListen),
            ("127.0.0.1:1234", SocketAddrUse::TcpConnect),
            ("127.0.0.1:1234", SocketAddrUse::UdpBind),
        ] {
            assert!(!may(address, purpose), "{address} {purpose:?}");
        }
    }
}
