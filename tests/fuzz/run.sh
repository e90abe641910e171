#!/bin/sh
# Fuzzes one target, or each in turn: run.sh <folder of corpora> <seconds> [target]
set -eu
corpora=$1
seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
# cargo-fuzz sets flags that a stable compiler takes only so.
export RUSTC_BOOTSTRAP=1
# Freed blocks wait in a quarantine, which is not the memory of the product.
export ASAN_OPTIONS="quarantine_size_mb=16:${ASAN_OPTIONS:-}"
targets=${3:-$(cargo fuzz list --fuzz-dir "$here")}
for target in $targets; do
    mkdir -p "$corpora/$target"
    nice -n 19 cargo fuzz run --fuzz-dir "$here" "$target" "$corpora/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -malloc_limit_mb=256 \
        -max_len=1000000 -len_control=50 -dict="$here/words.dict"
done
