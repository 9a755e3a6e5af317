#!/bin/sh
# Tests of legato-init under ASan and UBSan: the codec, /proc, brain mode, faults, standalone mode; a bounded run of the fuzzer, and gcc's analyzer. One line a test, then `N passed, N failed`.
# Asks for Python 3 and, for the half that runs as PID 1, the right to make a pid namespace.
set -u
cd "$(dirname "$0")/../.."
mkdir -p build
if ! SANITIZE=1 sh native/build.sh; then
  echo 'FAILED native: the sanitized build'
  echo '0 passed, 1 failed'
  exit 1
fi
compile() {
  ${CC:-cc} -std=c17 -Wall -Wextra -Werror -g -fsanitize=address,undefined -fno-sanitize-recover=all "$@"
}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
export PYTHONDONTWRITEBYTECODE=1
export LEGATO_INIT="$PWD/build/legato-init-sanitized"
{
  compile native/test/wire_test.c native/init/wire_read.c native/init/wire_write.c -o build/wire_test \
    && build/wire_test docs/protocol.md || echo 'FAILED suite: wire'
  # shellcheck disable=SC2046
  compile native/test/state_test.c $(ls native/init/*.c | grep -v /main.c) -o build/state_test \
    && build/state_test native/test/state-1.hex || echo 'FAILED suite: state'
  compile native/test/proc_test.c native/init/descriptors.c native/init/complain.c -o build/proc_test \
    && build/proc_test || echo 'FAILED suite: proc'
  compile native/test/cut_test.c native/init/cut.c -o build/cut_test \
    && build/cut_test || echo 'FAILED suite: cut'
  /usr/bin/python3 native/test/brain_mode.py "$LEGATO_INIT" || echo 'FAILED suite: brain mode'
  # A library can be preloaded into a dynamic build only, and not before a sanitizer.
  ${CC:-cc} -std=c17 -O1 native/init/*.c -o build/legato-init-dynamic \
    && ${CC:-cc} -std=c17 -Wall -Wextra -Werror -O1 -shared -fPIC native/test/faults.c -o build/libfaults.so \
    && /usr/bin/python3 native/test/faults.py build/legato-init-dynamic build/libfaults.so || echo 'FAILED suite: faults'
  sh native/test/fuzz.sh 10 || echo 'FAILED suite: fuzz'
  sh native/test/analyze.sh || echo 'FAILED suite: analyzer'
  if [ -f native/test/standalone/run.sh ]; then
    # How standalone mode treats faults is tested: the sanitizer must leave those signals alone.
    ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0 \
      sh native/test/standalone/run.sh || echo 'FAILED suite: standalone'
  fi
} 2>&1 | tee "$output"
# The suites end in `[name: ]N passed, N failed`; a suite that fails without saying what counts as one more.
awk '/[0-9]+ passed, [0-9]+ failed$/ { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^failed$/) f += $(i - 1) } }
     /^FAILED suite/ { broken++ }
     END { if (broken && !f) f = broken; printf "%d passed, %d failed\n", p, f; exit f != 0 }' "$output"
