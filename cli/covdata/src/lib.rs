//! Reads the binary coverage data of Go programs.
