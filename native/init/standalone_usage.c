#define _GNU_SOURCE
#include "standalone_usage.h"

#include <string.h>
#include <unistd.h>

/* The release of each original that is matched; scripts look at the first words. */
#define TINI_VERSION "tini version 0.19.0 (legato-init)\n"
#define DUMB_INIT_VERSION "dumb-init v1.2.5\n"
#define LEGATO_VERSION "legato-init 0.1.0\n"

static const char *const texts[] = {
    [TEXT_LEGATO_HELP] =
        "Usage: legato-init [OPTION]... [--] COMMAND [ARGUMENT]...\n"
        "\n"
        "Runs COMMAND, passes signals on to it, reaps every orphan, and ends with its exit code.\n"
        "\n"
        "  -s            be a child subreaper where this is not PID 1\n"
        "  -g            signals go to the whole process group of COMMAND\n"
        "  -c, --single-child\n"
        "                COMMAND stays in the group of legato-init; signals go to it alone\n"
        "  -r, --rewrite S:R\n"
        "                passes signal S on as R, or not at all where R is 0; may be repeated\n"
        "  -e CODE       exits with 0 where COMMAND ends with CODE (0 to 255); may be repeated\n"
        "  -p SIGNAL     gets SIGNAL when its own parent ends\n"
        "  -k MS         what outlives COMMAND gets TERM and MS milliseconds (1000); 0: nothing\n"
        "                (as PID 1 or subreaper)\n"
        "  -w            warns of every orphan reaped\n"
        "  -v, --verbose says more; up to three times\n"
        "  -l, -h, --help, -V, --version\n"
        "                prints the license, this text, the version\n"
        "\n"
        "Signals are written SIGTERM, TERM or 15. Environment: TINI_SUBREAPER, TINI_KILL_PROCESS_GROUP (set: -s, -g),\n"
        "TINI_VERBOSITY (default 1), DUMB_INIT_DEBUG=1 (3), DUMB_INIT_SETSID=0 (-c).\n"
        "Exit codes: that of COMMAND, 128+n signal n ended it, 127 not found, 126 not executable, 125 legato-init failed.\n"
        "Called as tini or dumb-init it takes their options and behaves as they do.\n",
    [TEXT_LEGATO_HINT] = "Try legato-init --help.\n",
    [TEXT_TINI_HELP] =
        "tini (legato-init in the place of tini 0.19.0)\n"
        "Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n"
        "\n"
        "Runs PROGRAM under the supervision of a valid init process (legato-init).\n"
        "\n"
        "  --version      Prints the version.\n"
        "  -h             Prints this text.\n"
        "  -s             Registers as a child subreaper.\n"
        "  -p SIGNAL      Gets SIGNAL when its own parent dies, as in -p SIGKILL.\n"
        "  -v             Makes it more verbose; up to three times.\n"
        "  -w             Warns of every orphan reaped.\n"
        "  -g             Sends signals to the process group of PROGRAM.\n"
        "  -e EXIT_CODE   Exits with 0 where PROGRAM ends with EXIT_CODE (0 to 255).\n"
        "  -l             Prints the license.\n"
        "\n"
        "Environment: TINI_SUBREAPER (-s), TINI_KILL_PROCESS_GROUP (-g), TINI_VERBOSITY (default 1).\n",
    /* These three word by word, as dumb-init's own tests compare them. */
    [TEXT_DUMB_INIT_HELP] =
        DUMB_INIT_VERSION
        "Usage: dumb-init [option] command [[arg] ...]\n"
        "\n"
        "dumb-init is a simple process supervisor that forwards signals to children.\n"
        "It is designed to run as PID1 in minimal container environments.\n"
        "\n"
        "Optional arguments:\n"
        "   -c, --single-child   Run in single-child mode.\n"
        "                        In this mode, signals are only proxied to the\n"
        "                        direct child and not any of its descendants.\n"
        "   -r, --rewrite s:r    Rewrite received signal s to new signal r before proxying.\n"
        "                        To ignore (not proxy) a signal, rewrite it to 0.\n"
        "                        This option can be specified multiple times.\n"
        "   -v, --verbose        Print debugging information to stderr.\n"
        "   -h, --help           Print this help message and exit.\n"
        "   -V, --version        Print the current version and exit.\n"
        "\n"
        "Full help is available online at https://github.com/Yelp/dumb-init\n",
    [TEXT_DUMB_INIT_HINT] =
        "Usage: dumb-init [option] program [args]\n"
        "Try dumb-init --help for full usage.\n",
    [TEXT_DUMB_INIT_REWRITE] =
        "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.\n"
        "This option can be specified multiple times.\n"
        "Use --help for full usage.\n",
    [TEXT_LICENSE] =
        "MIT License\n"
        "\n"
        "Copyright (c) 2026 the legato authors\n"
        "\n"
        "Permission is hereby granted, free of charge, to any person obtaining a copy\n"
        "of this software and associated documentation files (the \"Software\"), to deal\n"
        "in the Software without restriction, including without limitation the rights\n"
        "to use, copy, modify, merge, publish, distribute, sublicense, and/or sell\n"
        "copies of the Software, and to permit persons to whom the Software is\n"
        "furnished to do so, subject to the following conditions:\n"
        "\n"
        "The above copyright notice and this permission notice shall be included in all\n"
        "copies or substantial portions of the Software.\n"
        "\n"
        "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR\n"
        "IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,\n"
        "FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE\n"
        "AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER\n"
        "LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,\n"
        "OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE\n"
        "SOFTWARE.\n",
};

static int print(int fd, const char *text) {
  /* A reader that has gone, or none at all, does not change what was asked. */
  ssize_t written = write(fd, text, strlen(text));
  (void)written;
  return 0;
}

int standalone_print(int fd, enum text text) { return print(fd, texts[text]); }

int standalone_help(enum personality personality) {
  if (personality == AS_DUMB_INIT) return standalone_print(STDERR_FILENO, TEXT_DUMB_INIT_HELP);
  return standalone_print(STDOUT_FILENO, personality == AS_TINI ? TEXT_TINI_HELP : TEXT_LEGATO_HELP);
}

int standalone_version(enum personality personality) {
  if (personality == AS_DUMB_INIT) return print(STDERR_FILENO, DUMB_INIT_VERSION);
  return print(STDOUT_FILENO, personality == AS_TINI ? TINI_VERSION : LEGATO_VERSION);
}
