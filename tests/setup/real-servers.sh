#!/usr/bin/env bash
# Real servers for `make test-all`: Debian's docker-registry and lighttpd, unpacked beside the other
# tools and not installed, so that no service runs.
set -euo pipefail
tools="${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}"
[ -x "$tools/servers/usr/bin/docker-registry" ] && [ -x "$tools/servers/usr/sbin/lighttpd" ] && exit
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"; cd "$work"
apt-get download -qq docker-registry lighttpd
for package in *.deb; do dpkg -x "$package" servers; done
mkdir -p "$tools"; rm -rf "$tools/servers"; mv servers "$tools/servers"
