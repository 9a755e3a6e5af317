type Keys = Readonly<Record<string, string>>;

/**
 * What a configuration begins with: `[supervisord]` with its files in the directory, its socket there and where its client finds it. Keys come
 * beside these or in their place.
 */
export function daemonSections(dir: string, keys: Keys = {}, socketKeys: Keys = {}): string {
  const daemon = { nodaemon: 'true', logfile: `${dir}/d.log`, pidfile: `${dir}/d.pid`, childlogdir: dir, ...keys };
  return [
    section('supervisord', daemon),
    section('unix_http_server', { file: `${dir}/s.sock`, ...socketKeys }),
    section('supervisorctl', { serverurl: `unix://${dir}/s.sock` }),
  ].join('');
}

/** Without it supervisord answers nothing but `system.` methods. */
export const rpcInterface: string = section('rpcinterface:supervisor', {
  'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface',
});

function section(name: string, keys: Keys): string {
  const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
