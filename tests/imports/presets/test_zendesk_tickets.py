"""``--as zendesk-tickets``, on files with the headers of the export."""

import csv
from pathlib import Path

import pytest

from tests.imports.made import Made, make_as

_HEADER = (
    "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,"
    "Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Assigned at,Organization,"
    "Due date,Initially assigned at,Solved at,Resolution time,Satisfaction Score,Group stations,Assignee stations,"
    "Reopens,Replies,First reply time in minutes,First resolution time in minutes"
)


def _made(tmp_path: Path, *rows: dict[str, object]) -> Made:
    path = tmp_path / "tickets.csv"
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, _HEADER.split(","), restval="")
        writer.writeheader()
        writer.writerows(rows)
    made = make_as(path, "zendesk-tickets")
    made.interactions()
    return made


def _ticket(**fields: object) -> dict[str, object]:
    ticket: dict[str, object] = {"Id": 35436, "Requester external id": "c-7", "Requester email": "a@b.c"}
    ticket |= {"Created at": "2024-05-03 10:15", "Status": "Solved", "Via": "Mail", "Ticket type": "Problem"}
    return {**ticket, "First reply time in minutes": 12, "Satisfaction Score": "Offered", **fields}


def test_a_ticket_is_a_support_contact(tmp_path: Path) -> None:
    assert _made(tmp_path, _ticket(**{"Satisfaction Score": "Good"})).events == [
        {
            "type": "support_contact",
            "event_id": "contact-35436",
            "customer_id": "c-7",
            "occurred_at": "2024-05-03T10:15:00Z",
            "channel": "email",
            "topic": "Problem",
            "resolved": True,
            "wait_seconds": 720,
            "satisfaction": 5,
        }
    ]


@pytest.mark.parametrize(
    ("column", "value", "field", "expected"),
    [
        ("Satisfaction Score", "Bad", "satisfaction", 1),
        ("Satisfaction Score", "Not Offered", "satisfaction", None),
        ("Via", "Phone call (inbound)", "channel", "phone"),
        ("Via", "Native messaging", "channel", "chat"),
        ("Via", "Web form", "channel", "other"),
        ("Status", "Open", "resolved", False),
        ("Status", "Deleted", "resolved", None),
        ("First reply time in minutes", "", "wait_seconds", None),
    ],
)
def test_words_of_the_export_are_words_of_the_contract(
    tmp_path: Path, column: str, value: str, field: str, expected: object
) -> None:
    assert _made(tmp_path, _ticket(**{column: value})).events[0].get(field) == expected


def test_a_requester_without_an_external_id_is_named_by_the_address(tmp_path: Path) -> None:
    made = _made(tmp_path, _ticket(**{"Requester external id": ""}))
    assert made.events[0]["customer_id"].startswith("email-")


def test_a_ticket_that_stands_there_twice_is_one_contact(tmp_path: Path) -> None:
    assert len(_made(tmp_path, _ticket(), _ticket()).events) == 1
