//! Numbers as pickles write them: decimal lines of protocol 0, little-endian two's complement.

use super::Node;

/// Python refuses longer decimal integers too (`sys.get_int_max_str_digits`).
const DIGITS: usize = 4300;

/// A decimal integer of any size, with an optional sign; surrounding blanks are allowed.
pub fn decimal(text: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if let Ok(value) = text.parse::<i64>() {
        return Some(Node::Int(value));
    }
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut magnitude: Vec<u8> = Vec::new();
    for digit in digits {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut magnitude {
            let value = u32::from(*byte) * 10 + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            magnitude.push(carry as u8);
        }
    }
    magnitude.push(0);
    if negative {
        let mut carry = true;
        for byte in &mut magnitude {
            let (value, overflow) = (!*byte).overflowing_add(u8::from(carry));
            *byte = value;
            carry = overflow;
        }
    }
    Some(integer(&magnitude))
}

/// An integer from little-endian two's complement; no bytes mean zero.
pub fn integer(bytes: &[u8]) -> Node {
    if bytes.len() <= 8 {
        let fill = if bytes.last().is_some_and(|b| b & 0x80 != 0) {
            0xff
        } else {
            0
        };
        let mut wide = [fill; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        return Node::Int(i64::from_le_bytes(wide));
    }
    // The shortest form, so that equal numbers are equal nodes.
    let mut len = bytes.len();
    while len > 1 {
        let sign = bytes[len - 2] & 0x80 != 0;
        let redundant = if sign { 0xff } else { 0 };
        if bytes[len - 1] != redundant {
            break;
        }
        len -= 1;
    }
    if len <= 8 {
        integer(&bytes[..len])
    } else {
        Node::Long(bytes[..len].into())
    }
}

/// A float line: Python's `repr`, `inf`, `nan`.
pub fn float(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_every_size() {
        assert_eq!(decimal(b"-12"), Some(Node::Int(-12)));
        assert_eq!(
            decimal(b"18446744073709551616"),
            Some(Node::Long([0, 0, 0, 0, 0, 0, 0, 0, 1].into()))
        );
        assert_eq!(
            decimal(b"-18446744073709551616"),
            Some(Node::Long([0, 0, 0, 0, 0, 0, 0, 0, 0xff].into()))
        );
        assert_eq!(decimal(b"9223372036854775807"), Some(Node::Int(i64::MAX)));
        assert_eq!(decimal(b"12x"), None);
        assert_eq!(decimal(b""), None);
    }

    #[test]
    fn twos_complement_of_every_size() {
        assert_eq!(integer(b""), Node::Int(0));
        assert_eq!(integer(&[0xff]), Node::Int(-1));
        assert_eq!(integer(&[0, 1]), Node::Int(256));
        assert_eq!(integer(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), Node::Int(1));
    }
}
