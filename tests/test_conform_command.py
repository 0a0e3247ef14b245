"""`vmidscope conform`: what it prints, what it returns, what it makes of files that are none."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.conform import conform
from app.vector_files import VectorFileError, replay_file

VECTORS = Path(__file__).parent / "data" / "vectors"
SHARED = Path(__file__).parents[2] / "shared" / "vectors"
OPTION_OFF = VECTORS / "xen_riscv_hart_gen" / "optoff_c2_a.jsonl"
PING_PONG = VECTORS / "linux_kvm_riscv" / "vl1_c2_pingpong_a.jsonl"
SPIKE = VECTORS / "hardware" / "hgatp_spike_rv64_sv39_HS.json"

ALL_COPIES = """\
file                                                  operations  mismatches    aliases
hardware/gstage_spike_rv64.json                               94           0          -
hardware/hgatp_qemu11_rv32_sv32_HS.json                       20           0          -
hardware/hgatp_qemu11_rv64_sv39_HS.json                       49           0          -
hardware/hgatp_qemu72_rv32_sv32_HS.json                       20           0          -
hardware/hgatp_qemu72_rv64_sv57_HS.json                       51           0          -
hardware/hgatp_spike_rv32_sv32_HS.json                        20           0          -
hardware/hgatp_spike_rv64_bare_HS.json                        50           0          -
hardware/hgatp_spike_rv64_sv39_HS.json                        50           0          -
hardware/hgatp_spike_rv64_sv57_HS.json                        51           0          -
hardware/traps_qemu72_rv32.json                              135           0          -
hardware/traps_spike_rv64.json                               135           0          -
linux_kvm_arm64/vl1_c2_undersized_a.jsonl                    250           0        0/0
linux_kvm_arm64/vl2_c2_a.jsonl                               601           0        0/0
linux_kvm_riscv/vl0_c2_a.jsonl                               301           0        0/0
linux_kvm_riscv/vl1_c2_pingpong_a.jsonl                      301           0        0/0
linux_kvm_riscv/vl2_c8_disabled_a.jsonl                      300           0        0/0
linux_riscv_asid/al2_c2_disabled_a.jsonl                     200           0        0/0
linux_riscv_asid/al3_c2_a.jsonl                              430           0        0/0
sbi_rfence_batching/rv32_a.jsonl                              80           0          -
sbi_rfence_batching/rv64_a.jsonl                              80           0          -
xen_arm_bitmap/vl0_c1_a.jsonl                                201           0        0/0
xen_arm_bitmap/vl3_c2_a.jsonl                                600           0        0/0
xen_riscv_hart_gen/hetero_c4_a.jsonl                         350           0      46/46
xen_riscv_hart_gen/optoff_c2_a.jsonl                         200           0      70/70
xen_riscv_hart_gen/overrun_vl3_c2_a.jsonl                    261           0      32/32
xen_riscv_v2_intended/scaled_f2_vl2_a.jsonl                  300           0      31/31
xen_riscv_v2_intended/scaled_f3_vl3_nullmask_a.jsonl         500           0        0/0
xen_riscv_v2_posted/rv64_f14_vl0_trunc_a.jsonl               250           0    125/125
xen_riscv_v2_posted/scaled_f2_vl2_a.jsonl                    300           0      31/31
xen_x86_asid/n0_c2_a.jsonl                                   200           0        0/0
xen_x86_asid/n2_c1_many_a.jsonl                              400           0        0/0
xen_x86_asid/overrun_n3_c2_a.jsonl                           220           0        0/0
in all, 32 files                                            7000           0    335/335
"""


def run(*paths: Path) -> tuple[int, str]:
    """The command's exit status and output."""
    out = StringIO()
    status = conform(paths, out)
    return status, out.getvalue()


def changed(source: Path, target: Path, line: int, old: str, new: str) -> Path:
    """A copy of a vector file with one change in one line (counted from 1)."""
    lines = source.read_text().splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    target.write_text("".join(lines))
    return target


def test_a_folder_of_right_vectors_is_a_table_and_status_0() -> None:
    assert run(VECTORS) == (0, ALL_COPIES)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full vector set is not beside the checkout")
def test_the_full_vector_set_has_no_mismatch_and_every_file_is_replayed() -> None:
    status, output = run(SHARED)
    assert status == 0
    assert output.splitlines()[-1].split() == [
        *("in", "all,", "85", "files", "30951", "0", "1226/1226")
    ]
    assert "not replayed" not in output


