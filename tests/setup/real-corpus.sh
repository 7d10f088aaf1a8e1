#!/usr/bin/env bash
# Real coverage data of large, well-known Go programs, made once from nothing but an installed Go toolchain.
#
#   real-corpus.sh [OUT]      about 3 minutes and 150 MB; OUT defaults to ~/.cache/covatlas-real
# OUT/data/<hostname>/<namespace>/<pod>/<container>/<discovery>/<image>/<binary>/{info.json,covmeta.*,covcounters.*}   (S3 key shape)
# OUT/git/github.com/golang/go.git   the matching source, one commit; serve it with `git http-backend` (nested modules: src/go.mod, src/cmd/go.mod;
#                                    10,000 files; generated files of 30,000+ lines)
set -euo pipefail
out=${1:-$HOME/.cache/covatlas-real}; mkdir -p "$out"; out=$(cd "$out" && pwd)
[ -f "$out/done" ] && exit 0
goroot=$(go env GOROOT); bin=$out/bin; mkdir -p "$bin"

repo=$out/git/github.com/golang/go.git
if [ ! -d "$repo" ]; then
  git init -q --bare "$repo"
  export GIT_AUTHOR_NAME=go GIT_AUTHOR_EMAIL=go@localhost GIT_COMMITTER_NAME=go GIT_COMMITTER_EMAIL=go@localhost
  export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
  git --git-dir="$repo" --work-tree="$goroot" add -f -- src VERSION >/dev/null 2>&1
  commit=$(git --git-dir="$repo" commit-tree "$(git --git-dir="$repo" write-tree)" -m "$(head -1 "$goroot/VERSION")")
  git --git-dir="$repo" update-ref refs/heads/master "$commit"; git --git-dir="$repo" symbolic-ref HEAD refs/heads/master
  git --git-dir="$repo" config http.receivepack false; git --git-dir="$repo" config uploadpack.allowAnySHA1InWant true
fi
commit=$(git --git-dir="$repo" rev-parse HEAD)

commands='asm cgo compile cover fix go gofmt link nm objdump pack test2json vet'
for c in $commands; do [ -x "$bin/$c" ] || (cd "$goroot/src/cmd" && go build -cover -covermode=atomic -coverpkg=cmd/...,go/... -o "$bin/$c" "./$c"); done
cat >"$bin/toolexec" <<'T'
#!/bin/sh
tool=$(basename "$1"); dir=$(dirname "$0")
[ -x "$dir/$tool" ] && { shift; mkdir -p "$POD/$tool"; GOCOVERDIR=$POD/$tool exec "$dir/$tool" "$@"; }
exec "$@"
T
chmod +x "$bin/toolexec"

# pod HOST NAMESPACE POD CONTAINER DISCOVERY: a scratch folder per binary, moved into the key shape by `place`
place() { # place SCRATCH HOST NS POD CTR DISCOVERY
  local d b img to
  for d in "$1"/*/; do
    b=$(basename "$d"); img=quay.io-openshift-release-dev-ocp-v4.0-art-dev-sha256-$(printf %s "$3/$5/$b" | sha256sum | cut -c1-64)
    if [ "$3" = _host_ ]; then to=$out/data/$2/_host_/$6/$b; else to=$out/data/$2/$3/$4/$5/$6/$img/$b; fi
    mkdir -p "$(dirname "$to")"; rm -rf "$to"; mv "$d" "$to"
    printf '{"binary":"%s","host":"%s","port":53700,"pid":1,"source_url":"https://github.com/golang/go","source_commit":"%s"}\n' "$b" "$2" "$commit" >"$to/info.json"
  done; rm -rf "$1"
}
build() { POD=$1 GOCACHE=$out/cache GOFLAGS= go build -a -p 2 -toolexec "$bin/toolexec" -o /dev/null "$2" 2>/dev/null || true; }
tool() { local pod=$1 c=$2; shift 2; mkdir -p "$pod/$c"; GOCOVERDIR=$pod/$c "$bin/$c" "$@" >/dev/null 2>&1 || true; }
T=20261120T081502Z; s=$out/scratch
i=0; for p in strconv regexp encoding/json; do # a Deployment: three replicas, different work
  pod=$(echo x2kqp b7w9d zt4nl | cut -d' ' -f$((i + 1))); build "$s" "$p"; place "$s" "worker-$i" build "builder-86b574976-$pod" builder $T; i=$((i + 1)); done
for n in 0 1 2; do # a DaemonSet on the workers, a static pod on the masters
  tool "$s" gofmt -l -s "$goroot/src/$(echo net go math | cut -d' ' -f$((n + 1)))"; tool "$s" vet -h
  place "$s" "worker-$n" lint "formatter-$(echo 8k2lm q7w4x zz9pl | cut -d' ' -f$((n + 1)))" fmt $T
  tool "$s" go list -deps net/http; tool "$s" go env; tool "$s" go doc fmt Println; [ $n = 1 ] && tool "$s" go vet fmt
  place "$s" "master-$n" toolchain "go-master-$n" go $T
done
tool "$s" nm "$bin/gofmt"; tool "$s" objdump -s main.main "$bin/gofmt"; place "$s" worker-0 debug inspect-0 inspect $T            # StatefulSet
tool "$s" nm -size -sort size "$bin/asm"; place "$s" worker-0 debug inspect-0 inspect 20261120T144037Z                             # its restart
tool "$s" cover -mode=count -o /dev/null "$goroot/src/net/http/server.go"; place "$s" worker-1 docs collect-profiles-28471935-xk2zp profile $T                                           # CronJob
tool "$s" pack t "$(ls -d "$goroot"/pkg/*/*.a 2>/dev/null | head -1)"; tool "$s" test2json </dev/null; place "$s" master-0 _host_ - - $T   # host processes
rm -rf "$out/cache" "$out/scratch"
echo "$out: $(find "$out/data" -name 'covmeta.*' | wc -l) directories with meta files, $(find "$out/data" -name 'covcounters.*' | wc -l) counter files, $(du -sh "$out/data" | cut -f1)"
touch "$out/done"
