#!/usr/bin/env bash
# One TLS stack, rustls on ring: neither OpenSSL nor aws-lc may come in through a feature.
set -euo pipefail
for crate in openssl-sys aws-lc-sys; do
  if cargo tree --locked --workspace -i "$crate" >/dev/null 2>&1; then
    echo "error: $crate is in the tree; switch off the feature that brings it:" >&2
    cargo tree --locked --workspace -i "$crate" >&2
    exit 1
  fi
done
