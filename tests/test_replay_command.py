"""`vmidscope replay` as its users call it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli

SHIPPED = Path(__file__).resolve().parents[1] / "app/data/first-start.ftrace.txt.gz"
QUICK = ["--accesses-per-us", "0.01"]


def test_json_is_one_object_with_the_input_and_a_row_a_policy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["replay", str(SHIPPED), "--policy", "kvm-riscv,untagged", "--json", *QUICK]
    assert cli.main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert sorted(answer) == ["input", "not_run", "rows"]
    assert answer["input"]["domains"] == 18
    assert answer["input"]["harts"] == 2
    assert [row["policy"] for row in answer["rows"]] == ["kvm-riscv", "untagged"]
    for row in answer["rows"]:
        assert row["guest_entries"] == 3885
        remote = [kind for kind in row["fences"] if kind.startswith("remote_")]
        assert sum(row["fences"][kind] for kind in remote) == row["remote_fences"]
        assert sorted(row["violations"]) == ["cross-domain", "cross-vcpu", "stale-mapping"]


def test_all_means_every_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(SHIPPED), "--json", *QUICK]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    names = [row["policy"] for row in rows]
    assert names == sorted(names)
    assert {"untagged", "xen-riscv-head", "kvm-riscv"} <= set(names)


def test_tables_show_every_number_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(SHIPPED), "--policy", "xen-riscv-v2-posted", *QUICK]) == 0
    text = capsys.readouterr().out
    assert "18 domains with 39 vCPUs on 2 CPUs" in text
    assert "27 vCPU left without entering" in text
    assert "3,885" in text
    assert "…" not in text


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--policy", "nope"], "policy is 'nope'; allowed: "),
        (["--vmidlen", "15"], "vmidlen is 15; allowed is 0 to 14"),
        (["--platform", "rv32", "--vmidlen", "8"], "vmidlen is 8; allowed is 0 to 7"),
        (["--harts", "1"], "harts is 1; the recording runs on 2 CPUs"),
        (["--harts", "0"], "harts is 0; 1 to 1024 is allowed"),
        (["--platform", "z80"], "platform is 'z80'; allowed: rv64"),
        (["--working-set", "0"], "working_set_pages is 0; 1 to 65536 is allowed"),
        (["--accesses-per-us", "-1"], "accesses_per_us is -1.0; 0 to 1000 is allowed"),
        (["--accesses-per-us", "nan"], "accesses_per_us is nan; 0 to 1000 is allowed"),
        (["--drift", "-1"], "drift is -1.0; 0 to 1000 is allowed"),
        (["--sharing", "2"], "sharing is 2.0; 0 to 1 is allowed"),
        (["--platform", "rv32", "--page-size", "2M"], "page_size is '2M'; platform rv32 has"),
        (["--seed", "-1"], "seed is -1; 0 to"),
    ],
)
def test_bad_options_are_one_line_and_exit_status_2(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", str(SHIPPED), *options]) == 2
    captured = capsys.readouterr()
    assert complaint in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_word_where_a_number_belongs_is_one_line_and_exit_status_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["replay", str(SHIPPED), "--vmidlen", "many"])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def bad_trace(kind: str, folder: Path) -> Path:
    path = folder / f"{kind}.txt"
    text = gzip.decompress(SHIPPED.read_bytes())
    if kind == "binary":
        path.write_bytes(bytes(range(256)) * 16)
    elif kind == "cut-gzip":
        path.write_bytes(SHIPPED.read_bytes()[:20_000])
    elif kind == "cut-text":
        path.write_bytes(text[: text.index(b"next_comm", 50_000) + 4])
    elif kind == "prose":
        path.write_text("Nothing here was ever scheduled.\n" * 20)
    elif kind == "empty":
        path.touch()
    return path


@pytest.mark.parametrize("kind", ["binary", "cut-gzip", "cut-text", "prose", "empty", "missing"])
def test_files_that_are_no_whole_trace_are_one_line_and_exit_status_2(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", str(bad_trace(kind, tmp_path))]) == 2
    captured = capsys.readouterr()
    assert f"{kind}.txt" in captured.err
    assert captured.err.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom app import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'numba', 'fastapi', 'rich'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_recorded_stream_is_played_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "program.txt"
    program.write_text("".join(f" L {page << 12:08x},8\n" for page in (5, 7, 5, 9, 5)))
    arguments = ["replay", str(SHIPPED), "--policy", "kvm-riscv", "--json", *QUICK]
    rows = []
    for more in ([], ["--stream", str(program)], ["--stream", str(program), "--working-set", "2"]):
        assert cli.main([*arguments, *more]) == 0
        answer = json.loads(capsys.readouterr().out)
        rows.append((answer["input"]["guests"], answer["rows"][0]))
    assert "stream" not in rows[0][0]
    told = {"file": "program.txt", "format": "lackey", "lines": 5, "accesses": 5, "pages": 3}
    assert rows[1][0]["stream"] == told
    assert [guests["working_set_pages"] for guests, _ in rows] == [64, 3, 2]
    assert len({row["accesses"] for _, row in rows}) == 1
    hits = [row["tlb_hits"] for _, row in rows]
    assert hits[0] < hits[1] < hits[2] < rows[0][1]["accesses"]


def test_drift_sharing_and_page_size_are_played_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["replay", str(SHIPPED), "--policy", "untagged", "--json", *QUICK]
    misses = []
    for more in (["--page-size", "2M"], [], ["--sharing", "0.5", "--drift", "100"]):
        assert cli.main([*arguments, "--working-set", "500", *more]) == 0
        answer = json.loads(capsys.readouterr().out)
        misses.append(answer["rows"][0]["tlb_misses"])
    guests = answer["input"]["guests"]
    assert (guests["drift"], guests["sharing"], guests["page_size"]) == (100, 0.5, "4K")
    assert misses[0] < misses[1] < misses[2]


def test_stream_file_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(SHIPPED), "--stream", str(SHIPPED)]) == 2
    error = capsys.readouterr().err
    assert "line 1 is" in error
    assert "allowed is the text of valgrind" in error
