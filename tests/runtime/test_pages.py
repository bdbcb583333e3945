"""Text and templates that pages share."""

import re
from importlib.resources import files

import pytest

from runtime.pages.plots import COLOURS
from runtime.pages.templates import page_template
from runtime.pages.text import calibration_verdict, chance, ranking_verdict

PAGES = [("sinks", "report"), ("streams.backtest", "report")]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (0.02, "Risks can be taken at their word"),
        (0.021, "Risks are roughly right"),
        (0.05, "Risks are roughly right"),
        (0.051, "Use the risks to rank customers"),
    ],
)
def test_the_calibration_error_decides_the_verdict(error: float, verdict: str) -> None:
    assert calibration_verdict(error).startswith(verdict)
    assert f"differ by {100 * error:.1f} percentage points" in calibration_verdict(error)


def test_a_remark_stands_beside_chance() -> None:
    assert ranking_verdict(0.9, "; the rule: 80.0%").endswith("in 90.0% of cases (50% is chance; the rule: 80.0%).")


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "<1%"), (0.005, "<1%"), (0.5, "50%"), (0.995, ">99%"), (1.0, ">99%"), (None, "\N{EN DASH}")],
)
def test_no_probability_is_shown_as_certain(probability: float | None, shown: str) -> None:
    assert chance(probability) == shown


def test_every_colour_of_a_plot_is_in_the_style_sheet() -> None:
    sheet = files("runtime.pages").joinpath("style.css").read_text("utf-8")
    assert set(COLOURS) <= set(re.findall(r"--(\w+):", sheet))


@pytest.mark.parametrize(("package", "folder"), PAGES)
def test_a_page_has_no_style_of_its_own(package: str, folder: str) -> None:
    page_template(package, folder)
    text = files(package).joinpath(folder, "page.html.j2").read_text("utf-8")
    assert '{% extends "base.html.j2" %}' in text
    assert re.findall(r"<style|style=", text) == []
