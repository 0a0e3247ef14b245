"""What a reader of scheduler tracepoints yields, whatever tool printed them.

A `SchedRecord` for each line with `sched_switch`, `sched_migrate_task` or `sched_process_exit`, and
a `Tally` of all lines that gave none. Source of the fields: Linux include/trace/events/sched.h.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

UNKNOWN = -1
"""A process id that the line does not tell, or the vCPU number of a thread not named as one."""

NOT_AN_EVENT = "not an event line"
INCOMPLETE = "incomplete "
UNKNOWN_PROCESS = "vCPU thread of unknown process"


class Place(NamedTuple):
    """The columns before an event: on which CPU, and which process was on it.

    That is the process of `prev_thread` of a switch and of the thread that exits. The process of
    `next_thread` is on no line.
    """

    cpu: int
    process: int


class SchedSwitch(NamedTuple):
    """`sched_switch`: on this CPU one thread stopped (prev) and another started (next).

    The vCPU numbers are those in the threads' names. `prev_dead`: the thread left for good (state X
    or Z), so its id may be given out again.
    """

    prev_thread: int
    prev_vcpu: int
    prev_dead: bool
    next_thread: int
    next_vcpu: int


class SchedMigrate(NamedTuple):
    """`sched_migrate_task`: a thread shall run on another CPU.

    The columns of the line belong to the task that caused the move, not to this thread.
    """

    thread: int
    vcpu: int


class SchedExit(NamedTuple):
    """`sched_process_exit`: a thread ends; `group_dead` when it was the last of its process."""

    thread: int
    vcpu: int
    group_dead: bool


SchedEvent = SchedSwitch | SchedMigrate | SchedExit
SchedRecord = tuple[int, Place, SchedEvent]
"""One line: when (ns on the recording's own clock), where, and what happened.

A plain tuple, for it is made once a line; places and events are shared between lines.
"""


@dataclass(slots=True)
class Tally:
    """How many lines were read, and the reasons why some were of no use.

    A line that was understood is not counted under a reason, also when nothing follows from it:
    `sched_migrate_task` (the next entry tells where the thread went), the other threads of a
    virtual machine (they tell when it began). What a user wants to see is what was lost and what
    was guessed:

    * not used: "comment", "blank line", "not an event line", "incomplete sched_…",
      "event not used: …", "no virtual machine on the line", "time goes backwards",
      "vCPU thread of unknown process", "events lost by the recorder" (how many, the line tells);
    * an event lost: "vCPU left without entering" (as at the start of most recordings);
    * repaired by a LEAVE that the recording lacks: "vCPU replaced without leaving",
      "vCPU moved without leaving", "vCPU still on a CPU when its VM ended". (That vCPUs are on a
      CPU when the recording ends is no loss and not counted.)

    `cut_short`: the last line made no sense and had no newline.
    """

    lines: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    cut_short: bool = False
