#!/bin/sh
# legato-init without a brain, under its own name and under those of tini and dumb-init.
# LEGATO_INIT is the binary (bin/legato-init of this repository when unset); words select tests by name.
# Prints a line a test and, last, `N passed, N failed`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
LEGATO_INIT=$(readlink -f "${LEGATO_INIT:-$here/../../../bin/legato-init}")
export LEGATO_INIT PYTHONDONTWRITEBYTECODE=1
# A binary with AddressSanitizer must leave signals as they are: they are what is tested.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0"
exec python3 "$here/all.py" "$@"
