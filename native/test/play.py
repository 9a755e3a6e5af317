"""How a scenario is run: as the brain below legato-init, which ends with code HELD when it held, 1 when it did not."""

import os
import signal
import sys
import traceback

from fake_brain import Link

HELD = 42


def play(name, scenario):
    link = Link()
    try:
        scenario(link)
        code = HELD
    except Exception as problem:  # told to whoever runs the scenarios
        traceback.print_exc()
        print(f"{name}: {problem}", file=sys.stderr)
        code = 1
    link.shutdown(code, 0)
    signal.pause()


def first_life(directory):
    """Whether the brain that asks, once, is the first one of its scenario: its mark in the directory outlives it."""
    mark = os.path.join(directory, "first-life")
    if os.path.exists(mark):
        return False
    open(mark, "w", encoding="ascii").close()
    return True


def scenarios_of(module):
    """The functions of a module whose first parameter is the link."""
    return {name: f for name, f in module.items() if hasattr(f, "__code__") and f.__code__.co_varnames[:1] == ("link",)}
