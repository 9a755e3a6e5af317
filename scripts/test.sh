#!/bin/sh
# Every test: the native ones, then those of the rooms and the end-to-end ones. Ends with one line `N passed, N failed`.
# What the tests need from Debian is installed when that is possible (scripts/install-test-packages.sh).
cd "$(dirname "$0")/.." || exit 1
PATH=$PWD/node_modules/.bin:$PATH
sh scripts/install-test-packages.sh || exit 1
log=build/test.log
status=0
# Those of init wait more than they work: they run beside all others, and are told at the end. What a shell starts in the background ignores SIGINT,
# and so would all that they start.
env --default-signal=INT,QUIT sh native/test/run.sh >build/native-test.log 2>&1 &
sh native/adopt/test/run.sh 2>&1 | tee build/adopt-test-run.log
tail -1 build/adopt-test-run.log | grep -Eq '^[0-9]+ passed, 0 failed$' || status=1
rm -f "$log"
find test -name '*.test.ts' | sort | xargs node --import ./scripts/compile-cache.js --test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$log" || status=1
wait
cat build/native-test.log
tail -1 build/native-test.log | grep -Eq '^[0-9]+ passed, 0 failed$' || status=1
count() { # passed or failed, of the last line of a native run
  tail -1 "$1" | tr ',' '\n' | sed -n "s/^ *\([0-9][0-9]*\) $2.*/\1/p"
}
native_passed=$(count build/native-test.log passed) adopt_passed=$(count build/adopt-test-run.log passed)
native_failed=$(count build/native-test.log failed) adopt_failed=$(count build/adopt-test-run.log failed)
passed=$(sed -n 's/^# pass //p' "$log" | tail -1)
failed=$(sed -n 's/^# fail //p' "$log" | tail -1)
skipped=$(sed -n 's/^# skipped //p' "$log" | tail -1)
cancelled=$(sed -n 's/^# cancelled //p' "$log" | tail -1)
[ -n "$native_passed" ] && [ -n "$adopt_passed" ] && [ -n "$passed" ] || { echo 'a test runner did not finish'; status=1; }
[ "${CI:-}" = true ] && [ "${skipped:-0}" -gt 0 ] && { echo "CI must not skip: $skipped skipped"; status=1; }
# Why, once more, where a long log is read from its end.
sed -n '/^ *not ok /,/^ *\.\.\.$/p' "$log" | head -200
echo "$((${native_passed:-0} + ${adopt_passed:-0} + ${passed:-0})) passed, $((${native_failed:-0} + ${adopt_failed:-0} + ${failed:-1} + ${cancelled:-0})) failed"
exit $status
