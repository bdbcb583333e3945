"""Targets that take, refuse and fail: the webhook, Alertmanager, the log."""

import logging
from datetime import timedelta

import httpx
import pytest

from schemas.errors import ServerUnreachableError, UsageError
from schemas.records.encode import encode_record
from schemas.settings.processes import NotifierSettings
from sinks.alerts.targets.alertmanager import AlertmanagerTarget
from sinks.alerts.targets.deliver import LogTarget, targets_of
from sinks.alerts.targets.signature import read_secrets, signed_headers
from tests.sinks.alerts.listener import Listener
from tests.sinks.records import NOON, alert, alert_of_decision

CLEARED = alert("c1", state="cleared", changed_at=NOON + timedelta(days=1), segment="let_be")
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_that_of_the_specifications_own_example() -> None:
    headers = signed_headers(read_secrets(KEY), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_changed_both_sign() -> None:
    old, new = KEY, "whsec_" + "B" * 32
    both = signed_headers(read_secrets(f"{old} {new}"), "m", 1, b"{}")["webhook-signature"]
    alone = [signed_headers(read_secrets(one), "m", 1, b"{}")["webhook-signature"] for one in (old, new)]
    assert both.split(" ") == alone


@pytest.mark.parametrize("secret", ["letmein", "whsec_let-me-in", "whsec_" + "A" * 200, f"{KEY} let-me-in"])
def test_a_weak_or_misspelt_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(UsageError, match="openssl rand") as refused:
        read_secrets(secret)
    assert not [word for word in secret.split() if word in str(refused.value)]


def test_what_is_posted_is_signed_as_it_is_sent_with_the_key_as_its_id(listener: Listener) -> None:
    told = alert_of_decision("d1", "c1")
    settings = NotifierSettings(webhook_url=listener.url, webhook_secret=KEY)
    with httpx.Client() as client:
        (target,) = targets_of(settings, client, lambda: 1_614_265_330_999)
        assert target.deliver(told) is None
    (headers,), (body,) = listener.headers, listener.bodies
    expected = signed_headers(read_secrets(KEY), "d1:raised", 1_614_265_330, body)
    assert {name: headers[name] for name in expected} == expected
    assert headers["idempotency-key"] == "d1:raised"
    assert body == encode_record(told)


def test_without_a_secret_nothing_is_signed(listener: Listener) -> None:
    with httpx.Client() as client:
        (target,) = targets_of(NotifierSettings(webhook_url=listener.url), client)
        target.deliver(alert())
    assert not [name for name in listener.headers[0] if name.startswith("webhook-")]


def test_alertmanager_is_told_of_a_decision_with_its_team_until_its_time_is_over(listener: Listener) -> None:
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(alert_of_decision("d1", "c1")) is None
    ((_, (told,)),) = listener.posts
    assert told["labels"] == {
        "alertname": "CustomerDecision",
        "customer_id": "c1",
        "decision_id": "d1",
        "action": "call",
        "team": "service",
        "channel": "phone",
        "severity": "info",
    }
    assert told["annotations"]["summary"].startswith(
        "call for customer c1 by 2026-03-03 12:00 UTC: 100.00 at risk. Second return in three weeks. Bought"
    )
    assert (told["startsAt"], told["endsAt"]) == ("2026-03-01T12:00:00+00:00", "2026-03-03T12:00:00+00:00")


def test_alertmanager_ends_the_very_decision_that_ended(listener: Listener) -> None:
    labels = {"alertname": "CustomerDecision", "decision_id": "d1"}
    listener.holds = [{"labels": labels, "startsAt": "2026-03-01T12:00:00.000Z", "endsAt": "2026-03-03T12:00:00.000Z"}]
    cleared = alert_of_decision("d1", state="cleared", changed_at=NOON + timedelta(hours=1), ended_by="purchase")
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(cleared) is None
    assert listener.asked == [{"filter": ['alertname="CustomerDecision"', 'decision_id="d1"']}]
    ((_, (ended,)),) = listener.posts
    assert (ended["labels"], ended["endsAt"]) == (labels, "2026-03-01T13:00:00+00:00")


def test_alertmanager_is_told_who_is_at_risk_and_why(listener: Listener) -> None:
    with httpx.Client() as client:
        assert AlertmanagerTarget(f"{listener.url}/am/", client).deliver(alert("c1")) is None
    ((path, (told,)),) = listener.posts
    assert path == "/am/api/v2/alerts"
    assert told["labels"] == {
        "alertname": "CustomerAtRisk",
        "customer_id": "c1",
        "segment": "keep_at_all_costs",
        "severity": "critical",
    }
    assert told["annotations"]["summary"].startswith("Customer c1 is likely to leave: risk 80%, 100.00 at risk. Bought")
    assert (told["startsAt"], told["endsAt"]) == ("2026-03-01T12:00:00+00:00", "2027-03-02T12:00:00+00:00")


def test_alertmanager_ends_the_alert_with_the_labels_it_was_raised_with(listener: Listener) -> None:
    labels = {"alertname": "CustomerAtRisk", "customer_id": "c1", "segment": "win_back", "severity": "warning"}
    listener.holds = [{"labels": labels, "startsAt": "2026-03-01T12:00:00.000Z", "endsAt": "2027-03-02T12:00:00.000Z"}]
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(CLEARED) is None
    assert listener.asked == [{"filter": ['alertname="CustomerAtRisk"', 'customer_id="c1"']}]
    ((_, (ended,)),) = listener.posts
    assert (ended["labels"], ended["endsAt"]) == (labels, "2026-03-02T12:00:00+00:00")


def test_alertmanager_is_not_told_of_the_end_of_what_it_does_not_hold(listener: Listener) -> None:
    with httpx.Client() as client:
        assert AlertmanagerTarget(listener.url, client).deliver(CLEARED) is None
    assert listener.posts == []


def test_a_target_without_an_answer_is_unreachable() -> None:
    with httpx.Client() as client, pytest.raises(ServerUnreachableError, match="does not answer"):
        AlertmanagerTarget("http://127.0.0.1:1", client).deliver(alert())


def test_an_address_that_cannot_be_one_is_refused() -> None:
    with httpx.Client() as client, pytest.raises(UsageError, match="cannot be an address"):
        targets_of(NotifierSettings(webhook_url="http://host:port"), client)


def test_without_addresses_alerts_go_to_the_log_without_anything_personal(caplog: pytest.LogCaptureFixture) -> None:
    with httpx.Client() as client, caplog.at_level(logging.INFO):
        (target,) = targets_of(NotifierSettings(), client)
        assert isinstance(target, LogTarget)
        target.deliver(alert("c7"))
    (line,) = caplog.messages
    assert line == "alert c7-1 raised: customer c7, risk 0.800, value at risk 100.00, keep_at_all_costs"


def test_a_decision_goes_to_the_log_with_what_is_to_be_done(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        LogTarget().deliver(alert_of_decision("d1", "c7"))
    assert caplog.messages == [
        "decision d1 raised: customer c7, call by service until 2026-03-03 12:00:00+00:00",
    ]
