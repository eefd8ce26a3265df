//! The connections to the port that may become clients.
//!
//! Anybody can connect to a port: a script that asks whether it is open yet, a browser, a scanner.
//! Invariant: a connection is a client from its first whole packet on. Until then neither the
//! program nor the session of a client notices it, and it costs a bounded amount of memory.

use std::collections::VecDeque;

use stillpoint_kit::wasip2::io::poll::Pollable;
use stillpoint_kit::{Result, Running, println};

use crate::socket::{Arrival, Client, Listener, timer};
use crate::wire::{Input, PACKET_SIZE, PacketReader};

/// How many connections may wait at once. One more takes the place of the one that waits longest.
const MAX_CONNECTIONS: usize = 16;

/// How many bytes a connection may send before its first packet is whole.
const MAX_PRELUDE: usize = 2 * PACKET_SIZE;

/// How many bytes of something that is no packet are shown.
const SHOWN_BYTES: usize = 40;

/// How long a client that has started this process may take to come, in nanoseconds. LLDB tries for
/// five seconds from the start on.
const PATIENCE: u64 = 10_000_000_000;

/// A connection that may become a client.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) reader: PacketReader,
    /// What a client has sent so far, from its first packet on.
    pub(crate) received: VecDeque<Input>,
    n_bytes: usize,
}

/// What the bytes of a connection have shown it to be.
enum Kind {
    Unknown,
    Client,
    /// Something that does not speak the protocol. Holds some of its bytes.
    Other(Vec<u8>),
    Gone,
}

impl Connection {
    fn new(client: Client) -> Connection {
        Connection { client, reader: PacketReader::new(), received: VecDeque::new(), n_bytes: 0 }
    }

    /// Reads what has arrived.
    fn read(&mut self) -> Kind {
        let Some(bytes) = self.client.read() else { return Kind::Gone };
        self.n_bytes += bytes.len();
        for &byte in &bytes {
            let input = self.reader.take(byte);
            let is_client = !self.received.is_empty();
            match input {
                Some(Input::Noise) if !is_client => return Kind::Other(bytes),
                // The protocol lets a client send a damaged packet again.
                Some(Input::Damaged) if !is_client => self.client.send_byte_at_once(b'-'),
                // There is nothing yet to send again, and nothing of its own to interrupt.
                Some(Input::Nack | Input::Interrupt) if !is_client => {}
                Some(input) => self.received.push_back(input),
                None => {}
            }
        }
        match self.received.is_empty() {
            false => Kind::Client,
            true if self.n_bytes > MAX_PRELUDE => Kind::Other(bytes),
            true => Kind::Unknown,
        }
    }
}

/// Whom the wait for a client has brought.
pub(crate) enum Visit {
    Client(Connection),
    /// Nobody: the program has stopped.
    Program,
    /// Nobody in the time that a client that has started this process would have come in.
    Timeout,
}

/// A port, and the connections to it that are not clients yet.
pub(crate) struct Lobby {
    listener: Listener,
    /// In the order in which they came.
    connections: VecDeque<Connection>,
    /// Whether the user has been told of a connection that does not speak the protocol: of the
    /// first only, because a scanner makes many.
    has_complained: bool,
    /// Ends the wait for the first client.
    timer: Option<Pollable>,
}

impl Lobby {
    /// `is_launched` says whether the first client has started this process.
    pub(crate) fn new(listener: Listener, is_launched: bool) -> Lobby {
        let timer = is_launched.then(|| timer(PATIENCE));
        Lobby { listener, connections: VecDeque::new(), has_complained: false, timer }
    }

    /// Waits for a client and, if the program runs, for its stop.
    pub(crate) fn wait(&mut self, running: Option<&Running>) -> Result<Visit> {
        loop {
            let connections = self.connections.iter().map(|connection| &connection.client);
            match self.listener.wait(connections, running, self.timer.as_ref()) {
                Arrival::Timeout => return Ok(Visit::Timeout),
                Arrival::Program => return Ok(Visit::Program),
                Arrival::Connection => {
                    let Some(client) = self.listener.accept()? else { continue };
                    if self.connections.len() == MAX_CONNECTIONS {
                        self.connections.pop_front();
                    }
                    self.connections.push_back(Connection::new(client));
                }
                Arrival::Bytes(position) => {
                    let Some(mut connection) = self.connections.remove(position) else { continue };
                    match connection.read() {
                        Kind::Client => {
                            self.timer = None;
                            return Ok(Visit::Client(connection));
                        }
                        Kind::Unknown => self.connections.insert(position, connection),
                        Kind::Other(bytes) => self.complain(&connection.client.name, &bytes),
                        Kind::Gone => {}
                    }
                }
            }
        }
    }

    fn complain(&mut self, name: &str, bytes: &[u8]) {
        if !std::mem::replace(&mut self.has_complained, true) {
            let shown = bytes.get(..SHOWN_BYTES).unwrap_or(bytes).escape_ascii();
            println!("gdb: {name} is no debugger, it sent \"{shown}\"; still waiting for LLDB");
            stillpoint_kit::flush();
        }
    }
}
