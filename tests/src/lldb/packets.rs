//! A client of the GDB remote protocol that sends exactly what it is told to, however wrong that
//! is.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::{LLDB_TIMEOUT, Server};

/// A connection to a server.
pub struct Client {
    stream: TcpStream,
    /// Bytes that have come and were not taken yet.
    pending: Vec<u8>,
    acknowledges: bool,
}

/// Makes a packet: `$BODY#CHECKSUM`.
pub fn packet(body: &str) -> Vec<u8> {
    let sum = body.bytes().fold(0_u8, u8::wrapping_add);
    format!("${body}#{sum:02x}").into_bytes()
}

impl Client {
    /// Connects without sending anything.
    #[track_caller]
    pub fn connect(server: &Server) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", server.port())).expect("the server listens");
        stream.set_read_timeout(Some(LLDB_TIMEOUT)).expect("a time limit can be set");
        stream.set_write_timeout(Some(LLDB_TIMEOUT)).expect("a time limit can be set");
        stream.set_nodelay(true).expect("packets can be sent at once");
        Client { stream, pending: Vec::new(), acknowledges: true }
    }

    /// Connects and switches acknowledgements off, as LLDB does.
    #[track_caller]
    pub fn greet(server: &Server) -> Client {
        let mut client = Client::connect(server);
        client.send(b"+");
        assert_eq!(client.ask("QStartNoAckMode"), "OK");
        client.send(b"+");
        client.acknowledges = false;
        client
    }

    /// Sends bytes unchanged. Returns whether the server took them; it may have closed the
    /// connection.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends a packet and waits for the body of the reply; none if the server closed the
    /// connection.
    pub fn try_ask(&mut self, body: &str) -> Option<String> {
        if !self.send(&packet(body)) {
            return None;
        }
        self.reply()
    }

    /// Sends a packet and waits for the body of the reply.
    #[track_caller]
    pub fn ask(&mut self, body: &str) -> String {
        self.try_ask(body).unwrap_or_else(|| panic!("no reply to {body:?}: the server hung up"))
    }

    /// Waits for a packet and returns its body, with run lengths expanded; none if the server
    /// closed the connection.
    #[track_caller]
    pub fn reply(&mut self) -> Option<String> {
        loop {
            if let Some((body, length)) = first_packet(&self.pending) {
                self.pending.drain(..length);
                if self.acknowledges {
                    self.send(b"+");
                }
                return Some(String::from_utf8_lossy(&body).into_owned());
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) => return None,
                Ok(length) => self.pending.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server neither replies nor hangs up: {error}"),
            }
        }
    }

    /// Waits for a packet for so long, and returns whether one has come; [`Client::reply`] takes it.
    #[track_caller]
    pub fn has_reply_within(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).expect("a time limit can be set");
        let mut piece = [0; 4096];
        while first_packet(&self.pending).is_none() {
            match self.stream.read(&mut piece) {
                Ok(length @ 1..) => self.pending.extend_from_slice(&piece[..length]),
                _ => break,
            }
        }
        self.stream.set_read_timeout(Some(LLDB_TIMEOUT)).expect("a time limit can be set");
        first_packet(&self.pending).is_some()
    }

    /// Reads until the server closes the connection.
    #[track_caller]
    pub fn wait_for_hang_up(&mut self) {
        while self.reply().is_some() {}
    }

    /// Closes its own direction of the connection, and goes on reading.
    pub fn close_writing(&self) {
        drop(self.stream.shutdown(Shutdown::Write));
    }
}

/// The first whole packet in some bytes: its body, and how many bytes there are to its end.
fn first_packet(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let start = bytes.iter().position(|&byte| byte == b'$')? + 1;
    let length = bytes[start..].iter().position(|&byte| byte == b'#')?;
    let end = start + length + 3;
    if bytes.len() < end {
        return None;
    }
    let mut body = Vec::new();
    let mut rest = bytes[start..start + length].iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'}' => body.extend(rest.next().map(|escaped| escaped ^ 0x20)),
            b'*' => {
                let times = rest.next().map_or(0, |count| count.saturating_sub(29));
                let last = body.last().copied().unwrap_or_default();
                body.extend(std::iter::repeat_n(last, usize::from(times)));
            }
            _ => body.push(byte),
        }
    }
    Some((body, end))
}
