#!/usr/bin/env bash
# What a reader waits for on real data: the site of covatlas beside `go tool cover -html` and genhtml,
# all from the same counts, in one browser: first for the whole, then for the file with most units.
#
#   benches/pages.sh COVATLAS [CORPUS]      CORPUS as tests/setup/real-corpus.sh makes it
set -euo pipefail
export COVATLAS_COMPILE_SKIP_INSPECTION=true  # the images are made up, their registry is not
covatlas=${1:?usage: pages.sh COVATLAS [CORPUS]}
corpus=${2:-$HOME/.cache/covatlas-real}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
c=$work/c
"$covatlas" -q -C "$c" run "$corpus/data" --copy --keep-going --allow-local-git \
  --mirror "https://github.com/=$corpus/git/github.com/" >/dev/null

repo=github.com/golang/go
mkdir "$work/cover"
"$covatlas" -q -C "$c" export textfmt -o "$work/all.txt"
go tool cover -html="$work/all.txt" -o "$work/cover/index.html"

commit=$("$covatlas" -C "$c" stats --by repo --json | sed -n 's/.*"commit":"\([0-9a-f]*\)".*/\1/p' | head -1)
git clone -q "$corpus/git/$repo.git" "$work/src"
git -C "$work/src" checkout -q "${commit:-HEAD}"
"$covatlas" -q -C "$c" export lcov --paths repo --where "repo=$repo" -o "$work/all.info"
(cd "$work/src" && genhtml -q -o ../genhtml --ignore-errors source ../all.info >/dev/null 2>&1)

file=$(awk -F: '/^SF:/ { f = $2 } /^DA:/ { n[f]++ } END { for (f in n) print n[f], f }' "$work/all.info" |
  sort -rn | awk 'NR == 1 { print $2 }')
page=$(find "$work/genhtml" -path "*/${file##*/}.gcov.html" -printf '%s %p\n' | sort -rn | awk 'NR == 1 { print $2 }')
du -sb "$c/site" "$work/cover" "$work/genhtml" | awk '{ sub(/.*\//, "", $2); print $2 ": " $1 " bytes on disk" }'
cd "$here/.."
cargo build -q --locked -p covatlas-tests --example pages
pages() { cargo run -q --locked -p covatlas-tests --example pages -- "$@"; }
cover="go tool cover -html=$work/cover/index.html=pre.file"
echo; echo 'the whole'
pages "covatlas=$c/site#/=table.owners tbody tr[aria-rowindex]" "$cover" "genhtml=$work/genhtml/index.html=table"
echo; echo "$file"
pages "covatlas=$c/site#/r/${repo//\//%2F}/f/$file=.code li.ln" "$cover" "genhtml=$page=pre.source"
