#!/bin/sh
# Installs what the viewer is built with: the wasm32 target, the standard library's source, and
# wasm-bindgen of exactly the version in Cargo.lock. Does nothing when they are there.
#
# The tool is built without optimisation: it runs for a second.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
tools=${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}
bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$root/Cargo.lock")

cd "$root"
if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    rustup target add wasm32-unknown-unknown
fi
# The standard library's source, which viewer/build.sh compiles for size.
if ! rustup component list --installed | grep -qx rust-src; then
    rustup component add rust-src
fi

# The project's own build settings must not reach the tool.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET RUSTFLAGS
export CARGO_PROFILE_DEV_DEBUG=0

# Without --locked: the lock file that wasm-bindgen-cli ships does not resolve.
if [ "$("$tools/bin/wasm-bindgen" --version 2>/dev/null)" != "wasm-bindgen $bindgen" ]; then
    cargo install wasm-bindgen-cli --version "$bindgen" --debug \
        --no-default-features --root "$tools" --force
fi
