import { type Fault, isArray, type Value } from './value.ts';

// The layout, line ends included, is that of Python's xmlrpc.client.dumps: there are clients that take replies apart with sed.

const declaration = "<?xml version='1.0'?>\n";

/** Characters that are put together before they become bytes: a reply of a thousand processes in one piece is more work for V8's garbage collector than for anybody else. */
const pieceLength = 32 * 1024;

/** Text that becomes bytes piece by piece. */
class Paper {
  readonly #pieces: Buffer[] = [];
  #text = '';

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= pieceLength) this.#turnOver();
  }

  pieces(): readonly Buffer[] {
    this.#turnOver();
    return this.#pieces;
  }

  #turnOver(): void {
    if (this.#text === '') return;
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

/**
 * What XML 1.0 §2.2 cannot carry at all, not even as a reference: a log full of colour codes would make the reply unreadable
 * for every parser (Supervisor sends it so, and its clients die of it).
 */
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** What a text may have in it that must not go out as it is; half of a surrogate pair besides. Most texts have nothing of it, and this is all that is asked. */
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const remarkable = /[&<>\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function escape(text: string): string {
  if (!remarkable.test(text) && text.isWellFormed()) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replace(unspeakable, '\ufffd');
}

function number(value: number): string {
  if (!Number.isInteger(value)) return `<double>${value}</double>`;
  if (value < -(2 ** 31) || value >= 2 ** 31) throw new RangeError(`int exceeds XML-RPC limits: ${value}`);
  return `<int>${value}</int>`;
}

function scalar(value: string | number | boolean): string {
  if (typeof value === 'string') return `<string>${escape(value)}</string>`;
  return typeof value === 'number' ? number(value) : `<boolean>${value ? '1' : '0'}</boolean>`;
}

/** before, after: what it stands between. */
function addValue(paper: Paper, before: string, value: Value, after: string): void {
  if (typeof value !== 'object') return paper.add(`${before}<value>${scalar(value)}</value>\n${after}`);
  if (isArray(value)) {
    paper.add(`${before}<value><array><data>\n`);
    for (const element of value) addValue(paper, '', element, '');
    return paper.add(`</data></array></value>\n${after}`);
  }
  paper.add(`${before}<value><struct>\n`);
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined) addValue(paper, `<member>\n<name>${escape(name)}</name>\n`, member, '</member>\n');
  }
  paper.add(`</struct></value>\n${after}`);
}

function written(root: 'methodCall' | 'methodResponse', fill: (paper: Paper) => void): readonly Buffer[] {
  const paper = new Paper();
  paper.add(`${declaration}<${root}>\n`);
  fill(paper);
  paper.add(`</${root}>\n`);
  return paper.pieces();
}

function addParams(paper: Paper, values: readonly Value[]): void {
  paper.add('<params>\n');
  for (const value of values) addValue(paper, '<param>\n', value, '</param>\n');
  paper.add('</params>\n');
}

/** @throws RangeError when a whole number does not fit into 32 bits */
export function encodeCall(method: string, params: readonly Value[]): string {
  const pieces = written('methodCall', (paper) => {
    paper.add(`<methodName>${escape(method)}</methodName>\n`);
    addParams(paper, params);
  });
  return pieces.join('');
}

/**
 * In pieces, for it may be long.
 * @throws RangeError when a whole number does not fit into 32 bits
 */
export function encodeResponse(value: Value): readonly Buffer[] {
  return written('methodResponse', (paper) => addParams(paper, [value]));
}

export function encodeFault({ code, message }: Fault): readonly Buffer[] {
  return written('methodResponse', (paper) => {
    addValue(paper, '<fault>\n', { faultCode: code, faultString: message }, '</fault>\n');
  });
}
