//! The base protocol: passes packets to the state machine of [`gdbstub`] and takes its replies.
//!
//! Invariant: a packet that [`gdbstub`] fails on costs an error reply and never the session: the
//! state machine holds nothing that a new one could not be given.

use gdbstub::common::Signal;
use gdbstub::conn::Connection;
use gdbstub::stub::state_machine::GdbStubStateMachine;
use gdbstub::stub::{DisconnectReason, GdbStub, MultiThreadStopReason};

use crate::program::Program;
use crate::target::THREAD;
use crate::wire::{PACKET_SIZE, packet};

/// The outcome of a packet.
pub(crate) enum Answer {
    /// Payloads of packets to send.
    Replies(Vec<Vec<u8>>),
    /// The program is to be resumed; its stop will be the reply.
    Resume,
    /// The client detaches, and the program goes on without it. Holds payloads to send.
    Detach(Vec<Vec<u8>>),
    /// The client ends the program.
    Kill,
}

/// Collects the bytes that [`gdbstub`] sends.
struct Sink(Vec<u8>);

impl Connection for Sink {
    type Error = String;

    fn write(&mut self, byte: u8) -> Result<(), String> {
        self.0.push(byte);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        Ok(())
    }
}

type Machine<'s> = GdbStubStateMachine<'static, Program<'s>, Sink>;

/// [`gdbstub`], driven packet by packet.
pub(crate) struct Stub<'s> {
    /// None before the first packet, while a packet is processed, and after an error.
    machine: Option<Machine<'s>>,
    /// The client's `qSupported` packet, to be repeated to a new state machine.
    features: Option<Vec<u8>>,
}

impl<'s> Stub<'s> {
    pub(crate) fn new() -> Stub<'s> {
        Stub { machine: None, features: None }
    }

    /// Answers a packet.
    pub(crate) fn answer(&mut self, program: &mut Program<'s>, payload: Vec<u8>) -> Answer {
        let Some(machine) = self.feed(program, &payload) else {
            return Answer::Replies(vec![b"E01".to_vec()]);
        };
        if payload.starts_with(b"qSupported") {
            self.features = Some(payload);
        }
        match machine {
            GdbStubStateMachine::Idle(mut idle) => {
                let replies = take_replies(idle.borrow_conn());
                self.machine = Some(GdbStubStateMachine::Idle(idle));
                Answer::Replies(replies)
            }
            GdbStubStateMachine::Running(mut running) => {
                running.borrow_conn().0.clear();
                self.machine = Some(GdbStubStateMachine::Running(running));
                Answer::Resume
            }
            GdbStubStateMachine::Disconnected(mut gone) => match gone.get_reason() {
                DisconnectReason::Kill => Answer::Kill,
                _ => Answer::Detach(take_replies(gone.borrow_conn())),
            },
            // An interrupt is not a packet, so it never gets here.
            GdbStubStateMachine::CtrlCInterrupt(_) => Answer::Replies(Vec::new()),
        }
    }

    /// Tells the state machine that the program has stopped. Its stop reply is thrown away because
    /// it has no room for the reason; [`stop_packet`](crate::lldb::stop_packet) makes the one that
    /// is sent.
    pub(crate) fn stopped(&mut self, program: &mut Program<'s>) {
        let reason = MultiThreadStopReason::SignalWithThread { tid: THREAD, signal: Signal::SIGTRAP };
        if let Some(GdbStubStateMachine::Running(running)) = self.machine.take()
            && let Ok(GdbStubStateMachine::Idle(mut idle)) = running.report_stop(program, reason)
        {
            idle.borrow_conn().0.clear();
            self.machine = Some(GdbStubStateMachine::Idle(idle));
        }
    }

    /// Gives a packet to the state machine, or to a new one if there is none. None after an error.
    fn feed(&mut self, program: &mut Program<'s>, payload: &[u8]) -> Option<Machine<'s>> {
        let mut machine = match self.machine.take() {
            Some(machine) => machine,
            None => {
                let stub = GdbStub::builder(Sink(Vec::new())).packet_buffer_size(PACKET_SIZE + 4).build().ok()?;
                let mut machine = stub.run_state_machine(program).ok()?;
                if let Some(features) = &self.features {
                    machine = pass(machine, program, &packet(features))?;
                    if let GdbStubStateMachine::Idle(idle) = &mut machine {
                        idle.borrow_conn().0.clear();
                    }
                }
                machine
            }
        };
        machine = pass(machine, program, &packet(payload))?;
        Some(machine)
    }
}

/// Passes bytes to a state machine, as far as it takes them.
fn pass<'s>(mut machine: Machine<'s>, program: &mut Program<'s>, bytes: &[u8]) -> Option<Machine<'s>> {
    for &byte in bytes {
        machine = match machine {
            GdbStubStateMachine::Idle(idle) => idle.incoming_data(program, byte).ok()?,
            other => return Some(other),
        };
    }
    Some(machine)
}

/// Takes the payloads out of the bytes that were sent: an acknowledgment, and packets of any
/// length.
fn take_replies(sink: &mut Sink) -> Vec<Vec<u8>> {
    let sent = std::mem::take(&mut sink.0);
    let mut rest = sent.as_slice();
    let mut payloads = Vec::new();
    while let Some(begin) = rest.iter().position(|byte| *byte == b'$') {
        let packet = &rest[begin + 1..];
        let end = packet.iter().position(|byte| *byte == b'#').unwrap_or(packet.len());
        let (payload, after) = packet.split_at(end);
        payloads.push(payload.to_vec());
        rest = after;
    }
    payloads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_any_length() {
        let long = vec![b'0'; 2 * PACKET_SIZE];
        let mut sent = b"+".to_vec();
        sent.extend(packet(b"O6869"));
        sent.extend(packet(&long));
        sent.extend(packet(b""));
        assert_eq!(take_replies(&mut Sink(sent)), [b"O6869".to_vec(), long, Vec::new()]);
        assert!(take_replies(&mut Sink(b"+".to_vec())).is_empty());
    }
}
