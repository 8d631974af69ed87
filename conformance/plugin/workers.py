"""Under xdist: keeps all our items in one worker, which tells the controller."""

from typing import Any

import pytest

from conformance.plugin import PREFIX

OUTPUT = "conformance"
"""What a worker's output has where the worker played the suite."""

SEED = "conformance_seed"


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Whether this process only hands out tests to workers."""
    return config.pluginmanager.hasplugin("dsession")


def give_seed(node: Any, seed: int) -> None:
    """In the controller: the seed that it told, for the worker that will play."""
    node.workerinput[SEED] = str(seed)


def given(config: pytest.Config) -> dict[str, object]:
    """In a worker: the values that the controller gave; nothing elsewhere."""
    found: dict[str, object] = getattr(config, "workerinput", {})
    return {SEED: found[SEED]} if SEED in found else {}


def pass_on(config: pytest.Config, status: int, lines: tuple[str, ...]) -> None:
    """In a worker: leaves the run's end for the controller."""
    output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]
    output[OUTPUT] = {"status": status, "lines": list(lines)}


def passed_on(node: Any) -> tuple[int, tuple[str, ...]] | None:
    """In the controller: the run's end, if it was this worker that played it."""
    found = getattr(node, "workeroutput", {}).get(OUTPUT)
    return None if found is None else (found["status"], tuple(found["lines"]))


def scheduler(config: pytest.Config, log: Any) -> Any:
    """The user's way of scheduling, but with our items together; None for `each`."""
    from xdist.scheduler import (  # type: ignore[import-untyped] # noqa: PLC0415
        LoadFileScheduling,
        LoadGroupScheduling,
        LoadScopeScheduling,
    )

    class Single(LoadScopeScheduling):  # type: ignore[misc]
        """Every test by itself, as `load` and `worksteal` would have it."""

        def _split_scope(self, nodeid: str) -> str:
            return nodeid

    ways = {
        "load": Single,
        "worksteal": Single,
        "loadscope": LoadScopeScheduling,
        "loadfile": LoadFileScheduling,
        "loadgroup": LoadGroupScheduling,
    }
    way = ways.get(config.getoption("dist"))
    if way is None:
        return None

    class Together(way):  # type: ignore[misc, valid-type]
        """The suite is one scope: it has one account and one clock."""

        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(f"{PREFIX}/"):
                return PREFIX
            return str(super()._split_scope(nodeid))

    return Together(config, log)
