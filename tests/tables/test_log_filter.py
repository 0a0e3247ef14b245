"""The filter's text: what each term asks for, and how wrong ones are told."""

import re

import pytest

from app.tables.log_filter import MOST_CHARACTERS, FilterError, Term, parse, written

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  ", ()),
        ("kind:hfence_gvma", (Term("kind", "kind:hfence_gvma", "hfence_gvma"),)),
        ("Type:EXECUTED", (Term("type", "Type:EXECUTED", "executed"),)),
        ('cause:"world switch"', (Term("cause", 'cause:"world switch"', "world switch"),)),
        ("vmid:5", (Term("vmid", "vmid:5", low=5, high=5),)),
        ("vmid:0x100..0x1ff", (Term("vmid", "vmid:0x100..0x1ff", low=256, high=511),)),
        ("cycles>100", (Term("cycles", "cycles>100", low=101, high=MOST),)),
        ("cycles>=100", (Term("cycles", "cycles>=100", low=100, high=MOST),)),
        ("dropped<1", (Term("dropped", "dropped<1", low=0, high=0),)),
        ("dropped<=1", (Term("dropped", "dropped<=1", low=0, high=1),)),
        ("hart<0", (Term("hart", "hart<0", low=0, high=-1),)),
        (
            'Roll "a b"',
            (Term("word", "Roll", "roll"), Term("word", '"a b"', "a b")),
        ),
        ("hart:1 hart:1", (Term("hart", "hart:1", low=1, high=1),)),
        ('"hart:x"', (Term("word", '"hart:x"', "hart:x"),)),
    ],
)  # fmt: skip
def test_term_is_read(text: str, terms: tuple[Term, ...]) -> None:
    assert parse(text).terms == terms


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("size:3", "filter is size:3; size is no key, allowed are type:, kind:, cause:"),
        ("hart:one", "filter is hart:one; allowed is hart:5, hart:0x5, hart:5..9, or hart>5"),
        ("kind:hfence", "filter is kind:hfence; allowed is kind: and one of fence_i, hfence_gvma,"),
        ("scope>vmid", "filter is scope>vmid; allowed is scope: and one of all, vmid, asid"),
        ("redundant:maybe", "allowed is redundant: and one of yes, no, none"),
        ("vmid:", "filter is vmid:; a value is missing"),
        ("vmid:9..5", "filter is vmid:9..5; vmid: goes from 0 to"),
        ("seq:99999999999999999999", "seq: goes from 0 to"),
        ("vmid>1..2", "filter is vmid>1..2; allowed is"),
        ("vmid:-1", "filter is vmid:-1; allowed is"),
        ('cause:"roll', 'a quote that is not closed: "roll'),
        ("x" * (MOST_CHARACTERS + 1), "filter has 501 characters; at most 500"),
        (" ".join(f"hart:{n}" for n in range(25)), "filter has 25 terms; at most 24"),
    ],
)
def test_wrong_term_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(FilterError, match=re.escape(complaint)):
        parse(text)


def test_terms_of_one_key_are_one_part_and_each_word_is_its_own() -> None:
    wanted = parse("hart:1 vmid:2 hart:3 roll over")
    texts = [[term.text for term in part] for part in wanted.parts()]
    assert texts == [["hart:1", "hart:3"], ["vmid:2"], ["roll"], ["over"]]
    assert [term.text for term in wanted.without(wanted.of("hart")).terms] == [
        "vmid:2", "roll", "over",
    ]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), [("a b", 'cause:"a b"'), ("reuse", "cause:reuse")])
def test_written_term_is_read_as_its_value(value: str, text: str) -> None:
    assert written("cause", value) == text
    assert parse(text).terms[0].word == value
