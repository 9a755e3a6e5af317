#!/bin/sh
# gcc's static analyzer over every file of legato-init and of adopt: what it has to say is a failure. Another compiler has none, which is said.
set -u
cd "$(dirname "$0")/../.."
if ! ${CC:-gcc} --version 2>/dev/null | head -1 | grep -qi gcc; then
  echo 'SKIPPED analyzer: it is of gcc'
  exit 0
fi
files=0 failed=0
analyze() {
  directory=$1
  shift
  for source in "$directory"/*.c; do
    files=$((files + 1))
    ${CC:-gcc} "$@" -fanalyzer -Wall -Wextra -Werror -c "$source" -o build/analyzed.o || { failed=$((failed + 1)); echo "FAILED analyzer: $source"; }
  done
}
analyze native/init -std=c17 -O1
analyze native/adopt -std=gnu17 -D_GNU_SOURCE -O2 -fPIC -fvisibility=hidden
[ "$failed" -eq 0 ] && echo "ok analyzer: $files files"
echo "analyzer: $((files - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
