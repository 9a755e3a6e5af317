#!/bin/sh
# Fuzzes the reader of the link under ASan and UBSan: fuzz.sh [SECONDS [SEED [keep]]]. `keep`: inputs that reach something new join the corpus.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
flags='-std=c17 -Wall -Wextra -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all'
# Only what is fuzzed is counted.
for source in link memos wire_read wire_write; do
  # shellcheck disable=SC2086
  ${CC:-cc} $flags -fsanitize-coverage=trace-pc -c native/init/$source.c -o build/fuzz-$source.o
done
# shellcheck disable=SC2086
${CC:-cc} $flags native/test/fuzz/link_reader.c native/test/fuzz/driver.c build/fuzz-link.o build/fuzz-memos.o build/fuzz-wire_read.o build/fuzz-wire_write.o -o build/fuzz
build/fuzz native/test/fuzz/corpus "${1:-10}" "${2:-1}" ${3:+keep}
echo 'fuzz: 1 passed, 0 failed'
