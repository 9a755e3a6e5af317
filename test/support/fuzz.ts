const from = (name: string): number | null => {
  const text = process.env[name];
  return text === undefined || text === '' ? null : Number(text);
};

/**
 * How a test with random inputs runs: `short` runs of one seed, so that a run of the tests does not hang on luck. LEGATO_FUZZ_RUNS and
 * LEGATO_FUZZ_SEED make it longer and another one (scripts/fuzz.sh).
 */
export const fuzz = (short: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: from('LEGATO_FUZZ_RUNS') ?? short,
  seed: from('LEGATO_FUZZ_SEED') ?? 20_261_126,
});
