"""ftrace text: `comm-tid (tgid) [cpu] flags seconds: event: fields`.

The process (TGID) is there only with the option record-tgid, and dashes where it was not known.
"""

import re

from simcore.formats.dialect import Dialect

FTRACE = Dialect(
    name="ftrace",
    task=re.compile(
        r"-\d{1,10}\s+(?:\((?:\s*(?P<process>\d{1,10})|\s*-+)\)\s+)?\[(?P<cpu>\d{1,10})$", re.ASCII
    ),
    event=re.compile(r"\s*(\w+)", re.ASCII),
    line=re.compile(
        r"-\d{1,10}\s+(?:\([\s\d-]+\)\s+)?\[\d+\]\s+(?:\S+\s+)?\d+\.\d+:\s+(\w+):\s", re.ASCII
    ),
    advice="record with the ftrace option record-tgid",
)
"""ftrace text as /sys/kernel/tracing/trace shows it with the TGID column."""
