"""Run coroutines side by side and end them for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one fails (its error is raised) or this is cancelled; none is left running."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await end(tasks)


async def end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks until each is over.

    Once is not enough: ``asyncio.wait_for`` of Python 3.11, which the NATS client uses, swallows a
    cancellation that comes at the same moment as its result.
    """
    cancelled = False
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        try:
            await asyncio.wait(left, timeout=0.2)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
