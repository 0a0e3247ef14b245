"""Numbers in sentences."""

from simcore.words import counted, vmidlen_words


def test_nouns_follow_their_number() -> None:
    said = [counted(number, "hart") for number in (0, 1, 2, 1024)]
    assert said == ["0 harts", "1 hart", "2 harts", "1,024 harts"]
    assert counted(2, "entry", "entries") == "2 entries"


def test_bits_are_told_hart_by_hart_where_they_differ() -> None:
    assert vmidlen_words((14, 14)) == "14"
    assert vmidlen_words((14, 0)) == "14, 0 (hart by hart)"
