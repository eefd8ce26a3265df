//! One client: from its first byte until it leaves or the program ends.
//!
//! Invariant: the client is always listened to. While the program runs, a request to stop or to end it is heeded at once, and
//! other packets, which a client must not send then, wait for the stop.

use std::collections::VecDeque;

use stillpoint_kit::Result;

use crate::lldb;
use crate::program::Program;
use crate::socket::{Client, Readiness};
use crate::stub::{Answer, Stub};
use crate::wire::{Input, Reader, packet};

/// How many packets may wait for the program's stop.
const WAITING: usize = 1000;

/// How many bytes are sent before there is nothing more to do.
const FULL: usize = 256 << 10;

/// How a client left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The program has ended.
    Exited,
    /// The client has ended the program.
    Killed,
    /// The client has detached.
    Detached,
    /// It is gone without a word, or is no client of this protocol; in words.
    Lost(String),
}

/// A client's session.
struct Server<'c, 's> {
    client: &'c mut Client,
    reader: Reader,
    stub: Stub<'s>,
    /// Whether packets are acknowledged.
    acknowledges: bool,
    /// The last reply, for a client that did not get it in one piece.
    last: Vec<u8>,
    /// What is to be sent. Each small write by itself would wait for the client's acknowledgment of the one before.
    unsent: Vec<u8>,
    /// Packets that came while the program ran.
    waiting: VecDeque<Input>,
}

/// Serves a client.
pub(crate) fn serve<'s>(client: &mut Client, program: &mut Program<'s>) -> Result<End> {
    // It may wait in the host and not stop for long; meanwhile the client is listened to.
    let mut is_held = program.hold()?;
    let mut server = Server {
        client,
        reader: Reader::new(),
        stub: Stub::new(),
        acknowledges: true,
        last: Vec::new(),
        unsent: Vec::new(),
        waiting: VecDeque::new(),
    };
    loop {
        let lost = || Ok(End::Lost(format!("the client at {} went away without detaching", server.client.name)));
        if server.client.wait(program.running()) == Readiness::Program {
            program.finish()?;
            if !is_held {
                // The client has not resumed it, and is told when it asks.
                is_held = true;
                program.forget()?;
            } else if program.is_wanted() {
                server.stub.stopped(program);
                server.send(lldb::stop_reply(program));
                if program.exit().is_some() {
                    server.flush();
                    return Ok(End::Exited);
                }
            } else {
                program.go_on()?;
                continue;
            }
        } else {
            let Some(bytes) = server.client.read() else { return lost() };
            for byte in bytes {
                if let Some(input) = server.reader.take(byte) {
                    server.waiting.push_back(input);
                }
            }
        }
        let end = server.work_off(program)?;
        server.flush();
        if let Some(end) = end {
            return Ok(end);
        }
    }
}

impl<'s> Server<'_, 's> {
    /// Does what the client has asked for, as far as the program's state lets it.
    fn work_off(&mut self, program: &mut Program<'s>) -> Result<Option<End>> {
        loop {
            if program.running().is_some() {
                if self.waiting.iter().any(|input| *input == Input::Interrupt) {
                    program.interrupt()?;
                }
                self.waiting.retain(|input| matches!(input, Input::Packet(_) | Input::TooLong));
                // Nor does leaving wait: a program that waits in the host stops for no interrupt, and a client that has lost
                // patience with it sends one of these next.
                if self.waiting.iter().any(is_kill) {
                    return self.kill(program).map(Some);
                }
                if self.waiting.iter().any(is_detach) {
                    self.send(b"OK".to_vec());
                    return Ok(Some(End::Detached));
                }
                if self.waiting.len() > WAITING {
                    let name = &self.client.name;
                    return Ok(Some(End::Lost(format!("the client at {name} does not keep to the protocol"))));
                }
                return Ok(None);
            }
            let Some(input) = self.waiting.pop_front() else { return Ok(None) };
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
                    let last = std::mem::take(&mut self.last);
                    self.send(last);
                }
                // The program is stopped.
                Input::Interrupt => {}
            }
        }
    }

    fn answer(&mut self, program: &mut Program<'s>, payload: Vec<u8>) -> Result<Option<End>> {
        match payload.as_slice() {
            b"QStartNoAckMode" => {
                self.send(b"OK".to_vec());
                self.acknowledges = false;
                return Ok(None);
            }
            // What a program may do that has ended is not much.
            _ if program.exit().is_some() => {
                let reply = lldb::stop_reply(program);
                self.send(reply);
                return Ok(Some(End::Exited));
            }
            _ => {}
        }
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
                if let Some(how) = program.wanted.take() {
                    program.start(how)?;
                }
            }
            Answer::Detach(replies) => {
                replies.into_iter().for_each(|reply| self.send(reply));
                return Ok(Some(End::Detached));
            }
            Answer::Kill => return self.kill(program).map(Some),
        }
        Ok(None)
    }

    fn kill(&mut self, program: &Program<'s>) -> Result<End> {
        // It may have ended by itself just now.
        let _ = program.session.terminate();
        self.send(b"X09".to_vec());
        Ok(End::Killed)
    }

    /// Sends a reply. That the client has left is seen when it is next listened to.
    fn send(&mut self, payload: Vec<u8>) {
        self.unsent.extend(packet(&payload));
        self.last = payload;
        if self.unsent.len() > FULL {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.client.send(&self.unsent);
        self.unsent.clear();
    }
}

/// Whether a client wants to leave the program alone.
fn is_detach(input: &Input) -> bool {
    matches!(input, Input::Packet(payload) if payload == b"D" || payload.starts_with(b"D;"))
}

/// Whether a client wants the program to end.
fn is_kill(input: &Input) -> bool {
    matches!(input, Input::Packet(payload) if payload == b"k" || payload.starts_with(b"vKill;"))
}
