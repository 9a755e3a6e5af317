import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeHtml, html } from '../../src/web/html.ts';

/** What a browser makes of text and quoted attributes. */
function read(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

test('whatever a name or a log holds, it is text: nothing of it is markup, and nothing of it is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeHtml(text);
      assert.doesNotMatch(escaped, /[<>"']|&(?!(?:lt|gt|quot|amp|#39);)/);
      // oxlint-disable-next-line no-control-regex -- control characters are the subject
      assert.equal(read(escaped), text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd'));
    }),
  );
});

test('only HTML is taken as it is', () => {
  const name = '<script>alert(1)</script>';
  const inner = html`<b>${name}</b>`;
  assert.equal(
    html`<p title="${'"x'}">${inner}${[inner]}${3}</p>`.text,
    `<p title="&quot;x">${'<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>'.repeat(2)}3</p>`,
  );
});
