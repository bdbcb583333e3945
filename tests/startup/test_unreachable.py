"""Whatever needs a server that does not answer ends with the exit code that says so."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.stack import LocalPipeline

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("refused"), pytest.mark.takes(5)]


def test_every_command_says_with_exit_code_3_that_the_broker_does_not_answer(pipeline: LocalPipeline) -> None:
    commands = [["intake"], ["worker"], ["learner"], ["sink"], ["notifier"], ["topics"], ["check"]]
    codes = _exit_codes(pipeline, commands, {"STAYLINE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert codes == [3] * len(commands)


def test_every_command_says_with_exit_code_3_that_the_database_does_not_answer(pipeline: LocalPipeline) -> None:
    commands = [["migrate"], ["customer", "ann"], ["sink"], ["dead-letters", "list"], ["check"]]
    codes = _exit_codes(pipeline, commands, {"STAYLINE_CLICKHOUSE__URL": "http://127.0.0.1:1"})
    assert codes == [3] * len(commands)


def _exit_codes(pipeline: LocalPipeline, commands: list[list[str]], variables: dict[str, str]) -> list[int]:
    with ThreadPoolExecutor(len(commands)) as threads:
        ended = threads.map(lambda words: pipeline.run(*words, check=False, variables=variables), commands)
        return [one.returncode for one in ended]
