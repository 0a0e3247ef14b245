"""The data colours can be told apart, also by colour-blind readers, and stand in one file only."""

import json
import math
import re
from itertools import combinations, pairwise

import pytest

from app.paths import resource_folder

STATIC = resource_folder("static")
PALETTE = json.loads((STATIC / "palette.json").read_text())
TOKENS = (STATIC / "css" / "tokens.css").read_text()
ORDINARY = ("light", "dark")
CONTRAST = ("light-contrast", "dark-contrast")
THEMES = (*ORDINARY, *CONTRAST)
_PLAIN, _, _HIGH = TOKENS.partition(':root[data-look="contrast"]')
STATES = ("free", "stale", "flushing", "assigned", "running", "reserved", "violation")

Linear = tuple[float, float, float]
Matrix = tuple[Linear, Linear, Linear]

# Machado, Oliveira, Fernandes 2009, severity 1.0; they act on linear RGB.
SIMULATIONS: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "greyscale": ((0.2126, 0.7152, 0.0722),) * 3,
}


def linear(colour: str) -> Linear:
    """Linear RGB of "#RRGGBB"."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def times(matrix: Matrix, vector: Linear) -> Linear:
    red, green, blue = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return red, green, blue


def clipped(colour: Linear) -> Linear:
    red, green, blue = (min(1.0, max(0.0, part)) for part in colour)
    return red, green, blue


def oklab(colour: Linear) -> Linear:
    """OKLab of a linear RGB colour (Ottosson 2020)."""
    to_lms = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    to_lab = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    long, middle, short = (math.cbrt(part) for part in times(to_lms, colour))
    return times(to_lab, (long, middle, short))


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    weights = SIMULATIONS["greyscale"][0]
    light = [sum(w * p for w, p in zip(weights, linear(c), strict=True)) for c in (one, other)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def token(name: str, theme: str) -> str:
    """The value of a custom property of tokens.css in a theme; high contrast changes some."""
    pattern = rf"--{name}: light-dark\((#[0-9A-F]{{6}}), (#[0-9A-F]{{6}})\);"
    match = re.search(pattern, _HIGH if theme in CONTRAST else _PLAIN) or re.search(pattern, _PLAIN)
    assert match, f"no --{name} in tokens.css"
    return match.group(1 if theme.startswith("light") else 2)


@pytest.mark.parametrize(
    ("theme", "vision", "least"),
    [
        ("light", "normal", 0.168),
        ("light", "protan", 0.149),
        ("light", "deutan", 0.149),
        ("light", "tritan", 0.127),
        ("light", "greyscale", 0.060),
        ("dark", "normal", 0.172),
        ("dark", "protan", 0.154),
        ("dark", "deutan", 0.154),
        ("dark", "tritan", 0.128),
        ("dark", "greyscale", 0.060),
        ("light-contrast", "normal", 0.172),
        ("light-contrast", "protan", 0.154),
        ("light-contrast", "deutan", 0.154),
        ("light-contrast", "tritan", 0.128),
        ("light-contrast", "greyscale", 0.060),
        ("dark-contrast", "normal", 0.172),
        ("dark-contrast", "protan", 0.154),
        ("dark-contrast", "deutan", 0.154),
        ("dark-contrast", "tritan", 0.128),
        ("dark-contrast", "greyscale", 0.060),
    ],
)
def test_states_are_told_apart_by_every_kind_of_vision(
    theme: str, vision: str, least: float
) -> None:
    seen = {
        state: oklab(clipped(times(SIMULATIONS[vision], linear(colour))))
        for state, colour in PALETTE["states"][theme].items()
    }
    assert tuple(seen) == STATES
    closest = min(math.dist(seen[a], seen[b]) for a, b in combinations(seen, 2))
    assert round(closest, 3) >= least - 0.001


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("vision", "least"),
    [
        ("normal", 0.176),
        ("protan", 0.145),
        ("deutan", 0.180),
        ("tritan", 0.140),
        ("greyscale", 0.090),
    ],
)
def test_classes_of_a_difference_are_told_apart_by_every_kind_of_vision(
    theme: str, vision: str, least: float
) -> None:
    seen = {
        name: oklab(clipped(times(SIMULATIONS[vision], linear(colour))))
        for name, colour in PALETTE["difference"][theme].items()
    }
    assert tuple(seen) == ("neither", "a_only", "b_only", "both", "unlike")
    closest = min(math.dist(seen[a], seen[b]) for a, b in combinations(seen, 2))
    assert round(closest, 3) >= least - 0.001


@pytest.mark.parametrize("theme", CONTRAST)
def test_every_class_but_neither_stands_out_in_high_contrast(theme: str) -> None:
    colours = dict(PALETTE["difference"][theme])
    del colours["neither"]
    assert min(contrast(colour, PALETTE["page"][theme]) for colour in colours.values()) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_violation_stands_out_on_the_page_and_beside_free(theme: str) -> None:
    states = PALETTE["states"][theme]
    assert contrast(states["violation"], PALETTE["page"][theme]) >= 3
    assert contrast(states["violation"], states["free"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_style_sheet_has_the_colours_of_the_palette(theme: str) -> None:
    for name in ("page", "ink", "quiet", "rule"):
        assert token(name, theme) == PALETTE[name][theme]
    for state in STATES:
        assert token(f"state-{state}", theme) == PALETTE["states"][theme][state]
    for name, colour in PALETTE["difference"][theme].items():
        assert token(f"difference-{name}", theme) == colour
    for number, colour in enumerate(PALETTE["domains"][theme]):
        assert token(f"hue-{number}", theme) == colour
    assert len(PALETTE["domains"][theme]) == 8
    for number, colour in enumerate(PALETTE["ramp"][theme]):
        assert token(f"ramp-{number}", theme) == colour
    assert len(PALETTE["ramp"][theme]) == 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", ["normal", "protan", "deutan", "tritan"])
def test_ramp_goes_one_way_from_new_to_old_in_even_steps(theme: str, vision: str) -> None:
    ramp = [PALETTE["states"][theme]["free"], *PALETTE["ramp"][theme]]
    seen = [oklab(clipped(times(SIMULATIONS[vision], linear(colour)))) for colour in ramp]
    lightness = [light for light, _, _ in seen]
    assert lightness in (sorted(lightness), sorted(lightness, reverse=True))
    assert min(math.dist(one, other) for one, other in pairwise(seen)) >= 0.05


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "page"),
        ("ink", "raised"),
        ("quiet", "page"),
        ("quiet", "raised"),
        ("accent", "page"),
        ("accent", "raised"),
        ("ink", "accent-soft"),
        ("accent", "accent-soft"),
        ("on-accent", "accent"),
        ("alarm-ink", "page"),
        ("on-violation", "state-violation"),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(theme: str, ink: str, ground: str) -> None:
    assert contrast(token(ink, theme), token(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", CONTRAST)
@pytest.mark.parametrize("ground", ["page", "raised", "accent-soft"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "alarm-ink"])
def test_high_contrast_text_has_that_of_wcag_aaa(theme: str, ink: str, ground: str) -> None:
    assert contrast(token(ink, theme), token(ground, theme)) >= 7


@pytest.mark.parametrize("theme", CONTRAST)
@pytest.mark.parametrize("state", STATES[1:])
def test_high_contrast_states_stand_out_on_the_page(theme: str, state: str) -> None:
    assert contrast(PALETTE["states"][theme][state], PALETTE["page"][theme]) >= 3


@pytest.mark.parametrize("theme", CONTRAST)
def test_high_contrast_lines_are_seen(theme: str) -> None:
    assert contrast(token("rule", theme), token("page", theme)) >= 3
    assert contrast(token("edge", theme), token("page", theme)) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_controls_and_swatches_are_seen(theme: str) -> None:
    assert contrast(token("edge", theme), token("page", theme)) >= 3


def test_no_other_file_names_a_data_colour() -> None:
    """They stand in palette.json, and in tokens.css for the style sheets."""
    colours = {c for theme in THEMES for c in PALETTE["states"][theme].values()}
    colours |= {c for theme in THEMES for c in PALETTE["ramp"][theme]}
    files = [*STATIC.glob("js/**/*.js"), *STATIC.glob("css/*.css")]
    wrong = [
        (file.name, colour)
        for file in files
        if file.name != "tokens.css"
        for colour in colours
        if colour.lower() in file.read_text().lower()
    ]
    assert wrong == []
