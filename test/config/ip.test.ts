import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalIpv6, isIpv4 } from '../../src/config/values/ip.ts';

test('an IPv6 address comes out as the system writes it, however it went in', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, padded) => {
      // The system writes those with an IPv4 address inside in a form of their own (RFC 5952, 5).
      fc.pre(groups.slice(0, 5).some((one) => one !== 0));
      const text = groups.map((one) => one.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
      const system = new SocketAddress({ family: 'ipv6', address: text }).address;
      assert.equal(canonicalIpv6(text), system);
      assert.equal(canonicalIpv6(system), system);
    }),
  );
});

for (const [text, canonical] of [
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['FE80::A', 'fe80::a'],
] as const) {
  test(`${text} is ${canonical}`, () => assert.equal(canonicalIpv6(text), canonical));
}

for (const text of [
  '',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4::5:6:7:8',
  '12345::',
  'g::',
  '::ffff:1.2.3.4',
  '::ffff:102:304',
  'fe80::1%eth0',
  ' ::1',
]) {
  test(`'${text}' is no IPv6 address`, () => assert.equal(canonicalIpv6(text), null));
}

test('IPv4 addresses as inet_pton reads them', () => {
  for (const text of ['0.0.0.0', '127.0.0.1', '255.255.255.255']) assert.ok(isIpv4(text), text);
  for (const text of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.4 ', '0x7f.0.0.1', '1.2.3.-4']) {
    assert.ok(!isIpv4(text), text);
  }
});
