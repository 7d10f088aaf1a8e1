#!/usr/bin/env bash
# What `make test-all` needs besides: Firefox and its driver. Debian has the browser, crates.io the
# driver, built without optimisation: it only passes messages on. Does nothing when both are there.
set -euo pipefail
tools="${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}"
geckodriver=0.37.0
if ! command -v firefox-esr >/dev/null && ! command -v firefox >/dev/null; then
  root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr
fi
if [ "$("$tools/bin/geckodriver" --version 2>/dev/null | sed -n '1s/^geckodriver \([0-9.]*\).*/\1/p')" != $geckodriver ]; then
  CARGO_PROFILE_DEV_DEBUG=0 cargo install geckodriver --version "=$geckodriver" --locked --debug --root "$tools"
fi
