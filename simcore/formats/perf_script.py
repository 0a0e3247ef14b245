"""`perf script` text: `comm  pid/tid  [cpu]  seconds:  subsystem:event: fields`.

A task that is already torn down prints as `:-1  3931/-1`: its process is known, its thread is in
the fields. Without `-F pid` the column holds the thread alone, and the process is unknown.
"""

import re

from simcore.formats.dialect import Dialect

PERF_SCRIPT = Dialect(
    name="perf script",
    task=re.compile(
        r"(?:(?P<process>\d{1,10})/|-1/|\s|^)-?\d{1,10}\s+\[(?P<cpu>\d{1,10})$", re.ASCII
    ),
    event=re.compile(r"\s*[\w-]+:(\w+)", re.ASCII),
    line=re.compile(r"(?:-?\d{1,10}/)?-?\d{1,10}\s+\[\d+\]\s+\d+\.\d+:\s+[\w-]+:(\w+):", re.ASCII),
    advice="print the recording with perf script -F comm,pid,tid,cpu,time,event,trace",
)
"""`perf script` text."""
