#!/bin/sh
# Installs from Debian what the tests need besides Node, when this runs as root and apt is there.
# Elsewhere the tests say what they lack and skip it (test/support/requirements.ts); with CI=true that is a failure.
packages='python3 supervisor tini dumb-init celery python3-redis redis-server python3-invoke gunicorn runit s6 stress-ng bubblewrap util-linux procps gcc libc6-dev musl-tools
  nginx-light haproxy uwsgi-core uwsgi-plugin-python3 puma ruby-sidekiq python3-rq python3-flask python3-waitress python3-uvicorn sudo wrk unicorn php8.2-fpm'
missing=
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, and cannot be installed here:$missing" >&2
  exit 0
fi
# The packages' own services must not start: the tests start what they need on free ports.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=1
fi
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
status=$?
[ -n "$made" ] && rm -f "$policy"
exit $status
