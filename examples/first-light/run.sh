#!/bin/sh
# `npm start`: supervises the two programs of this directory, replaces one of them under load, and goes on until Ctrl-C. Sockets and logs live in a temporary directory.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
for NODE in "$root"/node_modules/node-linux-*/bin/node "$(command -v node)"; do
  [ -x "$NODE" ] && break
done
RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/legato.XXXXXX") || exit 1
# The port of the web service: 8008, or one that is free.
PORT=$("$NODE" -e '
const server = require("node:net").createServer();
server.on("error", () => server.listen(0, "127.0.0.1"));
server.on("listening", () => { console.log(server.address().port); server.close(); });
server.listen(8008, "127.0.0.1");')
export NODE RUN_DIR PORT

"$root/bin/legatod" -n -c "$here/supervisord.conf" >"$RUN_DIR/console" 2>&1 &
legatod=$!
load=
finish() {
  # shellcheck disable=SC2086
  kill -TERM "$legatod" $load 2>/dev/null
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
  echo
  echo 'Now under load: three handovers of web, and one to a release that does not start.'
  echo
  "$NODE" "$here/load.mjs" "$PORT" >"$RUN_DIR/load" 2>&1 &
  load=$!
  for release in good good good broken; do
    kill -0 "$legatod" 2>/dev/null || break
    [ $release = broken ] && : >"$RUN_DIR/broken"
    echo '$ legatoctl handover web'
    ctl handover web
  done
  rm -f "$RUN_DIR/broken"
  kill -TERM $load 2>/dev/null
  wait $load
  echo
  cat "$RUN_DIR/load"
fi

if kill -0 "$legatod" 2>/dev/null; then
  cat <<END

Go on in another terminal, in this directory:
  curl http://127.0.0.1:$PORT/
  alias ctl='bin/legatoctl -s unix://$RUN_DIR/s.sock'
  ctl handover web     ctl restart web   ctl tail ticker   ctl tree
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
[ -n "$load" ] && wait "$load"
if [ $code = 0 ]; then
  echo 'Stopped; nothing is left.'
else
  echo "legatod ended with $code:" >&2
  cat "$RUN_DIR/console" >&2
fi
rm -rf "$RUN_DIR"
exit $code
