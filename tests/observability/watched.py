"""The running pipeline with a real Prometheus and a real Alertmanager around it, as deployed but in a hurry."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import yaml

from deploy.demo.play.sources import encode_event
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.prometheus import Alertmanager, Prometheus
from deploy.simulator import shop_events
from desk.people.sessions import COOKIE, DeskSessions
from desk.people.users import User, UsersFile
from sinks.clickhouse.client import open_client
from sinks.clickhouse.snapshots import refresh_snapshots
from tests.deploy.compose import ROOT
from tests.integration.stack import LocalPipeline, local_pipeline
from tests.kit.servers import SharedServers
from tests.kit.waiting import PATIENCE_SECONDS

KINDS: Final = ("intake", "worker", "learner", "sink", "notifier")

_DAYS: Final = 400
_CUSTOMERS: Final = 250


class Webhook:
    """A web server that keeps what Alertmanager sends."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.alerts += body["alerts"]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def told(self, name: str, status: str) -> list[dict[str, Any]]:
        """Return the notifications of an alert."""
        return [alert for alert in self.alerts if alert["labels"]["alertname"] == name and alert["status"] == status]


class Watched:
    """The running pipeline, with everything that a test of it asks."""

    def __init__(
        self, pipeline: LocalPipeline, prometheus: Prometheus, webhook: Webhook, ports: Mapping[str, int]
    ) -> None:
        self.pipeline = pipeline
        self.prometheus = prometheus
        self.webhook = webhook
        self.ports = ports
        self.processes: dict[str, ServerProcess] = {}
        self.began = time.time()

    def start(self, kind: str, **settings: str) -> None:
        """Start a process, and return when it is ready."""
        own = {"OBSERVE__PORT": str(self.ports[kind]), "KAFKA__SESSION_TIMEOUT_SECONDS": "6"}
        process = self.pipeline.start(kind, f"{kind}-1", **own, **settings)
        self.processes[kind] = process
        process.wait_until(partial(answers, f"http://127.0.0.1:{self.ports[kind]}/ready"), PATIENCE_SECONDS)

    def value(self, expression: str) -> float:
        """The sum of what an expression gives; 0 where it gives nothing."""
        return sum(float(series["value"][1]) for series in self.prometheus.query(expression))


@contextmanager
def watched_on(servers: SharedServers, folder: Path) -> Iterator[Watched]:
    """Everything up, a history and live events gone through it, and scraped meanwhile."""
    with ExitStack() as stack:
        pipeline = stack.enter_context(local_pipeline(servers, folder, customer_partitions=3))
        webhook = Webhook()
        Thread(target=webhook.server.serve_forever, daemon=True).start()
        stack.callback(webhook.server.shutdown)
        ports = {kind: reserve_port() for kind in (*KINDS, "audit", "desk")}
        alertmanager = stack.enter_context(Alertmanager(folder, _alertmanager_in_a_hurry(webhook.url)))
        prometheus = stack.enter_context(Prometheus(folder, _prometheus_in_a_hurry(folder, ports, alertmanager)))
        pipeline.environment["STAYLINE_RISK__MODEL_WAIT_SECONDS"] = str(PATIENCE_SECONDS)  # no score is to be unpinned
        pipeline.environment["STAYLINE_RISK__EPOCH_HOURS"] = "96"  # a hundred models, and not 400
        watched = Watched(pipeline, prometheus, webhook, ports)
        for kind in KINDS:
            settings = {"NOTIFIER__ALERTMANAGER_URL": f"http://{alertmanager.address}"} if kind == "notifier" else {}
            watched.start(kind, **settings)
        look = stack.enter_context(_started_desk(watched, folder))
        _play(watched, look)
        yield watched


@contextmanager
def _started_desk(watched: Watched, folder: Path) -> Iterator[Callable[[], object]]:
    """Start the desk with one user, and yield a look at its first page by that user."""
    user = User(name="ann", role="agent", teams=("care",))
    users, port = UsersFile(folder / "users.json"), reserve_port()
    users.put(user)
    secret = "a secret of tests that is long enough"
    watched.start("desk", DESK__USERS_FILE=str(folder / "users.json"), DESK__SECRET=secret, DESK__PORT=str(port))
    session = DeskSessions(users, secret, timedelta(hours=1)).issue(user, datetime.now(UTC))
    cookies = {COOKIE: session}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies=cookies, timeout=PATIENCE_SECONDS) as browser:
        yield lambda: browser.get("/").raise_for_status()


def _play(watched: Watched, look: Callable[[], object]) -> None:
    """A shop's history with its own time, then live events, one in ten of them wrong."""
    now = datetime.now(UTC)
    history = shop_events(seed=1, customers=_CUSTOMERS, start=now - timedelta(days=_DAYS), days=_DAYS)
    published = watched.pipeline.publish(map(encode_event, history), "event")
    arrived = partial(watched.value, "sum(stayline_sink_rows_total{table='interactions'})")
    assert watched.pipeline.wait_until(lambda: arrived() >= published), "the history did not arrive"
    with open_client(watched.pipeline.clickhouse) as client:  # an audit that finds no decision has no share to tell
        decided = partial(client.query, "SELECT action FROM sample_ratio LIMIT 1")
        assert watched.pipeline.wait_until(lambda: decided().row_count > 0), "no decision arrived"
    watched.start("audit")
    for number in range(40):
        watched.pipeline.publish([_contact(number)], "now")
    assert watched.pipeline.wait_until(_all_seen(watched, look)), "the live events were not seen"
    with open_client(watched.pipeline.clickhouse) as client:
        refresh_snapshots(client)


def _all_seen(watched: Watched, look: Callable[[], object]) -> Callable[[], bool]:
    wanted = (
        "stayline_sink_freshness_seconds_count > 1",
        "stayline_worker_score_delay_seconds_count > 1",
        "stayline_intake_refused_total > 0",
        "stayline_learner_examples > 0",
        "stayline_audit_last_success_timestamp_seconds > 0",
        "stayline_worker_model_published_timestamp_seconds > 0",
        "rate(stayline_desk_page_seconds_count[5m]) > 0",
    )

    def seen() -> bool:
        look()
        return all(watched.prometheus.query(expression) for expression in wanted)

    return seen


def _contact(number: int) -> bytes:
    return encode_event(
        {
            "type": "support_contact",
            "event_id": f"live-{number}",
            "customer_id": f"live-{number % 7}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "channel": "pigeon" if number % 10 == 0 else "phone",
        }
    )


def _prometheus_in_a_hurry(folder: Path, ports: Mapping[str, int], alertmanager: Alertmanager) -> dict[str, Any]:
    """The deployed configuration, with this machine's addresses and a second for every minute."""
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text("utf-8"))
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        if rule.get("alert") == "StaylineProcessDown":
            rule["for"] = "1s"
    hurried = folder / "rules.json"
    hurried.write_text(json.dumps(rules), "utf-8")
    configuration: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    jobs = [job for job in configuration["scrape_configs"] if job["job_name"] in ports]
    for job in jobs:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    configuration["scrape_configs"] = jobs
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(hurried)]
    configuration["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager.address]}]}]
    return configuration


def _alertmanager_in_a_hurry(url: str) -> dict[str, Any]:
    """The deployed configuration, telling operators by webhook, at once."""
    configuration: dict[str, Any] = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text("utf-8"))
    configuration["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in configuration["receivers"]:
        if receiver["name"] == configuration["route"]["receiver"]:
            receiver["webhook_configs"] = [{"url": url}]
    return configuration
