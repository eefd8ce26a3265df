//! Serves one client: from its first packet until it leaves or the program ends.
//!
//! Invariant: the client is always listened to. While the program runs, a request to interrupt or
//! to end it is obeyed at once. Other packets, which a client must not send at that time, are
//! queued until the program stops.

use std::collections::VecDeque;

use stillpoint_kit::{Result, println};

use crate::lldb;
use crate::lobby::Connection;
use crate::program::Program;
use crate::socket::{Client, Readiness};
use crate::stub::{Answer, Stub};
use crate::wire::{Input, PacketReader, packet};

/// How many packets may be queued while the program runs.
const MAX_QUEUED_PACKETS: usize = 1000;

/// Replies of this size together, in bytes, are sent before the next packet is answered.
const FLUSH_SIZE: usize = 256 << 10;

/// How the session with a client ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    /// The program has ended.
    Exited,
    /// The client has ended the program.
    Killed,
    /// The client has detached.
    Detached,
    /// The connection broke off, or the client does not keep to the protocol. Holds a message for
    /// the user.
    Lost(String),
}

/// The session with one client.
struct Server<'s> {
    client: Client,
    reader: PacketReader,
    stub: Stub<'s>,
    /// Whether packets are acknowledged with `+` and `-`.
    acknowledges: bool,
    /// The last reply, to send again to a client that received it damaged.
    last_reply: Vec<u8>,
    /// Bytes that are still to be sent. Small writes are gathered: each by itself would wait until
    /// the client has acknowledged the one before.
    unsent: Vec<u8>,
    /// Packets that were received and not answered yet.
    queued: VecDeque<Input>,
    /// Whether the client has asked for the list of modules, or the user was told that it has not.
    knows_modules: bool,
}

/// Serves a client until its session ends.
pub(crate) fn serve<'s>(connection: Connection, program: &mut Program<'s>) -> Result<SessionEnd> {
    let Connection { client, reader, received, .. } = connection;
    // The program may not stop for long, in a call that blocks the host's thread; meanwhile the
    // client is listened to.
    let mut is_prepared = program.prepare_for_client()?;
    let mut server = Server {
        client,
        reader,
        stub: Stub::new(),
        acknowledges: true,
        last_reply: Vec::new(),
        unsent: Vec::new(),
        queued: received,
        knows_modules: false,
    };
    loop {
        let end = server.answer_queued(program)?;
        server.flush();
        if let Some(end) = end {
            return Ok(end);
        }
        if server.client.wait(program.running()) == Readiness::Client {
            let Some(bytes) = server.client.read() else {
                let name = &server.client.name;
                return Ok(SessionEnd::Lost(format!("the client at {name} went away without detaching")));
            };
            let inputs = bytes.into_iter().filter_map(|byte| server.reader.take(byte));
            server.queued.extend(inputs);
            continue;
        }
        program.finish()?;
        if !is_prepared {
            // The client has not resumed the program, so it expects no stop reply; it asks for the
            // stop itself.
            is_prepared = true;
            program.clear_client_state()?;
        } else if program.should_report() {
            server.stub.stopped(program);
            server.send(lldb::stop_packet(program));
            if program.exit().is_some() {
                server.flush();
                return Ok(SessionEnd::Exited);
            }
        } else {
            program.resume_again()?;
        }
    }
}

