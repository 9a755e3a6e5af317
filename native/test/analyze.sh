#!/bin/sh
# gcc's static analyzer over every file of legato-init: what it has to say is a failure. Another compiler has none, which is said.
set -u
cd "$(dirname "$0")/../.."
if ! ${CC:-gcc} --version 2>/dev/null | head -1 | grep -qi gcc; then
  echo 'SKIPPED analyzer: it is of gcc'
  exit 0
fi
files=0 failed=0
for source in native/init/*.c; do
  files=$((files + 1))
  ${CC:-gcc} -std=c17 -O1 -fanalyzer -Wall -Wextra -Werror -c "$source" -o build/analyzed.o || { failed=$((failed + 1)); echo "FAILED analyzer: $source"; }
done
[ "$failed" -eq 0 ] && echo "ok analyzer: $files files"
echo "analyzer: $((files - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
