"""One batch in 1, 2 and 3 processes: the same gradients, the same statistics, the same on every rank."""

from pathlib import Path
from typing import Any

import jobs
import numpy as np
import pytest
import small_models

from tfjs_vae.run_file import Run, run_text

GRADIENTS = str(Path(__file__).with_name("gradients.py"))
NOISY = ({"kind": "addNoise", "stddev": 0.2, "clip": True},)
FROZEN = small_models.mlp()
FROZEN["encoder"]["config"]["network"]["$network"]["config"]["layers"][1]["config"]["trainable"] = False
CASES: dict[str, tuple[dict[str, Any], Run]] = {
    "plain": (small_models.mlp(), Run(transforms=({"kind": "dynamicBinarisation"},))),
    "conv with batch statistics and dropout, σ optimal": (small_models.conv("optimal"), Run(transforms=NOISY)),
    "a frozen layer": (FROZEN, Run()),
    "free bits per dimension": (
        small_models.mlp("shared"),
        Run(objective={"kind": "elbo", "beta": 0.7, "freeBits": {"nats": 0.3}}),
    ),
    "free bits in total": (
        small_models.mlp(0.2),
        Run(objective={"kind": "elbo", "beta": 2, "freeBits": {"nats": 0.1, "per": "total"}}),
    ),
    "free bits per element": (
        small_models.conv(),
        Run(objective={"kind": "elbo", "freeBits": {"nats": 0.2, "per": "element"}}),
    ),
    "capacity": (
        small_models.mlp(),
        Run(
            objective={"kind": "elbo", "capacity": {"target": 5, "gamma": 10}},
            transforms=({"kind": "dequantisation", "levels": 256},),
        ),
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What 1, 2 and 3 processes make of each case."""
    place = tmp_path_factory.mktemp("gradients")
    small_models.write_data(place / "data.idx")
    for i, (config, run) in enumerate(CASES.values()):
        small_models.write(place / f"model-{i}.safetensors", config)
        (place / f"run-{i}.json").write_text(run_text(run))
    for processes in (1, 2, 3):
        jobs.succeed([GRADIENTS, str(place)], processes)
    return place


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("kind", "bound"), [("float32-7", 1e-5), ("float64-7", 1e-12), ("float64-2", 1e-12)])
@pytest.mark.parametrize("processes", [2, 3])
def test_gradients_do_not_depend_on_the_processes(
    folder: Path, case: str, kind: str, bound: float, processes: int
) -> None:
    place = list(CASES).index(case)
    alone = np.load(folder / f"1-0-{place}-{kind}.npz")
    ranks = [np.load(folder / f"{processes}-{rank}-{place}-{kind}.npz") for rank in range(processes)]
    assert len(alone.files) > 5
    assert ("gradient encoder/0/kernel" in alone.files) == (case != "a frozen layer")
    # What batch statistics leave of the gradient of a bias before them is a difference of large sums.
    has_statistics = any("gamma" in name for name in alone.files)
    steepest = max(np.abs(alone[name]).max() for name in alone.files if name.startswith("gradient"))
    for name in alone.files:
        largest = max(np.abs(alone[name]).max(), steepest if has_statistics else 1e-3)
        np.testing.assert_allclose(ranks[0][name], alone[name], rtol=0, atol=bound * largest, err_msg=name)
        for other in ranks[1:]:
            assert np.array_equal(other[name], ranks[0][name]), name
