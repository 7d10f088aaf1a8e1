#!/usr/bin/env bash
# How long the page takes to filter and sort 900 and 25,000 owners or functions, in Chromium on a CPU
# made 4 times slower: what `interact.rs` measures on the sample's site with its rows multiplied.
#
#   benches/interact.sh COVATLAS
set -euo pipefail
export COVATLAS_COMPILE_SKIP_INSPECTION=true  # the images are made up, their registry is not
covatlas=${1:?usage: interact.sh COVATLAS}
here=$(cd "$(dirname "$0")" && pwd)
sample=$here/../tests/fixtures/small
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"$covatlas" -q -C "$work/c" run "$sample/data" --copy --cluster-name bench --keep-going \
  --images "$sample/images.tsv" --mirror "https://git.example.com/ocp/samples=$sample/samples.git" \
  --allow-local-git --shards gz --output-dir "$work/site" >/dev/null 2>&1
cd "$here/.." && cargo run -q --locked -p covatlas-tests --example interact -- "$work/site" "$work"
