#!/bin/sh
# Builds adopt and runs its tests: its promises one by one, then handovers of servers of every
# make, each with a next generation that dies while it settles (of all of them: handovers.py).
# Ends with one line `N passed, N failed`.
cd "$(dirname "$0")/../../.." || exit 1
sh native/adopt/build.sh || exit 1
log=build/adopt-test.log
timeout -k 5 1800 /usr/bin/python3 -m unittest discover -s native/adopt/test >"$log" 2>&1
cat "$log"
ran=$(sed -n 's/^Ran \([0-9]*\) tests* .*/\1/p' "$log" | tail -1)
failed=$(grep -cE '^(FAIL|ERROR): ' "$log")
[ -n "$ran" ] || { ran=0; failed=1; }
for server in 'http.server threads' node 'node cluster' 'gunicorn gthread' 'nginx reuseport' haproxy uwsgi 'puma cluster'; do
  program=${server%% *}
  case $program in
    http.server | node) ;;
    *) PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "$program" >/dev/null || { echo "skipped: no $program"; continue; } ;;
  esac
  ran=$((ran + 1))
  timeout -k 5 600 /usr/bin/python3 native/adopt/test/handovers.py -n 2 --broken 1 "$server" || failed=$((failed + 1))
done
echo "$((ran - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
