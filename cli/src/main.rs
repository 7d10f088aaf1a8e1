//! The `covatlas` binary: see the library for what it does.

fn main() {}
