#!/usr/bin/env bash
# What covatlas costs on a whole generated cluster: 2,200 directories of 300 builds, 6 GB by default.
#
#   benches/cluster.sh COVATLAS [CORPUS] [BYTES]      CORPUS as tests/setup/real-corpus.sh makes it
#
# The cluster is made once and kept beside the corpus.
set -euo pipefail
export COVATLAS_COMPILE_SKIP_INSPECTION=true  # the images are made up, their registry is not
covatlas=${1:?usage: cluster.sh COVATLAS [CORPUS] [BYTES]}
corpus=$(readlink -f "${2:-$HOME/.cache/covatlas-real}")
bytes=${3:-6G}
here=$(cd "$(dirname "$0")" && pwd)
cluster=${COVATLAS_CLUSTER:-$(dirname "$corpus")/covatlas-cluster-$bytes}
work=$(mktemp -d "$(dirname "$cluster")/bench.XXXXXX"); trap 'rm -rf "$work"' EXIT

if [ ! -e "$cluster/MANIFEST.tsv" ]; then
  rm -rf "$cluster"
  "$here/../tests/setup/cluster.py" --real "$corpus/data" --out "$cluster" --bytes "$bytes" --modules 80 \
    --sources "$corpus/git/github.com/golang/go.git" >&2
fi

# measure NAME COMMAND…: wall and CPU seconds, megabytes of memory.
measure() {
  local name=$1; shift
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >/dev/null 2>&1 || true
  awk -v name="$name" '{printf "  %-34s %6.2f s wall %6.2f s CPU %5d MB\n", name, $1, $2 + $3, $4 / 1000}' "$work/time"
}

data=$cluster/data
echo "a generated cluster: $(find "$data" -name 'covcounters.*' | wc -l) counter files, $(du -sh "$data" | cut -f1)"
c=$work/whole
run() { "$covatlas" -q -C "$c" "$@"; }
run import "$data"
find "$data" -type f -print0 | xargs -0 cat >/dev/null # the page cache is warm
measure compile "$covatlas" -q -C "$c" compile
echo "  coverage.db                        $(stat -c %s "$c/coverage.db") bytes"
measure 'compile, nothing new' "$covatlas" -q -C "$c" compile
dir=$(find "$c/coverage" -mindepth 1 -maxdepth 1 -type d | sort | awk 'NR == 1')
newest=$(find "$dir" -name 'covcounters.*' | sort | tail -1)
cp "$newest" "${newest%.*}.1799999999999999999"
measure 'compile, one report changed' "$covatlas" -q -C "$c" compile
for by in owner file func repo; do measure "stats --by $by" "$covatlas" -C "$c" stats --by "$by" --limit 20; done
measure never "$covatlas" -C "$c" never --limit 20
path=$("$covatlas" -C "$c" stats --by file --json --limit 1 | sed 's/.*"path":"\([^"]*\)".*/\1/')
measure "who" "$covatlas" -C "$c" who "$path:20"
measure clone-sources "$covatlas" -q -C "$c" clone-sources --allow-local-git --mirror "https://github.com/=$cluster/git/github.com/"
measure render "$covatlas" -q -C "$c" render
measure 'render, nothing new' "$covatlas" -q -C "$c" render
echo "  site                               $(du -sb "$c/site" | cut -f1) bytes in $(find "$c/site" -type f | wc -l) files"

echo
echo 'a tenth of the directories'
mkdir "$work/tenth-data"
find "$data" -name 'covmeta.*' -printf '%h\n' | sort | awk 'NR % 10 == 1' | while read -r d; do
  mkdir -p "$work/tenth-data/$(dirname "${d#"$data"/}")"; cp -rl "$d" "$work/tenth-data/${d#"$data"/}"
done
c=$work/tenth
run import "$work/tenth-data"
measure compile "$covatlas" -q -C "$c" compile

echo
echo 'ten directories, beside go tool covdata textfmt on each'
dirs=$(find "$data" -name 'covmeta.*' -printf '%h\n' | sort | awk 'NR % 220 == 1')
c=$work/few
mkdir "$work/few-data"
for d in $dirs; do mkdir -p "$work/few-data/$(dirname "${d#"$data"/}")"; cp -rl "$d" "$work/few-data/${d#"$data"/}"; done
run import "$work/few-data"
measure compile "$covatlas" -q -C "$c" compile
textfmt() { for d in $dirs; do go tool covdata textfmt -i "$d" -o /dev/null; done; }
TIMEFORMAT='  go tool covdata textfmt            %R s wall   %U + %S s CPU'
time textfmt
