#!/bin/sh
# A fuzzed test for longer, each round with another seed: fuzz.sh TEST [ROUNDS [RUNS]]. A failure says its seed; give it as LEGATO_FUZZ_SEED.
cd "$(dirname "$0")/.." || exit 1
test=$1 rounds=${2:-10} runs=${3:-2000} round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  seed=${LEGATO_FUZZ_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
  echo "round $round of $rounds: seed $seed, $runs runs"
  LEGATO_FUZZ_RUNS=$runs LEGATO_FUZZ_SEED=$seed node_modules/.bin/node --test --test-reporter=dot "test/e2e/$test.test.ts" || exit 1
done
