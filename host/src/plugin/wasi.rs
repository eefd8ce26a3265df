//! The data of a debugger's store, and the WASI that a debugger sees.
//!
//! Invariant: a debugger sees nothing of the machine that [`Grants`] does not name: no files, no
//! network, no environment, no arguments, no time of day, and a closed standard input.

use super::Grants;
use super::limits::Guard;
use crate::world::{Output, World};
use std::net::SocketAddr;
use std::time::Duration;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// The data of a debugger's store.
pub(super) struct PluginData {
    pub(super) world: World,
    pub(super) wasi: WasiCtx,
    pub(super) guard: Guard,
}

impl WasiView for PluginData {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.world.table }
    }
}

/// A clock that always shows the beginning of 1970.
struct NoTimeOfDay;

impl HostWallClock for NoTimeOfDay {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// The WASI context of a debugger.
pub(super) fn context(grants: &Grants, output: &Output) -> wasmtime::Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(output.clone()).stderr(output.clone()).wall_clock(NoTimeOfDay).allow_udp(false);
    builder.envs(&grants.env);
    for (host, guest) in &grants.dirs {
        builder.preopened_dir(host, guest, FsPerms::ReadWrite)?;
    }
    if grants.listens() {
        let grants = grants.clone();
        builder.allow_tcp(true).socket_addr_check(move |address, purpose| {
            let allowed = may_use(&grants, address, purpose);
            Box::pin(async move { allowed })
        });
    } else {
        builder.allow_tcp(false);
    }
    Ok(builder.build())
}

/// Whether a debugger may use an address for a purpose. It may listen where that was granted, and
/// never connect.
fn may_use(grants: &Grants, address: SocketAddr, purpose: SocketAddrUse) -> bool {
    match purpose {
        SocketAddrUse::TcpBind => grants.may_bind(address),
        SocketAddrUse::TcpListen => grants.may_listen(address),
        // This address is the client's. Any client that reaches a granted address is accepted.
        SocketAddrUse::TcpAccept => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(grants: &Grants, may: bool, uses: &[(&str, SocketAddrUse)]) {
        for (address, purpose) in uses {
            assert_eq!(may_use(grants, address.parse().unwrap(), *purpose), may, "{address} {purpose:?}");
        }
    }

    #[test]
    fn a_granted_address_is_for_listening_only() {
        let listen = vec!["127.0.0.1:1234".parse().unwrap(), "[::1]:0".parse().unwrap()];
        let grants = Grants { listen, ..Grants::default() };
        check(
            &grants,
            true,
            &[
                ("127.0.0.1:1234", SocketAddrUse::TcpBind),
                ("127.0.0.1:1234", SocketAddrUse::TcpListen),
                ("[::1]:0", SocketAddrUse::TcpBind),
                ("[::1]:40000", SocketAddrUse::TcpListen),
                ("10.0.0.7:50000", SocketAddrUse::TcpAccept),
            ],
        );
        check(
            &grants,
            false,
            &[
                ("127.0.0.1:1235", SocketAddrUse::TcpBind),
                ("0.0.0.0:1234", SocketAddrUse::TcpBind),
                ("0.0.0.0:0", SocketAddrUse::TcpBind),
                ("[::1]:40000", SocketAddrUse::TcpBind),
                ("[::2]:40000", SocketAddrUse::TcpListen),
                ("127.0.0.1:1234", SocketAddrUse::TcpConnect),
                ("127.0.0.1:1234", SocketAddrUse::UdpBind),
            ],
        );
    }

    #[test]
    fn loopback_is_every_port_of_this_machine_alone_and_for_listening_only() {
        let listen = vec!["10.0.0.1:1234".parse().unwrap()];
        let grants = Grants { listen, listen_on_loopback: true, ..Grants::default() };
        for address in ["127.0.0.1:0", "127.0.0.1:1234", "127.255.255.254:65535", "[::1]:0", "[::1]:1234"] {
            check(&grants, true, &[(address, SocketAddrUse::TcpBind), (address, SocketAddrUse::TcpListen)]);
            for purpose in
                [SocketAddrUse::TcpConnect, SocketAddrUse::UdpBind, SocketAddrUse::UdpSend, SocketAddrUse::UdpReceive]
            {
                check(&grants, false, &[(address, purpose)]);
            }
        }
        // All addresses at once include those that other machines reach, and an IPv4 address that
        // is mapped into IPv6 is not treated as loopback.
        for address in [
            "0.0.0.0:0",
            "0.0.0.0:1234",
            "[::]:0",
            "[::2]:1234",
            "128.0.0.1:1",
            "126.255.255.255:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            check(&grants, false, &[(address, SocketAddrUse::TcpBind), (address, SocketAddrUse::TcpListen)]);
        }
        // The address that was granted by itself still is.
        check(&grants, true, &[("10.0.0.1:1234", SocketAddrUse::TcpBind), ("10.0.0.1:1234", SocketAddrUse::TcpListen)]);
        check(&grants, false, &[("10.0.0.1:1235", SocketAddrUse::TcpBind)]);
    }

    #[test]
    fn without_a_grant_there_is_nothing_to_listen_on() {
        let grants = Grants::default();
        assert!(!grants.listens());
        check(&grants, false, &[("127.0.0.1:0", SocketAddrUse::TcpBind), ("127.0.0.1:1", SocketAddrUse::TcpListen)]);
    }
}
