#!/bin/sh
# Installs what the viewer is built with: the wasm32 target, trunk, and wasm-bindgen of exactly the
# version in Cargo.lock. Does nothing when they are there.
#
# The tools are built without optimisation: they run for a second, and an optimised trunk takes
# three times as long to build. trunk stays at 0.21: 0.22 needs a newer Rust.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
tools=${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}
trunk=0.21.14
bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$root/Cargo.lock")

# version PROGRAM: the version that an installed program reports, nothing when there is none.
version() {
    "$tools/bin/$1" --version 2>/dev/null | sed -n 's/^[a-z-]* \([0-9.]*\).*/\1/p'
}

cd "$root"
if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    rustup target add wasm32-unknown-unknown
fi

# The project's own build settings must not reach the tools.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET RUSTFLAGS
export CARGO_PROFILE_DEV_DEBUG=0

if [ "$(version trunk)" != "$trunk" ]; then
    cargo install trunk --version "$trunk" --locked --debug \
        --no-default-features --features rustls --root "$tools" --force
fi
# Without --locked: the lock file that wasm-bindgen-cli ships does not resolve.
if [ "$(version wasm-bindgen)" != "$bindgen" ]; then
    cargo install wasm-bindgen-cli --version "$bindgen" --debug \
        --no-default-features --root "$tools" --force
fi
