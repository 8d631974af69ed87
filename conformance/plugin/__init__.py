"""The plugin's door: its options; all else is imported only when it is used."""

from collections.abc import Sequence
from pathlib import Path

import pytest

VALUES = (
    ("gateway-url", "URL", "judge the Gateway that runs there"),
    ("gateway-cmd", "COMMAND", "start instances of this command"),
    ("gateway-key-file", "FILE", "the file with the API key (or GATEWAY_API_KEY)"),
    ("gateway-ca", "FILE", "the certificate authority"),
    (
        "gateway-openapi",
        "FILE|URL",
        "tell where the Gateway's own document differs from ours",
    ),
    (
        "gateway-engine",
        "HOST:PORT",
        "play the Engine here, where the Gateway at the URL has its upstream",
    ),
    (
        "gateway-symbols",
        "SYMBOLS",
        "the symbols that may be traded, separated by commas",
    ),
    (
        "gateway-max-notional",
        "AMOUNT",
        "the most that one order may be worth: quantity times price",
    ),
    ("gateway-allow-platform", "NAME", "trade on this platform"),
    (
        "gateway-fuzz-examples",
        "N",
        "generate so many requests for each operation, and so many sequences (50)",
    ),
    ("strategy-cmd", "COMMAND", "judge this strategy; with --gateway-cmd the pair"),
    ("strategy-profile", "FILE", "what is declared of the strategy, a TOML file"),
    ("conformance-waivers", "FILE", "known failures, a TOML file"),
    (
        "conformance-readiness",
        "STAGE",
        "end by readiness for backtest, paper-one, paper-all, live-small or live-full",
    ),
    (
        "conformance-attestations",
        "FILE",
        "what was stated, and by whom, for the decision, a TOML file",
    ),
    ("conformance-report-dir", "DIR", "where evidence goes (reports)"),
    ("conformance-seed", "N", "makes the run repeatable"),
)
LISTS = (
    (
        "gateway-provider",
        "NAME",
        "with --gateway-cmd: play what stands below these providers only (mock, "
        "tektii, oanda, saxo, alpaca, binance_spot, or all); repeatable",
    ),
    (
        "conformance-requirement",
        "PATTERN",
        "only these requirements, as ORD-42 or 'ORD-*'; repeatable",
    ),
    (
        "conformance-item",
        "N",
        "only requirements of this checklist item, 1 to 9; repeatable",
    ),
    (
        "conformance-session",
        "DIR",
        "a recorded session that the decision is made from too; repeatable",
    ),
    (
        "conformance-run",
        "DIR",
        "an earlier run that the decision is made from too; repeatable",
    ),
)
FLAGS = (
    ("gateway-fuzz", "fuzz REST, the stream and the upstream too"),
    ("conformance-only", "leave the user's own tests out of this run"),
    ("conformance-slow", "play the scripts that take minutes too"),
    ("conformance-plan", "print what would be sent, send nothing"),
)

PREFIX = "gateway-conformance"
"""Where every node id of ours begins: no path of a user's is called so."""

NO_SUBJECT = (
    "no subject is named: --gateway-url URL, --gateway-cmd COMMAND or "
    "--strategy-cmd COMMAND"
)
SUBJECTS = ("gateway_url", "gateway_cmd", "strategy_cmd", "strategy_profile")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every option, each an ini setting too."""
    group = parser.getgroup("conformance", "conformance of a trading Gateway")
    for name, metavar, told in VALUES:
        group.addoption(f"--{name}", metavar=metavar, default=None, help=told)
        parser.addini(name.replace("-", "_"), told, default=None)
    for name, metavar, told in LISTS:
        group.addoption(f"--{name}", metavar=metavar, action="append", help=told)
        parser.addini(name.replace("-", "_"), told, type="args", default=[])
    for name, told in FLAGS:
        group.addoption(f"--{name}", action="store_true", default=None, help=told)
        parser.addini(name.replace("-", "_"), told, type="bool", default=False)


def option_values(config: pytest.Config) -> dict[str, object]:
    """The value of every option: the command line's, else the ini file's."""
    names = [row[0].replace("-", "_") for row in (*VALUES, *LISTS, *FLAGS)]
    found: dict[str, object] = {}
    for name in names:
        given = config.getoption(name)
        found[name] = config.getini(name) if given is None else given
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Begins anew where a path after an option of ours was taken for a test's.

    pytest looks for its rootdir and ini file before it knows the options of plugins:
    of `--gateway-cmd /opt/gateway` it then takes the path for a positional argument.
    """
    given = list(config.invocation_params.args)
    meant = joined(given)
    if meant == given:
        return None
    return pytest.main(meant, plugins=config.invocation_params.plugins)


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments, an option of ours and a path after it joined by "="."""
    options = {f"--{row[0]}" for row in (*VALUES, *LISTS)}
    found: list[str] = []
    for word in arguments:
        if found and found[-1] in options and _is_there(word.split("::")[0]):
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        # Longer than any path: a command, say.
        return False


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker, and brings in the run where a subject is named."""
    config.addinivalue_line("markers", "requirement(id): the requirement checked")
    values = option_values(config)
    if config.option.help or config.option.version:
        return
    if any(values[name] for name in SUBJECTS):
        from conformance.plugin.run import enable  # noqa: PLC0415 - costs when used

        enable(config, values)
    elif values["conformance_only"] or any(map(names_ours, config.args)):
        raise pytest.UsageError(NO_SUBJECT)


def names_ours(argument: str) -> bool:
    """Whether a command line's argument names the suite, or a part of it."""
    first = argument.partition("/")[0]
    return first.partition("::")[0] == PREFIX