def test_files_are_named_as_given_and_replayed_once() -> None:
    status, output = run(SPIKE, OPTION_OFF, SPIKE)
    assert status == 0
    assert [line.split() for line in output.splitlines()[1:]] == [
        [str(SPIKE), "50", "0", "-"],
        [str(OPTION_OFF), "200", "0", "70/70"],
        ["in", "all,", "2", "files", "250", "0", "70/70"],
    ]


def test_a_corrupted_copy_reports_its_first_difference_and_status_1(tmp_path: Path) -> None:
    changed(PING_PONG, tmp_path / "a.jsonl", 136, '"vmid_hw":1', '"vmid_hw":0')
    changed(OPTION_OFF, tmp_path / "b.jsonl", 3, '"used":false', '"used":true')
    shutil.copy(SPIKE, tmp_path / "c.json")
    assert run(tmp_path) == (
        1,
        """\
file             operations  mismatches    aliases
a.jsonl                 301           1        0/0
b.jsonl                 200           1      70/70
c.json                   50           0          -
in all, 3 files         551           2      70/70
first difference in a.jsonl: operation 134, field ev[3].vmid_hw: expected 0, found 1
first difference in b.jsonl: operation 1, field used: expected true, found false
""",
    )


def test_a_field_the_model_lacks_is_a_difference_in_words(tmp_path: Path) -> None:
    path = changed(OPTION_OFF, tmp_path / "x.jsonl", 2, '"r":{}', '"r":{"used":[null]}')
    status, output = run(path)
    assert status == 1
    assert output.endswith(
        f"first difference in {path}: operation 0, field used: expected [null], found nothing\n"
    )


def test_a_wrong_alias_has_its_own_sentence_and_status_1(tmp_path: Path) -> None:
    alias = next(line for line in OPTION_OFF.read_text().splitlines() if '"alias":' in line)
    number = OPTION_OFF.read_text().splitlines().index(alias) + 1
    owner = json.loads(alias)["r"]["alias"]
    changed(OPTION_OFF, tmp_path / "x.jsonl", number, f'"alias":[{owner[0]}', '"alias":[99')
    status, output = run(tmp_path)
    assert status == 1
    assert output.splitlines()[1].split() == ["x.jsonl", "200", "0", "70/70"]
    assert output.splitlines()[-1] == (
        f"first alias difference in x.jsonl: operation {number - 2}, field alias[0]: "
        f"expected 99, found {owner[0]}"
    )


def test_a_kind_without_replay_is_counted_and_never_a_pass(tmp_path: Path) -> None:
    (tmp_path / "n0.jsonl").write_text('{"allocator":"xen_x86_vpid","ops":0}\n')
    (tmp_path / "odd.jsonl").write_text('{"allocator":"a\\nb","ops":0}\n')
    assert run(tmp_path) == (
        2,
        f"""\
file             operations  mismatches    aliases
n0.jsonl         not replayed: xen_x86_vpid
odd.jsonl        not replayed: "a\\nb"
in all, 0 files           0           0          -
not replayed: "a\\nb" (1 file)
not replayed: xen_x86_vpid (1 file)
nothing was replayed: {tmp_path} has no vector file that can be
""",
    )
    shutil.copy(SPIKE, tmp_path)
    assert run(tmp_path)[0] == 0


