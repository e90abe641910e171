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
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut magnitude: Vec<u8> = magnitude(digits)
        .iter()
        .flat_map(|limb| limb.to_le_bytes())
        .collect();
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

/// Decimal digits as base-2⁶⁴ limbs, lowest first. Eighteen digits at a time, because a hostile file
/// can hold many numbers of the greatest length.
fn magnitude(digits: &[u8]) -> Vec<u64> {
    let mut limbs: Vec<u64> = Vec::new();
    for chunk in digits.chunks(18) {
        let mut carry = 0_u64;
        let mut scale = 1_u64;
        for digit in chunk {
            carry = carry * 10 + u64::from(digit - b'0');
            scale *= 10;
        }
        for limb in &mut limbs {
            let value = u128::from(*limb) * u128::from(scale) + u128::from(carry);
            *limb = value as u64;
            carry = (value >> 64) as u64;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    limbs
}

/// A decimal integer as Python's source code would have it: a leading zero is an error there (and
/// was octal once, so that `010` must not be read as ten).
pub fn literal(text: &[u8]) -> Option<Node> {
    let digits = text.trim_ascii();
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    if digits.len() > 1 && digits[0] == b'0' && digits.iter().any(|digit| *digit != b'0') {
        return None;
    }
    decimal(text)
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
        let long = [b'9'; 4300];
        let Some(Node::Long(bytes)) = decimal(&long) else {
            panic!("not a long integer");
        };
        assert_eq!(bytes.len(), 1786, "log256 of 10^4300 is 1785.5");
        assert_eq!(decimal(&[b'9'; 4301]), None);
        assert_eq!(literal(b"010"), None);
        assert_eq!(literal(b"-00"), Some(Node::Int(0)));
    }

    #[test]
    fn twos_complement_of_every_size() {
        assert_eq!(integer(b""), Node::Int(0));
        assert_eq!(integer(&[0xff]), Node::Int(-1));
        assert_eq!(integer(&[0, 1]), Node::Int(256));
        assert_eq!(integer(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), Node::Int(1));
    }
}
