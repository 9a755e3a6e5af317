#!/bin/sh
# Builds build/libadopt-glibc.so and, where musl-gcc is there, build/libadopt-musl.so.
# CC chooses another compiler for the first.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
flags='-std=gnu17 -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla -D_GNU_SOURCE
  -O2 -fPIC -shared -fvisibility=hidden -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,-z,now -s'
# shellcheck disable=SC2086
${CC:-cc} $flags native/adopt/*.c -o build/libadopt-glibc.so
if command -v musl-gcc >/dev/null 2>&1; then
  # Without a NEEDED entry: the program has its libc. A child of another libc, which inherits LD_PRELOAD, would look for musl's and die.
  # shellcheck disable=SC2086
  musl-gcc $flags -nodefaultlibs native/adopt/*.c -o build/libadopt-musl.so
fi
