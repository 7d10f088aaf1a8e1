#!/usr/bin/env bash
# What one commit of a large repository costs, beside `git clone --depth 1`: bytes on disk and over
# the network.
#
#     benches/sources.sh path/to/covatlas
#
# The repository has Kubernetes with its staging modules and what it vendors, about 20,000 files,
# from Go's module proxy; it is made once and kept. Debian's lighttpd serves it on this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
covatlas=$(realpath "${1:-target/release/covatlas}")
tools=${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}
root=$tools/sources-bench
repo=$root/kubernetes/kubernetes.git
work=$(mktemp -d "${TMPDIR:-/tmp}/covatlas-sources.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; chmod -R u+w "$work"; rm -rf "$work"' EXIT
"$here/../tests/setup/real-servers.sh"
export COVATLAS_COMPILE_SKIP_INSPECTION=true

# Puts modules into the tree: FOLDER MODULE@VERSION…
take() {
  local folder=$1 module dir; shift
  for module; do
    dir=$(cd "$work" && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    mkdir -p "$work/tree/$folder${module%@*}"
    cp -r "$dir/." "$work/tree/$folder${module%@*}"
  done
}
if [ ! -e "$root/done" ]; then
  rm -rf "$root"; mkdir -p "$work/tree"
  take '' k8s.io/kubernetes@v1.34.2
  mv "$work"/tree/k8s.io/kubernetes/* "$work/tree/"; rm -r "$work/tree/k8s.io"
  chmod -R u+w "$work/tree"
  take staging/src/ k8s.io/{api,apiextensions-apiserver,apimachinery,apiserver,client-go,kubectl}@v0.34.2
  take vendor/ golang.org/x/{net@v0.43.0,sys@v0.35.0,text@v0.28.0,tools@v0.36.0} google.golang.org/grpc@v1.72.1 \
    go.etcd.io/etcd/server/v3@v3.6.4 github.com/google/cadvisor@v0.52.1 sigs.k8s.io/kustomize/api@v0.20.1
  chmod -R u+w "$work/tree"
  git init -q --bare "$repo"
  with() { git --git-dir="$repo" --work-tree="$work/tree" -c user.name=a -c user.email=a@localhost "$@"; }
  with add -f -A .
  first=$(with commit-tree "$(with write-tree)" -m first)
  echo >> "$work/tree/README.md"; with add -f -A .
  with update-ref refs/heads/master "$(with commit-tree "$(with write-tree)" -p "$first" -m second)"
  with symbolic-ref HEAD refs/heads/master
  with config uploadpack.allowAnySHA1InWant true
  with config uploadpack.allowFilter true
  with repack -q -a -d
  touch "$root/done"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/lighttpd.conf" <<CONF
server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$root"
alias.url = ("/git" => "$(git --exec-path)/git-http-backend")
cgi.assign = ("" => "")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "$root", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*")
CONF
"$tools/servers/usr/sbin/lighttpd" -D -f "$work/lighttpd.conf" -m "$tools/servers/usr/lib/lighttpd" 2> "$work/log" &
server=$!
until (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
url=http://127.0.0.1:$port/git

bytes() { du -sb "$1" | cut -f1; }
share() { awk -v what="$1" -v own="$2" -v all="$3" 'BEGIN { printf "%-46s %11d bytes, %5.1f %%\n", what, own, 100 * own / all }'; }

git clone -q --depth 1 "$url/kubernetes/kubernetes" "$work/clone"
tree=$(($(bytes "$work/clone") - $(bytes "$work/clone/.git")))
echo "$(git -C "$work/clone" ls-files | wc -l) files, $(git -C "$work/clone" ls-files '*.go' | wc -l) of Go"
share "git clone --depth 1, its work tree" "$tree" "$tree"
share "  its repository beside that" "$(bytes "$work/clone/.git")" "$tree"

# A collection whose builds are said to be of this commit.
commit=$(git --git-dir="$repo" -c safe.directory='*' rev-parse HEAD)
sed "s#https://git.example.com/[^\t]*\t[0-9a-f]*#https://github.com/kubernetes/kubernetes\t$commit#" \
  "$here/../tests/fixtures/small/images.tsv" > "$work/images.tsv"
c() { "$covatlas" -q -C "$work/run" --keep-going "$@"; }
c import "$here/../tests/fixtures/small/data" 2> "$work/log"
c compile --images "$work/images.tsv"
c clone-sources --json --mirror "https://github.com/=$url/" > "$work/clone.json"
share "covatlas clone-sources" "$(bytes "$work/run/repos")" "$tree"
share "  over the network" "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["fetched_bytes"])' "$work/clone.json")" "$tree"
sed -n 's/.*"seconds":\([0-9.]*\).*/  in \1 s/p' "$work/clone.json"
