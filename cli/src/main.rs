//! The `covatlas` binary: see the library for what it does.

fn main() -> std::process::ExitCode {
    covatlas::main()
}