impl<'s> Server<'s> {
    /// Answers queued packets, as far as the program's state allows it.
    fn answer_queued(&mut self, program: &mut Program<'s>) -> Result<Option<SessionEnd>> {
        loop {
            if program.running().is_some() {
                if self.queued.iter().any(|input| *input == Input::Interrupt) {
                    program.interrupt()?;
                }
                self.queued.retain(|input| matches!(input, Input::Packet(_) | Input::TooLong));
                // Leaving is not queued either: a program in a call that blocks the host's thread stops
                // for no interrupt, and a client that gives up on it sends one of these next.
                if self.queued.iter().any(is_kill) {
                    return self.kill(program).map(Some);
                }
                if self.queued.iter().any(is_detach) {
                    self.send(b"OK".to_vec());
                    return Ok(Some(SessionEnd::Detached));
                }
                if self.queued.len() > MAX_QUEUED_PACKETS {
                    let name = &self.client.name;
                    return Ok(Some(SessionEnd::Lost(format!("the client at {name} does not keep to the protocol"))));
                }
                return Ok(None);
            }
            let Some(input) = self.queued.pop_front() else { return Ok(None) };
            match input {
                Input::Packet(payload) => {
                    if self.acknowledges {
                        self.unsent.push(b'+');
                    }
                    if let Some(end) = self.answer(program, payload)? {
                        return Ok(Some(end));
                    }
                }
                Input::TooLong => {
                    if self.acknowledges {
                        self.unsent.push(b'+');
                    }
                    self.send(b"E07".to_vec());
                }
                Input::Damaged => {
                    self.unsent.push(b'-');
                }
                Input::Nack => {
                    let last = std::mem::take(&mut self.last_reply);
                    self.send(last);
                }
                // The program is stopped already, and noise means nothing.
                Input::Interrupt | Input::Noise => {}
            }
        }
    }

    fn answer(&mut self, program: &mut Program<'s>, payload: Vec<u8>) -> Result<Option<SessionEnd>> {
        match payload.as_slice() {
            b"QStartNoAckMode" => {
                self.send(b"OK".to_vec());
                self.acknowledges = false;
                return Ok(None);
            }
            // A program that has ended can do nothing more: whatever the packet asks for, the reply
            // is the program's end.
            _ if program.exit().is_some() => {
                let reply = lldb::stop_packet(program);
                self.send(reply);
                return Ok(Some(SessionEnd::Exited));
            }
            _ => {}
        }
        self.knows_modules |= payload.starts_with(b"qXfer:libraries:read:");
        if let Some(reply) = lldb::answer(program, &payload) {
            self.send(reply);
            return Ok(None);
        }
        let asks_for_features = payload.starts_with(b"qSupported");
        match self.stub.answer(program, lldb::without_thread(payload)) {
            Answer::Replies(mut replies) => {
                if let (true, Some(reply)) = (asks_for_features, replies.last_mut()) {
                    reply.extend_from_slice(lldb::FEATURES);
                }
                replies.into_iter().for_each(|reply| self.send(reply));
            }
            Answer::Resume => {
                self.check_modules_are_known();
                if let Some(how) = program.requested.take() {
                    program.start(how)?;
                }
            }
            Answer::Detach(replies) => {
                replies.into_iter().for_each(|reply| self.send(reply));
                return Ok(Some(SessionEnd::Detached));
            }
            Answer::Kill => return self.kill(program).map(Some),
        }
        Ok(None)
    }

    /// Tells the user, once, if the client resumes the program without having asked for its modules.
    fn check_modules_are_known(&mut self) {
        if !std::mem::replace(&mut self.knows_modules, true) {
            println!(
                "gdb: the client at {} resumes the program without having asked for its modules: it knows no names, and \
                 breakpoints by name or line never match. An LLDB that was built without XML support does that; use \
                 another build (`lldb-22` of Debian has it)",
                self.client.name
            );
            stillpoint_kit::flush();
        }
    }

    fn kill(&mut self, program: &Program<'s>) -> Result<SessionEnd> {
        // An error means that the program has just ended by itself.
        let _ = program.session.terminate();
        self.send(b"X09".to_vec());
        Ok(SessionEnd::Killed)
    }

    /// Queues a reply for sending. If the client has left, the next read from it shows that.
    fn send(&mut self, payload: Vec<u8>) {
        self.unsent.extend(packet(&payload));
        self.last_reply = payload;
        if self.unsent.len() > FLUSH_SIZE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.client.send(&self.unsent);
        self.unsent.clear();
    }
}

/// Whether a packet asks to detach from the program.
fn is_detach(input: &Input) -> bool {
    matches!(input, Input::Packet(payload) if payload == b"D" || payload.starts_with(b"D;"))
}

/// Whether a packet asks to end the program.
fn is_kill(input: &Input) -> bool {
    matches!(input, Input::Packet(payload) if payload == b"k" || payload.starts_with(b"vKill;"))
}
