/*
 * The automaton of one event listener (http://supervisord.org/events.html, and Supervisor's dispatchers where that is silent).
 *
 * A listener is ACKNOWLEDGED when it begins and after every answer; the word READY makes it READY; an event sent to it makes it BUSY;
 * its answer, RESULT, makes it ACKNOWLEDGED again, whether it took the event or refused it. Whatever else it says breaks the protocol:
 * nobody can tell any more which of its words would answer what, so it is UNKNOWN and told nothing until it is started anew.
 *
 * READY and the state RUNNING are two things: a listener that says READY before its startsecs are over waits until then.
 */

/** Supervisor's words (supervisor.states.EventListenerStates). */
export type ListenerState = 'ACKNOWLEDGED' | 'READY' | 'BUSY' | 'UNKNOWN';

/**
 * What can happen to a listener. spawned: a generation of it begins. ready: its word. sent: an event is on its way to it. accepted,
 * rejected: its answer. unjudged: an answer that the pool's result handler could make nothing of. garbage: words that belong to no
 * protocol. unfit: a RESULT without a length. deaf: it has closed its stdin. gone: its main process has ended.
 */
export type ListenerCause =
  | 'spawned'
  | 'ready'
  | 'sent'
  | 'accepted'
  | 'rejected'
  | 'unjudged'
  | 'garbage'
  | 'unfit'
  | 'deaf'
  | 'gone';

/** The table. `stay`: it is not for this state. */
export const listenerTable: {
  readonly [S in ListenerState]: { readonly [C in ListenerCause]: ListenerState | 'stay' };
} = {
  // biome-ignore format: a table
  ACKNOWLEDGED: {
    spawned: 'ACKNOWLEDGED', ready: 'READY',   sent: 'stay', accepted: 'stay',         rejected: 'stay',
    unjudged: 'stay',        garbage: 'UNKNOWN', unfit: 'stay',    deaf: 'stay',    gone: 'ACKNOWLEDGED',
  },
  // biome-ignore format: a table
  READY: {
    spawned: 'ACKNOWLEDGED', ready: 'UNKNOWN', sent: 'BUSY', accepted: 'UNKNOWN',      rejected: 'UNKNOWN',
    unjudged: 'UNKNOWN',     garbage: 'UNKNOWN', unfit: 'UNKNOWN', deaf: 'UNKNOWN', gone: 'ACKNOWLEDGED',
  },
  // biome-ignore format: a table
  BUSY: {
    spawned: 'ACKNOWLEDGED', ready: 'UNKNOWN', sent: 'stay', accepted: 'ACKNOWLEDGED', rejected: 'ACKNOWLEDGED',
    unjudged: 'UNKNOWN',     garbage: 'UNKNOWN', unfit: 'UNKNOWN', deaf: 'UNKNOWN', gone: 'ACKNOWLEDGED',
  },
  // biome-ignore format: a table
  UNKNOWN: {
    spawned: 'ACKNOWLEDGED', ready: 'stay',    sent: 'stay', accepted: 'stay',         rejected: 'stay',
    unjudged: 'stay',        garbage: 'stay',    unfit: 'stay',    deaf: 'stay',    gone: 'ACKNOWLEDGED',
  },
};
