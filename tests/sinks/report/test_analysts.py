"""The questions of docs/analysts.md: every query runs, and answers what the page prints below it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.events.interaction import Interaction, Item, encode_interaction
from schemas.pages.page import encode_lines
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.clickhouse.snapshots import refresh_snapshots
from sinks.load.insert import insert
from tests.sinks.answers import GUIDE, Question, answered, questions
from tests.sinks.records import contact, purchase, returned
from tests.sinks.running import new_database
from tests.sinks.shop import play, put

QUESTIONS = questions(GUIDE.read_text("utf-8"))
FREE = purchase("e1", amount=Decimal(0), items=(Item("gift", 1, Decimal(0), Decimal(0)),))
HOW = "what Stayline says has changed: write the answers anew by python -m tests.sinks.answers"


@pytest.fixture(scope="module")
def shop(clickhouse: ClickHouse) -> Iterator[Client]:
    """A database with all that happened in the simulated shop."""
    database = new_database(clickhouse)
    with open_client(database) as client:
        put(client, database, play())
        yield client


def cells(table: str) -> list[str]:
    return list(chain.from_iterable(line.strip("|").split("|") for line in table.splitlines()))


def near(cell: str) -> object:
    """A number as it may come out on another processor: the model's last digits differ between them."""
    try:
        return pytest.approx(float(cell), rel=0.01, abs=0.011)
    except ValueError:
        return cell


def as_number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_there_are_as_many_questions_as_queries() -> None:
    assert len(QUESTIONS) == GUIDE.read_text("utf-8").count("```sql") >= 25


@pytest.mark.servers
@pytest.mark.parametrize("question", QUESTIONS, ids=[question.title for question in QUESTIONS])
def test_a_question_is_answered_as_the_page_says(shop: Client, question: Question) -> None:
    assert question.answer is not None, HOW
    answer = answered(shop, question.query)
    assert len(answer.splitlines()) > 2, "nobody learns anything from an empty answer"
    assert [as_number(cell) for cell in cells(answer)] == [near(cell) for cell in cells(question.answer)], HOW


@pytest.mark.servers
@pytest.mark.parametrize(
    "history",
    [[], [purchase("e1")], [FREE], [returned("e1")], [contact("e1")]],
    ids=["nothing", "a first purchase", "a free purchase", "a return alone", "a contact alone"],
)
def test_a_short_history_gives_no_answer_that_is_no_number(
    database: ClickHouseSettings, client: Client, history: Sequence[Interaction]
) -> None:
    insert(client, database, "interactions", encode_lines([encode_interaction(one) for one in history]))
    refresh_snapshots(client)
    cells_of = {question.title: answered(client, question.query).replace(",", " ").split() for question in QUESTIONS}
    assert [title for title, words in cells_of.items() if {"nan", "inf", "-inf"} & set(words)] == []
