#!/usr/bin/env bash
# A real registry for `make test-all`: Debian's docker-registry, unpacked beside the other tools and
# not installed, so that no service runs.
set -euo pipefail
tools="${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}"
[ -x "$tools/docker-registry" ] && exit
mkdir -p "$tools"; work=$(mktemp -d)
(cd "$work" && apt-get download -qq docker-registry && dpkg -x docker-registry_*.deb .)
mv "$work/usr/bin/docker-registry" "$tools/docker-registry"; rm -r "$work"
