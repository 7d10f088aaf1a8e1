#!/usr/bin/env bash
# What `make test` needs besides Rust: a browser with its driver, git, and Go for the real `covdata`.
# Debian's packages; does nothing when all is there.
set -euo pipefail
need=()
command -v chromium >/dev/null || need+=(chromium)
command -v chromedriver >/dev/null || need+=(chromium-driver)
command -v git >/dev/null || need+=(git)
command -v go >/dev/null || need+=(golang-go)
command -v cc >/dev/null || need+=(gcc libc6-dev)
if [ ${#need[@]} -gt 0 ]; then
  root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}"
fi
