/** What `--help` says. */
export function usage(program: string): string {
  return `legatoctl: asks legatod, or supervisord, to do things with the processes it supervises.

Usage: ${program} [options] [action [arguments]]

Options:
-c/--configuration FILENAME  configuration file whose [supervisorctl] section says where the daemon is (searched for if not given)
-s/--serverurl URL           where the daemon is: unix:///PATH or http://HOST:PORT (default "http://localhost:9001")
-u/--username USERNAME       user name for the daemon
-p/--password PASSWORD       password for the daemon
-r/--history_file FILENAME   keep the shell's history in this file
-i/--interactive             ask before shutdown and reload
-h/--help                    print this and exit

Actions are commands like "status", "tail" or "stop"; "help" lists them. Without an action a shell is started that reads them.
The exit code is 0 when all went well; see docs/exit-codes.md for the others.
`;
}
