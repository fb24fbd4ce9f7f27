"""JetStream's own snapshots: a stream with its messages, numbers and consumers, out and in.

The client library does not speak this part of the protocol (JetStream API, STREAM.SNAPSHOT and
STREAM.RESTORE), so it is spoken here. Numbers of messages survive; the stream's creation does not.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

CHUNK_BYTES = 128 * 2**10
PATIENCE_S = 60.0


class SnapshotError(RuntimeError):
    """The server refused a snapshot, or it broke off."""


async def save(client: Client, stream: str, target: Path) -> dict[str, Any]:
    """Write the stream's snapshot into ``target``; returns its ``config`` and ``state``."""
    chunks: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=chunks.put)
    try:
        head = await _ask(
            client,
            f"$JS.API.STREAM.SNAPSHOT.{stream}",
            {"deliver_subject": inbox, "chunk_size": CHUNK_BYTES},
        )
        with target.open("wb") as out:
            while True:
                chunk = await asyncio.wait_for(chunks.get(), PATIENCE_S)
                if not chunk.data:
                    status = (chunk.headers or {}).get("Status", "")
                    if status and not status.startswith("2"):
                        raise SnapshotError(f"The snapshot of {stream} broke off: {status}.")
                    break
                out.write(chunk.data)
                if chunk.reply:
                    # The server sends on when a chunk has arrived.
                    await client.publish(chunk.reply, b"")
    finally:
        await subscription.unsubscribe()
    return {"config": head["config"], "state": head["state"]}


async def load(client: Client, stream: str, source: Path, head: dict[str, Any]) -> None:
    """Make ``stream`` out of the snapshot in ``source``; it must not exist."""
    answer = await _ask(client, f"$JS.API.STREAM.RESTORE.{stream}", head)
    subject = answer["deliver_subject"]
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            await client.request(subject, chunk, timeout=PATIENCE_S)
    done = json.loads((await client.request(subject, b"", timeout=PATIENCE_S)).data)
    if "error" in done:
        raise SnapshotError(f"{stream} could not be restored: {done['error'].get('description')}.")


async def _ask(client: Client, subject: str, request: dict[str, Any]) -> dict[str, Any]:
    message = await client.request(subject, json.dumps(request).encode(), timeout=PATIENCE_S)
    answer: dict[str, Any] = json.loads(message.data)
    if "error" in answer:
        raise SnapshotError(f"{subject}: {answer['error'].get('description')}.")
    return answer
