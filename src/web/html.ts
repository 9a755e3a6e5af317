/** Text that is HTML already: made by `html` alone. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What HTML cannot carry: parsers replace NUL and refuse other control characters. Tab, line feed and return stay. */
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

export function escapeHtml(text: string): string {
  return text.replace(unspeakable, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

type Piece = Html | string | number | readonly Html[];

function written(piece: Piece): string {
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'string') return escapeHtml(piece);
  if (typeof piece === 'number') return String(piece);
  return piece.map(({ text }) => text).join('');
}

/** HTML in which every inserted string is escaped, in text and in quoted attributes; only other HTML is taken as it is. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(texts.map((text, index) => text + written(pieces[index] ?? '')).join(''));
}

export const nothing: Html = new Html('');
