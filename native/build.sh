#!/bin/sh
# Builds bin/legato-init: static, with musl where musl-gcc is there, else with the system's libc.
# Sorted by alignment, the few words that a shim changes share a page instead of lying between the large tables.
# CC chooses another compiler; SANITIZE=1 builds build/legato-init-sanitized with ASan and UBSan (dynamic) instead.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
warnings='-std=c17 -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla'
if [ "${SANITIZE:-}" ]; then
  # shellcheck disable=SC2086
  ${CC:-cc} $warnings -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
    native/init/*.c -o build/legato-init-sanitized
  exit 0
fi
if [ -z "${CC:-}" ]; then
  if command -v musl-gcc >/dev/null 2>&1; then CC=musl-gcc; else CC=cc; fi
fi
# shellcheck disable=SC2086
$CC $warnings -Os -static -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wl,--gc-sections,--sort-section=alignment -s \
  native/init/*.c -o build/legato-init
mv build/legato-init bin/legato-init

# adopt, the preload library, beside them.
sh native/adopt/build.sh
mkdir -p lib
# By rename, for services that run have the one before in their memory.
for library in build/libadopt-*.so; do
  cp "$library" "$library.new"
  mv "$library.new" "lib/${library##*/}"
done
