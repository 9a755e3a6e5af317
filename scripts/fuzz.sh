#!/bin/sh
# Tests with random inputs for longer, each round with another seed: fuzz.sh ROUNDS RUNS TEST... A failure says its seed; give it as LEGATO_FUZZ_SEED.
# What was run whole by npm stands in docs/results/fuzz.md then.
cd "$(dirname "$0")/.." || exit 1
rounds=$1 runs=$2 round=0 seeds=
shift 2
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  seed=${LEGATO_FUZZ_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
  echo "round $round of $rounds: seed $seed, $runs runs"
  LEGATO_FUZZ_RUNS=$runs LEGATO_FUZZ_SEED=$seed node_modules/.bin/node --test --test-reporter=dot "$@" || exit 1
  seeds="$seeds $seed"
done
[ -n "${npm_lifecycle_event:-}" ] || exit 0
page=docs/results/fuzz.md
line="| \`npm run $npm_lifecycle_event\` | $(date -u +%F) | Node $(node_modules/.bin/node --version) | $rounds × $runs |$seeds | 0 |"
{
  printf '%s\n' '# Random inputs' '' 'Written by `scripts/fuzz.sh`: the last whole run of each. Do not edit.' '' \
    '| command | date | with | rounds × runs of each property | seeds | failures |' '|---|---|---|---|---|---:|'
  { grep -s '^| `' "$page" | grep -vF "\`npm run $npm_lifecycle_event\`"; echo "$line"; } | sort
} >"$page.new" && mv "$page.new" "$page"
