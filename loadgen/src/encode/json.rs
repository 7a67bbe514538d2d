//! A pen for nested JSON: a comma where one is needed, and nothing else that a payload does not have.

/// Begins a member; its value comes next.
pub(super) fn member(out: &mut Vec<u8>, name: &str) {
    comma(out);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A comma, unless an object or a list has just begun.
pub(super) fn comma(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b'{' | b'[') | None) {
        out.push(b',');
    }
}

/// A member whose text needs no escapes.
pub(super) fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    written(out, name, |out| out.extend_from_slice(value.as_bytes()));
}

/// A member whose text is written by `write`, without escapes.
pub(super) fn written(out: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
    member(out, name);
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// A member that is an object, of which `write` writes the members.
pub(super) fn object(out: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
    member(out, name);
    out.push(b'{');
    write(out);
    out.push(b'}');
}
