import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault, type Value } from '../../src/control/value.ts';
import { decodeCall, decodeResponse, MalformedXml } from '../../src/control/xml-rpc-decode.ts';
import { encodeCall, encodeFault, encodeResponse } from '../../src/control/xml-rpc-encode.ts';
import { lacking } from '../support/requirements.ts';

/** Text that XML can carry and that comes back as it was: parsers turn a carriage return into a line feed (XML 1.0 §2.11). */
const text = fc.string({ unit: 'binary' }).map((raw) =>
  raw
    .replace(/\r/g, '')
    // oxlint-disable-next-line no-control-regex -- what XML cannot carry is left out here and tested below
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''),
);

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value;

test('what is encoded is decoded as it was', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
      fc.array(value, { maxLength: 3 }),
      (name, params) => {
        const call = decodeCall(encodeCall(name, params));
        assert.equal(call.method, name);
        assert.deepEqual(JSON.stringify(call.params), JSON.stringify(params));
      },
    ),
    { numRuns: 300 },
  );
});

const samples: readonly Value[] = [
  '',
  'plain',
  'a < b & c > "d" \'e\'',
  'Zählwerk 日本 😀',
  'two\nlines\tand a tab',
  0,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  1.5,
  true,
  false,
  [],
  ['a', 1, [true, []]],
  {},
  { name: 'a', nested: { list: [1, 2], 'ü<': 'ä' } },
];

const python = `
import json, sys
from xmlrpc.client import dumps, loads, Fault
samples = json.load(sys.stdin)
out = []
for s in samples:
    reply = dumps((s,), methodresponse=True)
    call = dumps((s, 1), methodname='supervisor.x')
    out.append({'reply': reply, 'call': call, 'back': loads(reply.encode())[0][0]})
out.append({'reply': dumps(Fault(10, 'BAD_NAME: <ü>'), methodresponse=True), 'call': dumps((), 'a.b'), 'back': None})
json.dump(out, sys.stdout)
`;

test("the text is that of Python's xmlrpc.client, byte for byte", { skip: lacking('python3') }, () => {
  const answer = execFileSync('/usr/bin/python3', ['-c', python], { input: JSON.stringify(samples) });
  const expected = JSON.parse(answer.toString()) as { reply: string; call: string; back: Value }[];
  for (const [index, sample] of samples.entries()) {
    const theirs = expected[index];
    assert.equal(encodeResponse(sample).join(''), theirs?.reply);
    assert.equal(encodeCall('supervisor.x', [sample, 1]), theirs?.call);
    assert.deepEqual(JSON.stringify(theirs?.back), JSON.stringify(sample));
  }
  assert.equal(encodeFault(new Fault(10, 'BAD_NAME: <ü>')).join(''), expected.at(-1)?.reply);
  assert.equal(encodeCall('a.b', []), expected.at(-1)?.call);
});

test('characters that XML cannot carry become U+FFFD, so that a log in colour can be read', () => {
  const answer = encodeResponse('\u001b[31mred\u0000\ud800').join('');
  assert.equal(decodeResponse(answer), '\ufffd[31mred\ufffd\ufffd');
});

test('a whole number beyond 32 bits is refused', () => {
  assert.throws(() => encodeResponse(2 ** 31), RangeError);
  assert.throws(() => encodeResponse([-(2 ** 31) - 1]), RangeError);
});

test('a fault is thrown as it was answered', () => {
  assert.throws(
    () => decodeResponse(encodeFault(new Fault(70, 'NOT_RUNNING: a')).join('')),
    (error) => error instanceof Fault && error.code === 70 && error.message === 'NOT_RUNNING: a',
  );
});

test('calls of other clients are understood', () => {
  const call = (params: string): string => `<?xml version="1.0" encoding="UTF-8"?>
    <methodCall><!-- hello --><methodName>a.b</methodName>${params}</methodCall>`;
  const one = (inner: string): Value | undefined =>
    decodeCall(call(`<params><param><value>${inner}</value></param></params>`)).params[0];
  assert.deepEqual(decodeCall(call('')), { method: 'a.b', params: [] });
  assert.equal(one('untyped'), 'untyped');
  assert.equal(one(''), '');
  assert.equal(one('<i4> 7 </i4>'), 7);
  assert.equal(one('<string/>'), '');
  assert.equal(one('<string><![CDATA[a<b]]>&lt;&#228;</string>'), 'a<b<ä');
  assert.equal(one('<base64>aMOk\nbGxv</base64>'), 'hällo');
  assert.equal(one('<boolean>1</boolean>'), true);
  assert.equal(one('<boolean>true</boolean>'), false);
  assert.equal(one('<dateTime.iso8601>20261123T18:56:03</dateTime.iso8601>'), '20261123T18:56:03');
});

test('a member called __proto__ is a member and changes nothing', () => {
  const struct = '<struct><member><name>__proto__</name><value><int>1</int></value></member></struct>';
  const { params } = decodeCall(
    `<methodCall><methodName>a</methodName><params><param><value>${struct}</value></param></params></methodCall>`,
  );
  assert.deepEqual(Object.keys(params[0] ?? {}), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['1'], undefined);
});

const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>`;
const nested = (depth: number): string => '<value><array><data>'.repeat(depth);

for (const [what, body] of Object.entries({
  nothing: '',
  'no XML': 'hello',
  'an open element': '<methodCall><methodName>a.b</methodName>',
  'a wrong end': '<methodCall><methodName>a.b</methodCall></methodName>',
  'no method name': '<methodCall><params></params></methodCall>',
  'an empty method name': '<methodCall><methodName></methodName></methodCall>',
  'an answer': '<methodResponse><params></params></methodResponse>',
  'a document type': `${laughs}<methodCall><methodName>&b;</methodName></methodCall>`,
  'a foreign entity': '<methodCall><methodName>a&nbsp;b</methodName></methodCall>',
  'an outer file': '<!DOCTYPE x SYSTEM "file:///etc/passwd"><methodCall><methodName>a</methodName></methodCall>',
  nil: '<methodCall><methodName>a</methodName><params><param><value><nil/></value></param></params></methodCall>',
  'no int':
    '<methodCall><methodName>a</methodName><params><param><value><int>x</int></value></param></params></methodCall>',
  'a deep nest': `<methodCall><methodName>a</methodName><params><param>${nested(5000)}`,
  'two documents':
    '<methodCall><methodName>a</methodName></methodCall><methodCall><methodName>b</methodName></methodCall>',
})) {
  test(`${what} is no call`, () => {
    assert.throws(() => decodeCall(body), MalformedXml);
  });
}

test('whatever bytes come, they are a call or they are refused', () => {
  const piece = fc.constantFrom(
    '<value>',
    '</value>',
    '<int>',
    '</int>',
    '<params>',
    '&amp;',
    '&',
    '<',
    ']]>',
    '1',
    'ä',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      try {
        decodeCall(`<methodCall><methodName>a</methodName>${pieces.join('')}</methodCall>`);
      } catch (error) {
        assert.ok(error instanceof MalformedXml, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
