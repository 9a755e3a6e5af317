import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientOptions, type LoadedClient, loadClientConfig } from '../../src/config/client.ts';
import { memoryHost } from './memory-host.ts';

const none: ClientOptions = {
  configuration: null,
  serverurl: null,
  username: null,
  password: null,
  historyFile: null,
  strict: false,
};

function load(
  text: string,
  options: Partial<ClientOptions> = {},
  environment: Record<string, string> = {},
): LoadedClient {
  const host = memoryHost({ '/etc/c.conf': text, '/etc/d/x.conf': '[supervisorctl]\nprompt=included\n' }, environment);
  return loadClientConfig({ ...none, configuration: '/etc/c.conf', ...options }, host);
}

const defaults = {
  serverurl: 'http://localhost:9001',
  username: null,
  password: null,
  prompt: 'supervisor',
  historyFile: null,
  pidfile: null,
};

test('without a file the defaults serve', () => {
  assert.deepEqual(loadClientConfig(none, memoryHost({})), { ok: true, config: defaults, messages: [], file: null });
});

test('a section of nothing has the defaults', () => {
  assert.deepEqual(load('[supervisorctl]\n'), { ok: true, config: defaults, messages: [], file: '/etc/c.conf' });
});

test('every key is read; the path of a unix address is made absolute', () => {
  const text =
    '[supervisorctl]\nserverurl=unix://%(here)s/../run/s\nusername=%(ENV_U)s\npassword=p\nprompt=me\nhistory_file=~/h\n';
  assert.deepEqual(load(text, {}, { U: 'u', HOME: '/root' }), {
    ok: true,
    config: {
      serverurl: 'unix:///run/s',
      username: 'u',
      password: 'p',
      prompt: 'me',
      historyFile: '/root/h',
      pidfile: null,
    },
    messages: [],
    file: '/etc/c.conf',
  });
});

test('where the daemon of the file keeps its pid is known, unless another daemon is spoken to', () => {
  const pidfileOf = (text: string, options: Partial<ClientOptions> = {}): string | null => {
    const loaded = load(`[supervisorctl]\n[supervisord]\n${text}`, options);
    assert.ok(loaded.ok);
    return loaded.config.pidfile;
  };
  assert.equal(pidfileOf('pidfile=%(here)s/d.pid\n'), '/etc/d.pid');
  assert.equal(pidfileOf(''), '/base/supervisord.pid');
  assert.equal(pidfileOf('pidfile=%(nothing)s\n'), null);
  assert.equal(pidfileOf('pidfile=/d.pid\n', { serverurl: 'http://b:2' }), null);
});

test('the command line wins', () => {
  const loaded = load('[supervisorctl]\nserverurl=http://a:1\nusername=u\n', {
    serverurl: 'http://b:2',
    username: 'v',
  });
  assert.ok(loaded.ok);
  assert.deepEqual([loaded.config.serverurl, loaded.config.username], ['http://b:2', 'v']);
});

test('[include] is not heeded', () => {
  const loaded = load('[supervisorctl]\n[include]\nfiles=d/*.conf\n');
  assert.equal(loaded.ok && loaded.config.prompt, 'supervisor');
});

test('a plugin is left out with a warning, and refused where the load is strict', () => {
  const text = '[supervisorctl]\n[ctlplugin:x]\nsupervisor.ctl_factory=my:plugin\n';
  const loaded = load(text);
  assert.ok(loaded.ok);
  assert.deepEqual(
    loaded.messages.map((message) => message.text),
    ['my:plugin cannot be resolved within [ctlplugin:x]; it is left out'],
  );
  assert.deepEqual(load(text, { strict: true }), {
    ok: false,
    message: 'my:plugin cannot be resolved within [ctlplugin:x]',
    place: { file: '/etc/c.conf', line: 3 },
  });
});

const faults: readonly (readonly [string, string, number | null])[] = [
  ['[supervisord]\n', '.ini file does not include supervisorctl section', null],
  ['[supervisorctl]\n[ctlplugin:x]\n', 'section [ctlplugin:x] does not specify a supervisor.ctl_factory', 2],
  [
    '[supervisorctl]\nprompt=%(here)s\n',
    "Format string '%(here)s' for 'supervisorctl.prompt' contains names ('here') which cannot be expanded. Available names: ",
    2,
  ],
];

for (const [text, message, line] of faults) {
  test(message, () => {
    assert.deepEqual(load(text), { ok: false, message, place: line === null ? null : { file: '/etc/c.conf', line } });
  });
}
