#!/usr/bin/env python3
"""Writes test/golden/parquet: files of Apache Arrow, whose writer is not ours, with columns of every kind that is read.

    python3 scripts/golden/make_parquet.py

Needs numpy and pyarrow. The same 50 rows lie in pages of both versions, with and without Snappy, in groups of 20.
"""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parents[2] / "test" / "golden" / "parquet"
ROWS = 50


def table() -> pa.Table:
    i = np.arange(ROWS)
    # Values that float16 and float32 hold exactly, so that a test can compute them.
    x = (i[:, None] * 6 + np.arange(6)) / 8
    pixels = (i[:, None] * 6 + np.arange(6)) % 256
    rows = x.tolist()
    return pa.table(
        {
            "float": pa.array(x[:, 0].astype(np.float32)),
            "double": pa.array(x[:, 0]),
            "half": pa.array(x[:, 0].astype(np.float16)),
            "byte": pa.array((i - 5).astype(np.int8)),
            "unsigned": pa.array((i * 5).astype(np.uint8)),
            "long": pa.array(i * 1000),
            "flag": pa.array(i % 3 == 0),
            "decimal": pa.array([Decimal(int(n)) / 4 for n in i], type=pa.decimal128(10, 2)),
            "list": pa.array(rows, type=pa.list_(pa.float32())),
            "fixed": pa.array(rows, type=pa.list_(pa.float64(), 6)),
            "halves": pa.array([r.astype(np.float16) for r in x], type=pa.list_(pa.float16())),
            "bytes in lists": pa.array(pixels.tolist(), type=pa.list_(pa.uint8())),
            "nested": pa.array([r.reshape(2, 3).tolist() for r in x], type=pa.list_(pa.list_(pa.float32()))),
            "binary": pa.array([bytes(r.tolist()) for r in pixels]),
            "fixed binary": pa.array([bytes(r.tolist()) for r in pixels], type=pa.binary(6)),
        }
    )


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for name, version, codec in [("pages-1", "1.0", "snappy"), ("pages-2", "2.0", "none")]:
        path = OUT / f"{name}.parquet"
        pq.write_table(table(), path, row_group_size=20, data_page_version=version, compression=codec)
