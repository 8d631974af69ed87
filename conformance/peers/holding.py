"""How much an object of our own process holds on to."""

import gc
import sys
from types import CodeType, CoroutineType, FrameType, FunctionType, ModuleType

CODE = (type, ModuleType, FunctionType, CodeType, FrameType, CoroutineType)

MACHINERY = frozenset({"_asyncio", "asyncio", "aiohttp", "logging"})
"""Whose objects lead to everything else that runs in this process."""


def held_by(root: object) -> int:
    """Bytes of all that is reached from an object, but code and what runs it."""
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, CODE) or _runs(each):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        waiting.extend(gc.get_referents(each))
    return total


def _runs(each: object) -> bool:
    return type(each).__module__.partition(".")[0] in MACHINERY
