#define _GNU_SOURCE
#include "standalone_options.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standalone_usage.h"
#include "standalone_voice.h"

enum { GRACE_MS = 1000, OWN_FAILURE = 125, VERBOSITY_OF_DEBUG = 3 };

/* The `+`: what follows the first word that is no option belongs to the command. */
static const char *const letters[] = {
    [AS_LEGATO] = "+ce:ghk:lp:r:svwV",
    [AS_TINI] = "+p:hvwgle:s",
    [AS_DUMB_INIT] = "+chr:vV",
};

static const struct option dumb_init_words[] = {
    {"help", no_argument, NULL, 'h'},         {"single-child", no_argument, NULL, 'c'}, {"rewrite", required_argument, NULL, 'r'},
    {"verbose", no_argument, NULL, 'v'},      {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
};

static const struct option no_words[] = {{NULL, 0, NULL, 0}};

static enum personality personality_of(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  if (strcmp(name, "dumb-init") == 0) return AS_DUMB_INIT;
  if (strcmp(name, "tini") == 0 || strcmp(name, "tini-static") == 0 || strcmp(name, "docker-init") == 0) return AS_TINI;
  return AS_LEGATO;
}

/* A whole decimal number from 0 to `most`; -1 otherwise. */
static long number_up_to(const char *text, long most) {
  char *end;
  long number = strtol(text, &end, 10);
  return end != text && *end == 0 && number >= 0 && number <= most ? number : -1;
}

/* `S:R`; dumb-init knows numbers only. */
static bool parse_rewrite(char *text, struct standalone_options *options) {
  char *colon = strchr(text, ':');
  if (!colon) return false;
  *colon = 0;
  bool names = options->personality == AS_LEGATO;
  long from = names ? signal_number(text) : number_up_to(text, SIGNAL_LAST);
  long to = number_up_to(colon + 1, SIGNAL_LAST);
  if (to == -1 && names) to = signal_number(colon + 1);
  *colon = ':';
  if (from < 1 || to < 0) return false;
  options->rewrite[from] = (int8_t)to;
  return true;
}

static int refuse(const struct standalone_options *options, char option, const char *value) {
  if (option == 'r' && options->personality == AS_DUMB_INIT)
    standalone_print(STDERR_FILENO, TEXT_DUMB_INIT_REWRITE);
  else
    voice_tini(LEVEL_FATAL, "Not a valid option for -%c: %s", option, value);
  return options->failure;
}

static int parse_option(int option, struct standalone_options *options) {
  long number;
  switch (option) {
    case 'c': options->placement = PLACE_HERE; break;
    case 'g': options->whole_group = true; break;
    case 's': options->subreaper = true; break;
    case 'v': options->verbosity++; break;
    case 'w': options->warn_on_reap = true; break;
    case 'r':
      if (!parse_rewrite(optarg, options)) return refuse(options, 'r', optarg);
      break;
    case 'e':
      if ((number = number_up_to(optarg, 255)) == -1) return refuse(options, 'e', optarg);
      options->remapped[number / 8] |= (uint8_t)(1 << number % 8);
      break;
    case 'k':
      if ((number = number_up_to(optarg, INT_MAX)) == -1) return refuse(options, 'k', optarg);
      options->grace_ms = (unsigned)number;
      break;
    case 'p':
      options->death_signal = signal_number(optarg);
      if (options->death_signal == -1 || (options->personality == AS_TINI && strncmp(optarg, "SIG", 3) != 0))
        return refuse(options, 'p', optarg);
      break;
    case 'h': return standalone_help(options->personality);
    case 'l': return standalone_print(STDOUT_FILENO, TEXT_LICENSE);
    case 'V': return standalone_version(options->personality);
    default: /* getopt has said what is wrong */
      if (options->personality == AS_TINI) standalone_print(STDERR_FILENO, TEXT_TINI_HELP);
      if (options->personality == AS_LEGATO) standalone_print(STDERR_FILENO, TEXT_LEGATO_HINT);
      return options->failure;
  }
  return GO_ON;
}

static void read_environment(struct standalone_options *options) {
  const char *debug = getenv("DUMB_INIT_DEBUG"), *setsid = getenv("DUMB_INIT_SETSID"), *verbosity = getenv("TINI_VERBOSITY");
  if (options->personality != AS_DUMB_INIT) {
    if (getenv("TINI_SUBREAPER")) options->subreaper = true;
    if (getenv("TINI_KILL_PROCESS_GROUP")) options->whole_group = true;
    if (verbosity) options->verbosity = atoi(verbosity);
  }
  if (options->personality != AS_TINI) {
    bool wanted = debug && strcmp(debug, "1") == 0;
    if (wanted && options->verbosity < VERBOSITY_OF_DEBUG) options->verbosity = VERBOSITY_OF_DEBUG;
    voice_set(options->personality, options->verbosity);
    if (wanted) voice_dumb_init("Running in debug mode.");
    if (setsid && strcmp(setsid, "0") == 0) {
      options->placement = PLACE_HERE;
      voice_dumb_init("Not running in setsid mode.");
    }
  }
  voice_set(options->personality, options->verbosity);
}

/* What stops a terminal's background jobs must stop the command's session and init with it: the session is an orphaned one,
 * in which the kernel discards TSTP, TTIN and TTOU with default action (POSIX, 2.4 Signal Concepts); STOP it does not discard. */
static void stop_for_certain(struct standalone_options *options) {
  static const int job_control[] = {SIGTSTP, SIGTTIN, SIGTTOU};
  for (size_t i = 0; i < sizeof job_control / sizeof *job_control; i++)
    if (options->rewrite[job_control[i]] == AS_RECEIVED) options->rewrite[job_control[i]] = SIGSTOP;
}

int standalone_parse(int argc, char **argv, struct standalone_options *options) {
  enum personality as = personality_of(argc > 0 ? argv[0] : "");
  *options = (struct standalone_options){
      .personality = as,
      .placement = as == AS_DUMB_INIT ? PLACE_SESSION : PLACE_GROUP,
      .whole_group = as == AS_DUMB_INIT,
      .verbosity = as == AS_DUMB_INIT ? 0 : 1,
      .grace_ms = as == AS_LEGATO ? GRACE_MS : 0,
      .failure = as == AS_LEGATO ? OWN_FAILURE : 1,
  };
  memset(options->rewrite, AS_RECEIVED, sizeof options->rewrite);
  voice_set(as, options->verbosity);
  /* tini knows this word only where it stands alone. */
  if (as == AS_TINI && argc == 2 && strcmp(argv[1], "--version") == 0) return standalone_version(as);
  int option;
  while ((option = getopt_long(argc, argv, letters[as], as == AS_TINI ? no_words : dumb_init_words, NULL)) != -1) {
    int code = parse_option(option, options);
    if (code != GO_ON) return code;
  }
  if (optind >= argc) {
    static const enum text missing[] = {TEXT_LEGATO_HELP, TEXT_TINI_HELP, TEXT_DUMB_INIT_HINT};
    standalone_print(STDERR_FILENO, missing[as]);
    return options->failure;
  }
  read_environment(options);
  if (options->placement == PLACE_HERE) options->whole_group = false;
  if (options->placement == PLACE_SESSION) stop_for_certain(options);
  options->command = argv + optind;
  /* tini's usage is PROGRAM -- [ARGS]. */
  if (as == AS_TINI && optind + 1 < argc && strcmp(argv[optind - 1], "--") != 0 && strcmp(argv[optind + 1], "--") == 0) {
    options->command++;
    options->command[0] = argv[optind];
  }
  return GO_ON;
}
