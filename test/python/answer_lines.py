"""Answers each line of the input, a JSON list of arguments, by a line: "done", or what went wrong."""

import json
import sys
import traceback
from collections.abc import Callable

import torch


def answer_lines(answer: Callable[..., None]) -> None:
    torch.set_num_threads(1)
    for line in sys.stdin:
        try:
            answer(*json.loads(line))
            print("done", flush=True)
        except Exception:
            print(json.dumps(traceback.format_exc()), flush=True)
