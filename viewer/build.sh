#!/bin/sh
# Builds the page that the command line embeds, into viewer/dist: one program for each part of the
# viewer, its glue, the loader and the stylesheet, all named by their contents, and the index.html
# that names them. tests/setup/viewer-tools.sh installs what it needs.
set -eu
cd "$(dirname "$0")/.."
dist=viewer/dist
out=${CARGO_TARGET_DIR:-target}/viewer
built=${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/wasm-release
rm -rf "$out" && mkdir -p "$out/dist"

# keep FILE NAME EXTENSION: copies a file into the site's folder and says what it is called there.
keep() {
    hashed=$2-$(sha256sum "$1" | cut -c1-16).$3
    cp "$1" "$out/dist/$hashed"
    printf 'viewer/%s' "$hashed"
}

# The standard library as small as it can be, and traps instead of panic messages: an eighth less to
# load. These flags are unstable; the pinned toolchain is what keeps them from changing.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none" \
    cargo build --locked --profile wasm-release --target wasm32-unknown-unknown -p covatlas-viewer --bins \
    -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size
parts=
for part in board find lens owner picker source repo union compare; do
    # no-modules: browsers refuse modules from file://.
    wasm-bindgen --target no-modules --no-modules-global "covatlas_$part" --no-typescript \
        --omit-default-module-path --remove-name-section --remove-producers-section \
        --out-dir "$out" "$built/$part.wasm"
    glue=$(keep "$out/$part.js" "$part" js)
    program=$(keep "$out/${part}_bg.wasm" "$part" wasm)
    parts="$parts${parts:+ }$part $glue $program"
done
style=$(keep site-template/style.css style css)
loader=$(keep site-template/loader.js loader js)
sed -e "s|{{parts}}|$parts|" -e "s|{{style}}|$style|" -e "s|{{loader}}|$loader|" \
    site-template/index.html >"$out/dist/index.html"
rm -rf "$dist" && mv "$out/dist" "$dist"
