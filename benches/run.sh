#!/usr/bin/env bash
# What covatlas costs on real data, beside the tool it replaces: ratios within one run.
#
#   benches/run.sh COVATLAS [CORPUS]      CORPUS as tests/setup/real-corpus.sh makes it
set -euo pipefail
export COVATLAS_COMPILE_SKIP_INSPECTION=true  # the images are made up, their registry is not
covatlas=${1:?usage: run.sh COVATLAS [CORPUS]}
corpus=${2:-$HOME/.cache/covatlas-real}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# wall COMMAND…: seconds, the best of three.
wall() {
  local TIMEFORMAT='%R' best=999999 t
  for _ in 1 2 3; do t=$({ time "$@" >/dev/null 2>&1; } 2>&1 | tail -1); best=$(awk -v a="$t" -v b="$best" 'BEGIN{print (a<b)?a:b}'); done
  echo "$best"
}
"$here/inspect.sh" "$covatlas" "$corpus/data"

echo
echo "pipeline on the real corpus ($(find "$corpus/data" -name 'covcounters.*' | wc -l) counter files, $(du -sh "$corpus/data" | cut -f1))"
c=$work/collection
"$covatlas" -q -C "$c" import "$corpus/data" --copy
compile() { rm -f "$c"/coverage.db*; "$covatlas" -q -C "$c" compile; }
echo "  compile        $(wall compile) s wall, nothing new $(wall "$covatlas" -q -C "$c" compile) s"
"$covatlas" -q -C "$c" clone-sources --mirror "https://github.com/=$corpus/git/github.com/" --allow-local-git
render() { rm -rf "$c/site"; "$covatlas" -q -C "$c" render; }
echo "  render         $(wall render) s wall, $(du -sb "$c/site" | cut -f1) bytes in $(find "$c/site" -type f | wc -l) files"
echo "  stats --by func $(wall "$covatlas" -q -C "$c" stats --by func) s wall"
echo "  coverage.db    $(stat -c %s "$c/coverage.db") bytes"
echo
echo "first view, gzip -6: $("$here/first-view.sh" "$c/site")"
echo
"$here/interact.sh" "$covatlas"