def test_an_unreadable_file_is_one_line_and_the_others_are_replayed(tmp_path: Path) -> None:
    shutil.copy(SPIKE, tmp_path / "good.json")
    (tmp_path / "bad.jsonl").write_bytes(b"\x00\x01")
    assert run(tmp_path) == (
        2,
        """\
file             operations  mismatches    aliases
bad.jsonl        unreadable: line 1: no JSON at column 1: expecting value
good.json                50           0          -
in all, 1 file           50           0          -
unreadable: 1 file
""",
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("empty.jsonl", b"", "line 1: the file is empty; allowed is a header and operations"),
        ("empty.json", b" \n", "line 1: the file is empty"),
        ("binary.jsonl", b"\x7fELF\xff\xfe\n", "line 1: byte 5 is not UTF-8; allowed is JSON text"),
        ("binary.json", b"\x93\x00", "line 1: byte 1 is not UTF-8"),
        ("list.jsonl", b"[1]\n", "line 1: a JSON array; allowed is an object"),
        ("number.json", b"1\n", "line 1: a JSON number; allowed is an object"),
        ("nan.json", b'{"a":\nNaN}', "line 1: no JSON: NaN is no number of JSON"),
        ("cut.json", b'{"impl":"spike",\n"writes":[', "line 2: no JSON at column 11"),
        ("deep.json", b"[" * 100_000, "line 1: no JSON: maximum recursion depth exceeded"),
        ("digits.json", b"9" * 5000, "line 1: no JSON: Exceeds the limit"),
        ("other.json", b'{"name":"x"}', "line 1: allocator is None; allowed is a scheme's name"),
        (
            "hgatp.json",
            b'{"impl":"spike","xlen":64,"modes":[8],"vmidlen":3,"writes":[{"read":1}]}',
            "line 1: writes[0]: read is 1; allowed is a hexadecimal string with 0x",
        ),
        (
            "two.jsonl",
            b'{"impl":"spike","writes":[]}\n{}\n',
            "line 2: hgatp samples are one object; this is a second",
        ),
        (
            "short.jsonl",
            b'{"allocator":"sbi_rfence_batching","xlen":64,"ops":3}\n\n',
            "line 2: ops is 3, but 0 operations follow",
        ),
    ],
)
def test_a_malformed_file_is_one_line_with_its_place(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    status, output = run(tmp_path / name)
    assert status == 2
    row = output.splitlines()[1]
    assert row.startswith(str(tmp_path / name))
    assert f"  unreadable: {problem}" in row


def test_a_truncated_file_names_the_line_where_it_ends(tmp_path: Path) -> None:
    content = PING_PONG.read_bytes()
    whole_lines = content.splitlines(keepends=True)
    (tmp_path / "lines.jsonl").write_bytes(b"".join(whole_lines[:100]))
    (tmp_path / "bytes.jsonl").write_bytes(b"".join(whole_lines[:100]) + whole_lines[100][:20])
    status, output = run(tmp_path)
    assert status == 2
    rows = [line for line in output.splitlines() if ": line" in line]
    assert rows[0].startswith("bytes.jsonl      unreadable: line 101: no JSON at column 14")
    assert rows[1:] == [
        "lines.jsonl      unreadable: line 100: ops is 301, but 99 operations follow"
    ]


def test_a_wrong_field_names_the_line_of_its_operation(tmp_path: Path) -> None:
    path = changed(PING_PONG, tmp_path / "x.jsonl", 4, '"cpu":1', '"cpu":2')
    status, output = run(path)
    assert status == 2
    assert "x.jsonl  unreadable: line 4: cpu is 2; allowed is 0 to 1\n" in output


def test_a_long_problem_is_cut(tmp_path: Path) -> None:
    path = changed(OPTION_OFF, tmp_path / "x.jsonl", 3, '"op":"', '"op":"' + "x" * 10_000)
    with pytest.raises(VectorFileError) as caught:
        replay_file(path)
    assert len(str(caught.value)) == len("line 3: ") + 303


def test_a_path_that_does_not_exist_and_an_empty_folder_are_status_2(tmp_path: Path) -> None:
    missing = tmp_path / "missing.jsonl"
    status, output = run(missing)
    assert status == 2
    assert output.splitlines()[1] == f"{missing}  unreadable: no such file or directory"
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "folder.json").mkdir()
    status, output = run(empty)
    assert status == 2
    assert (
        output.splitlines()[-1] == f"nothing was replayed: {empty} has no vector file that can be"
    )
    assert run(empty, SPIKE)[0] == 0


def test_file_names_stay_on_their_line(tmp_path: Path) -> None:
    shutil.copy(SPIKE, tmp_path / "a\nb.json")
    status, output = run(tmp_path)
    assert status == 0
    assert output.splitlines()[1].startswith(r"a\nb.json ")


def test_the_command_line_passes_output_and_status_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", str(VECTORS)]) == 0
    assert capsys.readouterr() == (ALL_COPIES, "")
    path = changed(OPTION_OFF, tmp_path / "x.jsonl", 3, '"used":false', '"used":true')
    assert main(["conform", str(path)]) == 1
    assert main(["conform", str(tmp_path / "nowhere")]) == 2


COPIES = [path.read_bytes() for path in sorted(VECTORS.rglob("*.jsonl"))]
VALUES = [None, True, -1, 0, 1, 2**64, 1.5, "", "x", [], {}, [-1], {"k": 1}]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_replayed_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = data.draw(st.sampled_from(COPIES), "file").splitlines()
    index = data.draw(st.integers(0, min(60, len(lines) - 1)), "line")
    record = json.loads(lines[index])
    place = record
    if index == 0 and "config" in record and data.draw(st.booleans(), "config"):
        place = record["config"]
    field = data.draw(st.sampled_from(sorted(place)), "field")
    if data.draw(st.booleans(), "delete"):
        del place[field]
    else:
        place[field] = data.draw(st.sampled_from(VALUES), "value")
    lines[index] = json.dumps(record).encode()
    path = tmp_path_factory.mktemp("damaged") / "x.jsonl"
    path.write_bytes(b"\n".join(lines))
    status, output = run(path)
    assert status in (0, 1, 2)
    assert output.isascii()
