#!/bin/sh
# `npm start`: supervises the two programs of this directory until Ctrl-C. Sockets and logs live in a temporary directory.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
for NODE in "$root"/node_modules/node-linux-*/bin/node "$(command -v node)"; do
  [ -x "$NODE" ] && break
done
RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/legato.XXXXXX") || exit 1
export NODE RUN_DIR

"$root/bin/legatod" -n -c "$here/supervisord.conf" >"$RUN_DIR/console" 2>&1 &
legatod=$!
finish() {
  kill -TERM "$legatod" 2>/dev/null
}
trap finish INT TERM HUP

ctl() {
  "$root/bin/legatoctl" -s "unix://$RUN_DIR/s.sock" "$@"
}

# Until both are up (startsecs is one second), or legatod has ended.
tries=100
until [ "$(ctl status 2>/dev/null | grep -c RUNNING)" = 2 ]; do
  tries=$((tries - 1))
  if [ $tries = 0 ] || ! kill -0 "$legatod" 2>/dev/null; then
    break
  fi
  sleep 0.1
done

if kill -0 "$legatod" 2>/dev/null; then
  echo 'legato supervises two programs (examples/first-light/supervisord.conf).'
  echo
  echo '$ legatoctl status'
  ctl status
  echo
  echo '$ legatoctl tree'
  ctl tree
  cat <<END

Go on in another terminal, in this directory:
  curl $(sed -n 's/^listening on //p' "$RUN_DIR/web.log" | tail -n 1)
  alias ctl='bin/legatoctl -s unix://$RUN_DIR/s.sock'
  ctl restart web      ctl stop all      ctl tail web      ctl tree
Logs: $RUN_DIR

Ctrl-C stops it.
END
fi

# A trapped signal ends `wait` early: wait until legatod itself has ended.
code=0
while :; do
  wait "$legatod"
  code=$?
  kill -0 "$legatod" 2>/dev/null || break
done
if [ $code = 0 ]; then
  echo 'Stopped; nothing is left.'
else
  echo "legatod ended with $code:" >&2
  cat "$RUN_DIR/console" >&2
fi
rm -rf "$RUN_DIR"
exit $code
