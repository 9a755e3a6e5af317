"""Runs every test of this folder; see run.sh."""

import sys

import as_legato
import as_pid1
import as_tini
import as_dumb_init
import beside_the_originals
import on_a_terminal
from trial import run_all

if __name__ == "__main__":
    modules = [as_tini, as_dumb_init, as_legato, as_pid1, on_a_terminal, beside_the_originals]
    sys.exit(run_all(modules, sys.argv[1:]))
