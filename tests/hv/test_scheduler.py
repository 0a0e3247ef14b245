"""Run queues: round robin a hart, shortest queue first, and no vCPU in two of them."""

from hypothesis import given
from hypothesis import strategies as st

from simcore.hv.domain import VcpuKey
from simcore.hv.scheduler import RunQueues
from simcore.hw.ids import DomainId, HartId

HARTS = (HartId(0), HartId(1), HartId(65))


def vcpu(index: int) -> VcpuKey:
    return DomainId(0), index


def queues_with(placed: int) -> RunQueues:
    queues = RunQueues(HARTS)
    for index in range(placed):
        queues.place(vcpu(index))
    return queues


def test_harts_take_turns_in_order() -> None:
    queues = RunQueues(HARTS)
    assert [queues.next_turn() for _ in range(4)] == [0, 1, 65, 0]


def test_vcpu_goes_to_the_shortest_queue_and_ties_to_the_first_hart() -> None:
    queues = RunQueues(HARTS)
    assert [queues.place(vcpu(index)) for index in range(5)] == [0, 1, 65, 0, 1]


def test_queue_goes_round_in_the_order_of_placing() -> None:
    queues = queues_with(7)
    assert [queues.rotate(HartId(0)) for _ in range(4)] == [vcpu(0), vcpu(3), vcpu(6), vcpu(0)]


def test_empty_queue_has_nobody() -> None:
    assert RunQueues(HARTS).rotate(HartId(1)) is None


def test_moved_vcpu_leaves_its_queue_and_is_next_where_it_goes() -> None:
    queues = queues_with(6)
    queues.move(vcpu(0), HartId(1))
    assert queues.home(vcpu(0)) == 1
    assert [queues.rotate(HartId(1)) for _ in range(3)] == [vcpu(0), vcpu(1), vcpu(4)]
    assert [queues.rotate(HartId(0)) for _ in range(2)] == [vcpu(3), vcpu(3)]


def test_removed_vcpu_is_in_no_queue_and_removing_it_again_does_nothing() -> None:
    queues = queues_with(3)
    queues.remove(vcpu(1))
    queues.remove(vcpu(1))
    assert queues.home(vcpu(1)) is None
    assert queues.rotate(HartId(1)) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("place", "move", "remove", "rotate")),
            st.integers(0, 5),
            st.sampled_from(HARTS),
        ),
        max_size=60,
    )
)
def test_every_vcpu_is_in_exactly_the_queue_that_is_its_home(
    history: list[tuple[str, int, HartId]],
) -> None:
    queues = RunQueues(HARTS)
    for what, index, hart in history:
        if what == "place":
            queues.place(vcpu(index))
        elif what == "move":
            queues.move(vcpu(index), hart)
        elif what == "remove":
            queues.remove(vcpu(index))
        else:
            queues.rotate(hart)
        queued: list[tuple[HartId, tuple[VcpuKey, ...]]] = list(queues.key()[1:])  # type: ignore[arg-type]
        for number in range(6):
            holding = [h for h, keys in queued for key in keys if key == vcpu(number)]
            home = queues.home(vcpu(number))
            assert holding == ([] if home is None else [home])
