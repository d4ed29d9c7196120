"""Download of a file with checksum, timeout and readable errors."""

import contextlib
import hashlib
import http.client
import os
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.core import files
from explorer.core.errors import DataError

Progress = Callable[[int, int | None], None]
CHUNK_BYTES = 1 << 18


def fetch(
    url: str,
    target: Path,
    *,
    sha256_prefix: str | None = None,
    md5: str | None = None,
    progress: Progress | None = None,
    timeout_s: float = 4.0,
) -> Path:
    """Download `url` (http or https) to `target` through a `.part` file beside it; returns `target`.

    Calls `progress(bytes so far, total bytes or None)` after each chunk. Raises DataError if the server does not answer
    within `timeout_s`, the download is incomplete, the checksum differs or the folder is not writable. On failure the
    part is removed and `target` is unchanged.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not an http address: {url}")
    server = urllib.parse.urlsplit(url).netloc
    facts = {"file": target.name, "folder": str(target.parent.resolve()), "server": server}
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")  # unique per download
    response = _open(url, timeout_s, facts)
    try:
        with response:
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = _stream(response, part, hashlib.md5() if md5 else hashlib.sha256(), progress, facts)
        if not digest.startswith(md5 or sha256_prefix or ""):
            raise DataError("errors.download_checksum", **facts)
        files.replace(part, target)
    except OSError as error:
        raise DataError("errors.download_unwritable", **facts) from error
    finally:
        with contextlib.suppress(OSError):  # no part exists if the folder could not be created
            part.unlink()
    return target


def _open(url: str, timeout_s: float, facts: dict[str, str]) -> http.client.HTTPResponse:
    """Open `url` in a thread, because DNS lookup has no timeout."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(urllib.request.urlopen(url, timeout=timeout_s))
        except (OSError, http.client.HTTPException) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty as error:
        raise DataError("errors.download_unreachable", **facts) from error
    if isinstance(answer, urllib.error.HTTPError):
        answer.close()
        raise DataError("errors.download_refused", status=answer.code, **facts) from answer
    if isinstance(answer, Exception):
        raise DataError("errors.download_unreachable", **facts) from answer
    return answer  # type: ignore[no-any-return]


def _stream(
    response: http.client.HTTPResponse, part: Path, digest: Any, progress: Progress | None, facts: dict[str, str]
) -> str:
    length = response.headers.get("Content-Length")
    total = int(length) if length and length.isdigit() else None
    done = 0
    with part.open("wb") as file:
        while chunk := _read(response, facts):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and done != total:
        raise DataError("errors.download_short", **facts)
    return str(digest.hexdigest())


def _read(response: http.client.HTTPResponse, facts: dict[str, str]) -> bytes:
    try:
        return response.read(CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise DataError("errors.download_short", **facts) from error
