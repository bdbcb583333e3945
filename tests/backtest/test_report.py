import re
from xml.etree import ElementTree as ET

import pytest

from risk.evaluation.decision_schedule import AtPurchases, OnCalendar
from risk.evaluation.results import Results, collect
from schemas.events.interaction import Interaction
from schemas.settings.risk import RiskSettings
from streams.backtest.report import Run, tell, write_page
from streams.backtest.report.figures import gain_of, importance_of, months_of
from tests.risk.histories import play, purchase, shop_history

_RISK = RiskSettings(horizon_days=30, min_examples=200)


def _run(history: list[Interaction], at: str = "monthly") -> tuple[Run, Results]:
    schedule = OnCalendar("month") if at == "monthly" else AtPurchases()
    backtest, scores = play(history, schedule, _RISK)
    return Run.of(backtest, _RISK, at=at, refused={"invalid": 3}), collect(scores, backtest.answer)


@pytest.fixture(scope="module")
def shop() -> tuple[Run, Results]:
    return _run(shop_history())


@pytest.fixture(scope="module")
def page(shop: tuple[Run, Results]) -> str:
    return write_page(*shop)


def test_the_page_loads_nothing_from_anywhere(page: str) -> None:
    fetched = re.findall(r"""<(?:script|link|img|iframe|image)\b|@import|url\((?!#)|(?<!:)\bsrc=""", page)

    assert fetched == []


def test_every_plot_on_the_page_is_a_well_formed_drawing_in_the_pages_colours(page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)

    assert len(drawings) == 7
    assert all(ET.fromstring(drawing).get("viewBox") for drawing in drawings)  # noqa: S314 - our own
    assert all("var(--main)" in drawing for drawing in drawings)
    assert not any("#03" in drawing for drawing in drawings)


def test_the_same_run_gives_the_same_page(shop: tuple[Run, Results], page: str) -> None:
    assert write_page(*shop) == page


def test_page_and_terminal_give_the_same_headline_figures(shop: tuple[Run, Results], page: str) -> None:
    run, results = shop
    quality = results.quality(results.since(run.judged_since))
    assert quality is not None

    for figure in (quality.auc, quality.log_loss, quality.calibration_error):
        assert f'<td class="best">{figure:.4f}</td>' in page
        assert f"{figure:.4f}" in "\n".join(tell(run, results))


def test_ids_of_different_plots_do_not_clash(page: str) -> None:
    clips = re.findall(r'<clipPath id="([^"]+)"', page)

    assert len(clips) == len(set(clips))


@pytest.mark.parametrize("at", ["monthly", "purchases"])
def test_a_history_too_short_to_judge_says_so_instead_of_failing(at: str) -> None:
    run, results = _run([purchase("a", 0), purchase("b", 20)], at)

    assert "Nothing can be judged yet: of the 20 days" in write_page(run, results)
    assert "Nothing can be judged yet" in tell(run, results)[-1]


def test_a_history_whose_last_third_lies_in_a_hole_says_so() -> None:
    daily = [purchase(f"c{number}", day) for day in range(60) for number in range(20)]
    run, results = _run([*daily, *(purchase(f"c{number}", 100) for number in range(20))])

    for text in (write_page(run, results), tell(run, results)[-1]):
        assert "more than a tenth of the 30 days after each of the" in text
        assert "lies in holes of the purchases" in text


def test_an_empty_history_has_a_page_too() -> None:
    assert "Nothing can be judged yet" in write_page(*_run([]))


@pytest.mark.parametrize("returns", [True, False])
def test_a_history_where_all_did_the_same_has_a_page_too(returns: bool) -> None:
    bought = (30, 44, 60) if returns else (30,)
    history = [purchase("c", 0), *(purchase("a", on) for on in bought), purchase("b", 75)]

    page = write_page(*_run(history, "purchases"))

    assert "the rule gave all risks" in page
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_a_name_of_a_file_is_shown_as_text() -> None:
    run, results = _run([purchase("a", 0)])
    named = Run(**{**{name: getattr(run, name) for name in Run.__slots__}, "at": "<b>.csv"})

    assert "&lt;b&gt;.csv" in write_page(named, results)


def test_the_gain_rises_from_nobody_to_everybody(shop: tuple[Run, Results]) -> None:
    _, results = shop
    gain = gain_of(results, results.matured)

    assert gain is not None
    assert (gain.at(0.0), gain.at(1.0)) == (0.0, 1.0)
    assert all(gain.at(share / 10) <= gain.at((share + 1) / 10) for share in range(10))
    assert gain.at(0.5) > 0.5


def test_months_are_told_apart_and_cover_what_matured(shop: tuple[Run, Results]) -> None:
    months = months_of(shop[1])

    assert [month.name for month in months] == sorted({month.name for month in months})
    assert sum(month.model.count for month in months) <= shop[1].matured.sum()


def test_silence_and_rhythm_move_the_risks_of_the_shop(shop: tuple[Run, Results]) -> None:
    importance = importance_of(shop[1], shop[1].matured)

    assert {group for group, effect in importance if effect > 0.01} >= {"silence", "rhythm"}
    assert [effect for _, effect in importance] == sorted((effect for _, effect in importance), reverse=True)
