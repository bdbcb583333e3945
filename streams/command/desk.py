"""``stayline desk``: the web page of those who keep customers, and who may use it."""

import sys
from getpass import getpass
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from desk.people.passwords import hash_password
from desk.people.users import Role, User, UsersFile
from desk.web.data.facts import ActionFacts, DeskFacts
from retention.catalogue.playbook import Playbook
from retention.catalogue.sentences import sentences_by_kind
from runtime.service.signals import stop_on_signals
from schemas.errors import UsageError
from streams.command.common import settings_of_process
from streams.playbook_trial import PlaybookOnTrial
from streams.retention_file import load_playbook
from streams.settings import Settings, load_settings

desk = typer.Typer(invoke_without_command=True)
user = typer.Typer(help="Users of the desk.", no_args_is_help=True)
desk.add_typer(user, name="user", help="Users of the desk. For example: `stayline desk user list`")

_ROLE: Final = "agent: own teams; lead: lists and exports, too; admin: all teams."


@desk.callback()
def serve(context: typer.Context) -> None:
    """Serve the web page of those who keep customers: today's queue, customers, and what it brought.

    For example: `STAYLINE_DESK__USERS_FILE=/etc/stayline/users.json stayline desk`
    """
    if context.invoked_subcommand is not None:
        return
    from desk.process import run_desk  # noqa: PLC0415 - no other command waits for the web server

    settings = settings_of_process()
    playbook = load_playbook(settings.retention.playbook) if settings.retention.enabled else None
    run_desk(
        kafka=settings.kafka,
        clickhouse=settings.clickhouse,
        desk=settings.desk,
        observe=settings.observe,
        facts=_facts(settings, playbook),
        application_id=settings.worker.application_id,
        judge=_judge(settings, playbook),
        stop=stop_on_signals(),
    )


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with; it stands in everything that the person writes.")],
    role: Annotated[str, typer.Option(help=_ROLE)] = "agent",
    team: Annotated[list[str] | None, typer.Option(help="A team of the playbook; may be repeated.")] = None,
    password_from_input: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, without asking.")
    ] = False,
    password: Annotated[
        bool, typer.Option("--password/--no-password", help="Without one, the person comes through the proxy.")
    ] = True,
) -> None:
    """Add a user, or replace the one of that name; the password is asked for, and never an argument.

    For example: `stayline desk user add anna --role lead --team care`
    """
    if role not in _ROLES:
        raise UsageError(f"--role is {role!r}; there are {', '.join(_ROLES)}")
    hashed = hash_password(_read_password(asked=not password_from_input)) if password else ""
    _users().put(User(name=name, role=_ROLES[role], teams=tuple(team or ()), password=hashed))
    typer.echo(f"{name}: {role}{' of ' + ', '.join(team) if team else ''}")


@user.command("remove")
def remove_user(name: Annotated[str, typer.Argument(help="Whose sessions end at once.")]) -> None:
    """Remove a user.

    For example: `stayline desk user remove anna`
    """
    _users().remove(name)
    typer.echo(f"{name} is removed")


@user.command("list")
def list_users() -> None:
    """List the users with role, teams and how they sign in.

    For example: `stayline desk user list`
    """
    table = Table("name", "role", "teams", "signs in by")
    for one in _users().all().values():
        table.add_row(one.name, one.role, ", ".join(one.teams), "password" if one.password else "proxy")
    Console().print(table)


_ROLES: Final[dict[str, Role]] = {"agent": "agent", "lead": "lead", "admin": "admin"}


def _facts(settings: Settings, playbook: Playbook | None) -> DeskFacts:
    """Return what the desk says of the playbook; nothing of actions where none are decided."""
    currency, horizon = settings.money.reporting_currency, settings.risk.horizon_days
    if playbook is None:
        return DeskFacts(currency=currency, horizon_days=horizon)
    return DeskFacts(
        currency=currency,
        horizon_days=horizon,
        actions={name: ActionFacts(one.says, one.team, one.channels) for name, one in playbook.actions.items()},
        sentences=sentences_by_kind(playbook),
        policy_version=playbook.version,
        contacts_at_most=playbook.contacts.at_most,
        contacts_within_days=playbook.contacts.within_days,
        snooze_days=playbook.contacts.snooze_days,
        never=playbook.contacts.never,
    )


def _judge(settings: Settings, playbook: Playbook | None) -> PlaybookOnTrial | None:
    """Return who checks and evaluates changed playbooks, beside the one in force."""
    if playbook is None:
        return None
    desk = settings.desk
    return PlaybookOnTrial(playbook, settings.clickhouse, desk.trial_decisions, desk.trial_seconds)


def _users() -> UsersFile:
    return UsersFile(load_settings().desk.users_file)


def _read_password(*, asked: bool) -> str:
    if not asked:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise UsageError("the two passwords differ")
    return password
