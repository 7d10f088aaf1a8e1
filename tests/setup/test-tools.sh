#!/usr/bin/env bash
# What `make test` needs besides Rust: a browser with its driver, git, Go for the real `covdata`, and
# readers of what `export` writes, and axe, which looks for obstacles in pages. Debian's packages, and
# Python's and npm's in folders of their own; does nothing when all is there.
set -euo pipefail
need=()
command -v chromium >/dev/null || need+=(chromium)
command -v chromedriver >/dev/null || need+=(chromium-driver)
command -v git >/dev/null || need+=(git)
command -v go >/dev/null || need+=(golang-go)
command -v cc >/dev/null || need+=(gcc libc6-dev)
command -v genhtml >/dev/null || need+=(lcov)
python3 -c 'import ensurepip' 2>/dev/null || need+=(python3 python3-venv)
tools="${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}"
axe="$tools/axe-4.14.1.min.js"
[ -s "$axe" ] || command -v npm >/dev/null || need+=(npm)
if [ ${#need[@]} -gt 0 ]; then
  root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}"
fi

if [ ! -s "$axe" ]; then
  mkdir -p "$tools"; work=$(mktemp -d)
  npm pack --silent --pack-destination "$work" axe-core@4.14.1 >/dev/null
  tar -xzf "$work"/axe-core-4.14.1.tgz -C "$work" package/axe.min.js
  mv "$work/package/axe.min.js" "$axe"; rm -r "$work"
fi

python="$tools/python"
if ! "$python/bin/python" -c 'import diff_cover, duckdb, pycobertura' 2>/dev/null; then
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check \
    diff-cover==11.0.1 duckdb==2.0.1 pycobertura==4.1.0
fi
