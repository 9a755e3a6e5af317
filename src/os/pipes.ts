import { descriptorsOf, targetOf } from './proc-fd.ts';
import { readProc } from './proc-stat.ts';

/** The access mode in the octal `flags:` of proc_pid_fdinfo(5); O_RDONLY is none. */
const accessMode = 0o3;

/** Whether a process can write into the pipe that is the standard input of another: that one ends by itself when nobody writes any more. */
export function feeds(writer: number, reader: number): boolean {
  const input = targetOf(reader, 0);
  if (!input.startsWith('pipe:')) return false;
  return descriptorsOf(writer).some((fd) => targetOf(writer, fd) === input && isWritable(writer, fd));
}

function isWritable(pid: number, fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readProc(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '0';
  return (Number.parseInt(flags, 8) & accessMode) !== 0;
}
