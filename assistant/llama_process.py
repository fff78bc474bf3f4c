"""The process in which llama.cpp serves the local model; `local_model.LocalServer` runs this file.

A process of its own, although xllamacpp could serve from ours: in-process it takes over Ctrl-C and
the termination signal for good, a crash of the native code would take the program with it, and its
memory would come back only when the program ends.

It reads one line of JSON, its settings, from standard input; answers with one line of JSON on
standard output, `{"address": …}` or `{"error": …}`; and ends when standard input is closed, so it
can't outlive the program that started it, however that one ends.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

_BATCH = 128  # tokens
_CACHE_MB = 128  # prompts kept when another one takes their place: about 4,500 tokens


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["name"]}
    params.api_keys = [settings["api_key"]]
    params.n_ctx = settings["context"]
    params.n_parallel = settings["parallel"]
    # Left alone, llama.cpp takes 4 threads here, whatever the machine: on 2 cores .8 of the speed.
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    # A prompt is read in batches, and only between two does the server see that nobody waits any
    # more: with 2,048, the default, a closed question could keep it busy for 13 s.
    params.n_batch = params.n_ubatch = _BATCH
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # With `*`, the default, any web page could talk to the server.
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.cache_ram_mib = _CACHE_MB
    params.no_extra_bufts = True  # 600 MB less, and prompts 4 % slower
    params.fit_params = False  # the context is given
    params.warmup = False  # our own prompt warms it better
    params.enable_reasoning = 0  # a thinking model would think for minutes on a laptop
    params.verbosity = 1  # errors
    return xllamacpp.Server(params)


def main() -> int:
    """Serve until standard input ends. Returns the exit status."""
    settings = json.loads(sys.stdin.readline())
    # llama.cpp prints to standard output too; the answer must be alone on it.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        server = _serve(settings)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answer, flush=True)
        return 1
    print(json.dumps({"address": server.listening_address}), file=answer, flush=True)
    sys.stdin.read()
    # The server's own shutdown waits for replies that nobody reads any more.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
