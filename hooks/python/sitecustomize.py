"""What Python runs first in a Celery or RQ worker that legato started (docs/handover.md): PYTHONPATH leads here.

Nothing happens but in the process that becomes the worker, and there only when Celery, or RQ, loads its own part for that. Whatever fails
here fails silently: the worker is then one that nobody speaks to. A `sitecustomize` that this one hides is run all the same.
"""

import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# What a worker loads, and what follows that.
WORKERS = {"celery.apps.worker": "celery_worker", "rq.worker": "rq_worker"}


def without_us(paths):
    return [path for path in paths if os.path.abspath(path or ".") != HERE]


class Finder:
    """Stands first among the finders until the worker's module is looked for, and lets it be followed by ours."""

    def find_spec(self, name, path=None, target=None):
        ours = WORKERS.get(name)
        if ours is None:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                follow(ours)

            spec.loader.exec_module = exec_module
        return spec


def follow(name):
    try:
        # What the tasks start is no business of ours.
        paths = without_us(os.environ.get("PYTHONPATH", "").split(os.pathsep))
        os.environ.pop("PYTHONPATH", None)
        if any(paths):
            os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        spec = importlib.util.spec_from_file_location(f"legato_{name}", os.path.join(HERE, f"{name}.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception:
        pass


sys.path[:] = without_us(sys.path)
if sys.version_info >= (3, 6):
    sys.meta_path.insert(0, Finder())
ours = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # noqa: F401
except ImportError as error:
    if error.name != "sitecustomize":
        raise
finally:
    sys.modules.setdefault("sitecustomize", ours)
