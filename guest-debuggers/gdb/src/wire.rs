//! Packets of the GDB remote protocol, `$payload#checksum`, parsed from bytes and made into bytes.
//!
//! Source: the GDB manual, appendix "GDB Remote Serial Protocol", sections "Overview" and "Packet
//! Acknowledgment". Invariant: every payload that is returned had a right checksum and is no longer
//! than [`PACKET_SIZE`]; no input, however broken, takes more memory than that.

/// The longest payload that a client may send or ask for, in bytes.
pub(crate) const PACKET_SIZE: usize = 0x2_0000;

/// The byte that stands for Ctrl-C outside of packets.
const INTERRUPT: u8 = 0x03;

/// One thing that a client has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A packet's payload. Escapes in it are left as they are.
    Packet(Vec<u8>),
    /// A packet that is longer than [`PACKET_SIZE`]; its payload is dropped.
    TooLong,
    /// A packet with a wrong checksum; its payload is dropped.
    Damaged,
    /// The request to interrupt the program.
    Interrupt,
    /// The client's complaint that the last reply arrived damaged.
    Nack,
    /// A byte that has no meaning outside of packets.
    Noise,
}

/// The part of a packet that the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PacketState {
    Outside,
    Payload,
    FirstDigit,
    SecondDigit(u8),
}

/// Parses packets, byte by byte.
#[derive(Debug)]
pub(crate) struct PacketReader {
    state: PacketState,
    payload: Vec<u8>,
    /// The checksum of the payload so far, including bytes that are too many.
    sum: u8,
    is_too_long: bool,
}

impl PacketReader {
    pub(crate) fn new() -> PacketReader {
        PacketReader { state: PacketState::Outside, payload: Vec::new(), sum: 0, is_too_long: false }
    }

    /// Takes a byte, and returns what it completes.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Input> {
        match self.state {
            PacketState::Outside => match byte {
                b'$' => {
                    self.begin();
                    None
                }
                b'-' => Some(Input::Nack),
                INTERRUPT => Some(Input::Interrupt),
                // An acknowledgment.
                b'+' => None,
                _ => Some(Input::Noise),
            },
            PacketState::Payload => {
                match byte {
                    b'#' => self.state = PacketState::FirstDigit,
                    // This byte can only begin a packet: the one before was cut short.
                    b'$' => self.begin(),
                    _ => {
                        self.sum = self.sum.wrapping_add(byte);
                        if self.payload.len() < PACKET_SIZE {
                            self.payload.push(byte);
                        } else {
                            self.is_too_long = true;
                        }
                    }
                }
                None
            }
            PacketState::FirstDigit => {
                self.state = PacketState::SecondDigit(byte);
                None
            }
            PacketState::SecondDigit(first) => {
                self.state = PacketState::Outside;
                let payload = std::mem::take(&mut self.payload);
                Some(match (digit(first), digit(byte)) {
                    (Some(high), Some(low)) if high << 4 | low == self.sum => {
                        if self.is_too_long {
                            Input::TooLong
                        } else {
                            Input::Packet(payload)
                        }
                    }
                    _ => Input::Damaged,
                })
            }
        }
    }

    fn begin(&mut self) {
        self.state = PacketState::Payload;
        self.payload.clear();
        self.sum = 0;
        self.is_too_long = false;
    }
}

/// Makes a packet of a payload.
pub(crate) fn packet(payload: &[u8]) -> Vec<u8> {
    let sum = payload.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    let mut packet = Vec::with_capacity(payload.len() + 4);
    packet.push(b'$');
    packet.extend_from_slice(payload);
    packet.push(b'#');
    push_hex(&mut packet, &[sum]);
    packet
}

/// Appends bytes as two hexadecimal digits each.
pub(crate) fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Bytes as two hexadecimal digits each.
pub(crate) fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

/// Appends binary data; escapes the bytes that have a meaning in packets.
pub(crate) fn push_escaped(payload: &mut Vec<u8>, data: &[u8]) {
    for &byte in data {
        if matches!(byte, b'#' | b'$' | b'}' | b'*') {
            payload.extend_from_slice(&[b'}', byte ^ 0x20]);
        } else {
            payload.push(byte);
        }
    }
}

/// Parses a whole text as a hexadecimal number of at most 64 bits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    text.iter().try_fold(0_u64, |number, &byte| Some(number << 4 | u64::from(digit(byte)?)))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Input> {
        let mut reader = PacketReader::new();
        bytes.iter().filter_map(|&byte| reader.take(byte)).collect()
    }

    #[test]
    fn packets_come_out_as_they_went_in() {
        for payload in [&b""[..], b"vCont;c", b"x\x00\xff}\x03"] {
            assert_eq!(read(&packet(payload)), [Input::Packet(payload.to_vec())]);
        }
        assert_eq!(packet(b"OK"), b"$OK#9a");
    }

    #[test]
    fn what_stands_between_packets() {
        assert_eq!(
            read(b"++\x03-no$OK#9A"),
            [Input::Interrupt, Input::Nack, Input::Noise, Input::Noise, Input::Packet(b"OK".to_vec())]
        );
    }

    #[test]
    fn broken_packets_are_left_out() {
        assert_eq!(read(b"$OK#9b$OK#9a"), [Input::Damaged, Input::Packet(b"OK".to_vec())]);
        assert_eq!(read(b"$OK#zz"), [Input::Damaged]);
        assert_eq!(read(b"$lost its end$OK#9a"), [Input::Packet(b"OK".to_vec())]);
        assert_eq!(read(b"$half a pac"), []);
    }

    #[test]
    fn long_packets_take_no_memory() {
        let mut reader = PacketReader::new();
        let long = packet(&vec![b'x'; 10 << 20]);
        let inputs: Vec<_> = long.iter().filter_map(|&byte| reader.take(byte)).collect();
        assert_eq!(inputs, [Input::TooLong]);
        assert!(reader.payload.capacity() <= 2 * PACKET_SIZE);
        let longest = vec![b'x'; PACKET_SIZE];
        assert_eq!(read(&packet(&longest)), [Input::Packet(longest)]);
    }

    #[test]
    fn numbers_and_bytes() {
        assert_eq!(number(b"40000000000001aF"), Some(0x4000_0000_0000_01af));
        for wrong in [&b""[..], b"g", b"12345678901234567", b"-1", b" 1"] {
            assert_eq!(number(wrong), None, "{wrong:?}");
        }
        assert_eq!(hex(&[0, 0x1f, 0xff]), b"001fff");
        let mut escaped = Vec::new();
        push_escaped(&mut escaped, b"a#$}*b");
        assert_eq!(escaped, b"a}\x03}\x04}]}\nb");
    }
}
