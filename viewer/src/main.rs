//! The viewer binary.
fn main() {}
