//! The `covatlas` binary: see the library for what it does.

/// Large buffers come and go on many threads; the system's allocator keeps far more of them than
/// are in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    covatlas::main()
}
