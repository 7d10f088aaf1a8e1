#!/usr/bin/env bash
# Bytes over the wire of a site's first view when the server compresses: page, loader, style, glue, wasm,
# manifest and owners.
#
#   benches/first-view.sh SITE
set -euo pipefail
site=${1:?usage: first-view.sh SITE}
sum=0; wasm=0
for f in "$site"/index.html "$site"/viewer/*.css "$site"/viewer/*.wasm "$site"/viewer/*.js "$site"/data/manifest-* "$site"/data/owners-*; do
  case $f in *.wasm.js) continue ;; esac
  n=$(gzip -6c "$f" | wc -c); sum=$((sum + n))
  case $f in *.wasm) wasm=$n ;; esac
done
echo "$sum bytes, of it wasm $wasm"
