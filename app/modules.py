"""Which modules a page's scripts import, so that the page can ask for all of them at once.

A browser learns what a module imports only once it has the module, and ours are up to ten deep:
each wait is a round trip more. With `<link rel="modulepreload">` for all there is one.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache

from app.paths import resource_folder

# What is imported when it is needed, by `import(…)`, is left out.
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.{1,2}/[^"]+)";', re.MULTILINE)


@cache
def modules(*scripts: str) -> tuple[str, ...]:
    """All that ``scripts`` import, directly or not, the near before the far.

    Names are paths below static/js. Found once a process: who edits an import starts the server
    again, or is merely asked for a module too few.
    """
    folder = resource_folder("static") / "js"
    queue, found = list(scripts), set(scripts)
    for name in queue:
        for path in _IMPORT.findall((folder / name).read_text("utf-8")):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if module not in found:
                found.add(module)
                queue.append(module)
    return tuple(queue[len(scripts) :])
