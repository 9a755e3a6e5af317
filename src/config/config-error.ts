import type { Place } from './config.ts';

/** A configuration that is refused. The message is Supervisor's own text; the place is what Supervisor does not know. */
export class ConfigError extends Error {
  place: Place | null;

  constructor(message: string, place: Place | null = null) {
    super(message);
    this.place = place;
  }
}
