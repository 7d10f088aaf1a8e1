#!/usr/bin/env bash
# Bytes over the wire of a site's first view when the server compresses: page, loader, style, the
# program of the dashboard and its glue, manifest and owners. Then all programs.
#
#   benches/first-view.sh SITE
set -euo pipefail
site=${1:?usage: first-view.sh SITE}
sum=0
for f in "$site"/index.html "$site"/viewer/{style,loader,board}-* "$site"/data/{manifest,owners}-*; do
  case $f in *.wasm) continue ;; esac # a script beside it is as large
  sum=$((sum + $(gzip -6c "$f" | wc -c)))
done
echo "$sum bytes"
for f in "$site"/viewer/*.wasm.js; do
  name=$(basename "$f"); echo "  ${name%%-*} $(gzip -6c "$f" | wc -c) bytes"
done
