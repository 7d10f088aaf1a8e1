#!/usr/bin/env bash
# Real servers for `make test-all`: Debian's docker-registry and lighttpd, unpacked beside the other
# tools and not installed, so that no service runs; and from PyPI, in a folder of its own, moto,
# which speaks S3. Does nothing when all are there.
set -euo pipefail
tools="${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}"
moto=5.2.5
mkdir -p "$tools"
if ! [ -x "$tools/servers/usr/bin/docker-registry" ] || ! [ -x "$tools/servers/usr/sbin/lighttpd" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"; cd "$work"
  apt-get download -qq docker-registry lighttpd
  for package in *.deb; do dpkg -x "$package" servers; done
  rm -rf "$tools/servers"; mv servers "$tools/servers"
fi
has_moto() { "$tools/moto/bin/python" -c "import flask_cors, moto; assert moto.__version__ == '$moto'" 2>/dev/null; }
if ! has_moto; then
  python3 -m venv --clear "$tools/moto"
  "$tools/moto/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$moto"
fi
