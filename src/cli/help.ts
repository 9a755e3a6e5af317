import { columns } from './columns.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

/** Columns of the terminal that the list of topics is made for. */
const width = 80;

function topics(title: string, names: readonly string[]): string[] {
  const header = `${title} commands (type help <topic>):`;
  return ['', header, '='.repeat(header.length), ...columns([...names].sort(), width - 1), ''];
}

/** Makes `help`, which speaks of the others. `families` are the lists of topics under their titles. */
export function helpVerb(families: Readonly<Record<string, Readonly<Record<string, Pick<Verb, 'help'>>>>>): Verb {
  const self = ['help\t\tPrint a list of available actions', 'help <action>\tPrint help for <action>'];
  const find = (name: string): Pick<Verb, 'help'> | undefined =>
    Object.values(families).find((family) => Object.hasOwn(family, name))?.[name];
  return {
    help: self,
    completes: 'verbs',
    run: (session: Session, argument) => {
      if (argument === '') {
        for (const [title, family] of Object.entries(families)) session.out(...topics(title, Object.keys(family)));
      } else if (argument === 'help') session.out(...self);
      else session.out(...(find(argument)?.help ?? [`*** No help on ${argument}`]));
    },
  };
}
