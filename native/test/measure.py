"""Figures of brain mode: legato-init --brain -- python3 measure.py [COUNT]. Prints the time of COUNT spawns of /bin/sleep asked for
in one write, of killing them all, of one respawn, and the anonymous memory of init and of a shim."""

import os
import signal
import sys
import time

from fake_brain import MAIN, PIPE, Link, spawn_payload

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100
INIT = os.getppid()


def frame(generation):
    import struct
    payload = spawn_payload(generation, ["/bin/sleep", "1000"], stdout=PIPE, stderr=PIPE, env=[f"{k}={v}" for k, v in os.environ.items()])
    return struct.pack("<IHHI", len(payload), 0x10, 0, generation) + payload


def memory(pid):
    """Kilobytes: anonymous pages as the kernel counts them, the share that is this process' own, and all resident."""
    sums = {"Anonymous": 0, "Private_Dirty": 0, "Rss": 0, "Pss": 0}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            name = line.split(":")[0]
            if name in sums:
                sums[name] += int(line.split()[1])
    return sums


def main():
    link = Link()
    link.hello()
    print(f"init at start: {memory(INIT)} kB")
    frames = b"".join(frame(i) for i in range(1, COUNT + 1))
    began = time.monotonic()
    link.raw(frames)
    spawned = [link.wait("spawned", generation=i) for i in range(1, COUNT + 1)]
    print(f"{COUNT} spawns: {(time.monotonic() - began) * 1000:.1f} ms")
    print(f"init with {COUNT}: {memory(INIT)} kB")
    shims = [memory(s["shim"]) for s in spawned]
    print(f"a shim, median: {sorted(shims, key=lambda m: m['Anonymous'])[COUNT // 2]} kB; all: {sum(m['Anonymous'] for m in shims)} kB anonymous, "
          f"{sum(m['Private_Dirty'] for m in shims)} kB private dirty, {sum(m['Pss'] for m in shims)} kB PSS")
    times = []
    for i in range(1, 31):
        generation = COUNT + i
        began = time.monotonic()
        os.kill(spawned[-1]["main"], signal.SIGKILL)
        link.wait("exited")
        link.raw(frame(generation))
        spawned.append(link.wait("spawned", generation=generation))
        times.append((time.monotonic() - began) * 1000)
    print(f"kill -9 to respawned among {COUNT}, median of 30: {sorted(times)[15]:.2f} ms")
    began = time.monotonic()
    alive = [i for i in range(1, COUNT)] + [COUNT + 30]
    for i in alive:
        link.send(0x11, i.to_bytes(4, "little") + bytes([MAIN, signal.SIGTERM, 0]))
    for i in alive:
        link.wait("empty", generation=i)
    print(f"stop of {len(alive)}: {(time.monotonic() - began) * 1000:.1f} ms")
    link.shutdown(0, 0)
    signal.pause()


main()
