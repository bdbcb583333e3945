"""Secrets come from files or the environment, and are printed nowhere."""

from pathlib import Path

import pytest

from schemas.errors import UsageError
from streams.settings import load_settings, setting_rows

SECRET = "tulip 4711"
SASL = {"STAYLINE_KAFKA__SECURITY": "SASL_SSL", "STAYLINE_KAFKA__USER": "ann"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Without a file of settings."""
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def set_all(environment: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)


@pytest.mark.parametrize("section", ["kafka", "clickhouse"])
def test_a_password_may_lie_in_a_file_whose_last_line_ends(
    environment: pytest.MonkeyPatch, tmp_path: Path, section: str
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    set_all(environment, **SASL, **{f"STAYLINE_{section.upper()}__PASSWORD_FILE": str(file)})
    assert getattr(load_settings(), section).password.get_secret_value() == SECRET


def test_the_address_of_a_webhook_may_lie_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "webhook"
    file.write_text("https://hooks.example/T/secret")
    set_all(environment, STAYLINE_NOTIFIER__WEBHOOK_URL_FILE=str(file))
    address = load_settings().notifier.webhook_url
    assert address is not None
    assert address.get_secret_value() == "https://hooks.example/T/secret"


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_of_a_secret_is_wrong_use(environment: pytest.MonkeyPatch, tmp_path: Path, content: str) -> None:
    file = tmp_path / "password"
    file.write_text(content)
    set_all(environment, STAYLINE_CLICKHOUSE__PASSWORD_FILE=str(file))
    with pytest.raises(UsageError, match=r"STAYLINE_CLICKHOUSE__PASSWORD_FILE is .*, which is empty"):
        load_settings()


def test_a_secret_given_twice_is_wrong_use(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET)
    set_all(environment, STAYLINE_CLICKHOUSE__PASSWORD_FILE=str(file), STAYLINE_CLICKHOUSE__PASSWORD=SECRET)
    with pytest.raises(UsageError, match="are both set; set one"):
        load_settings()


def test_a_file_that_is_not_there_is_wrong_use(environment: pytest.MonkeyPatch) -> None:
    set_all(environment, STAYLINE_KAFKA__CA_FILE="/nowhere/ca.pem")
    with pytest.raises(UsageError, match=r"STAYLINE_KAFKA__CA_FILE is '/nowhere/ca\.pem'"):
        load_settings()


def test_a_listing_of_settings_shows_no_secret(environment: pytest.MonkeyPatch) -> None:
    set_all(
        environment,
        **SASL,
        STAYLINE_KAFKA__PASSWORD=SECRET,
        STAYLINE_CLICKHOUSE__PASSWORD=SECRET,
        STAYLINE_NOTIFIER__WEBHOOK_URL=f"https://host/{SECRET}",
        STAYLINE_KAFKA__OPTIONS='{"ssl.key.password": "tulip 4711", "linger.ms": "3"}',
    )
    shown = {name: value for name, value, _ in setting_rows(load_settings())}
    assert SECRET not in str(shown)
    assert shown["STAYLINE_KAFKA__OPTIONS"] == "{'ssl.key.password': '***', 'linger.ms': '3'}"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"STAYLINE_KAFKA__PASSWORD": SECRET, "STAYLINE_KAFKA__SECURITY": "SASL_SSL"}, "a user goes with"),
        ({"STAYLINE_KAFKA__PASSWORD": SECRET, "STAYLINE_KAFKA__USER": "ann"}, "a user goes with"),
        ({"STAYLINE_CLICKHOUSE__URL": f"http://ann:{SECRET}@host"}, "STAYLINE_CLICKHOUSE__URL is ***"),
        ({"STAYLINE_NOTIFIER__WEBHOOK_URL": SECRET}, "STAYLINE_NOTIFIER__WEBHOOK_URL is ***"),
    ],
)
def test_a_wrong_setting_is_told_without_the_secret_in_it(
    environment: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    set_all(environment, **variables)
    with pytest.raises(UsageError) as wrong:
        load_settings()
    assert told in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_certificates_without_encryption_are_wrong_use(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("")
    set_all(environment, STAYLINE_KAFKA__CA_FILE=str(file))
    with pytest.raises(UsageError, match="certificates go with security SSL or SASL_SSL, not with PLAINTEXT"):
        load_settings()
