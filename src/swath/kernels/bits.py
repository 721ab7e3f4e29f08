"""Sixty-four bytes looked at in one step, and wide products: what no compiler makes of a plain loop.

Each is told in plain Python, which is what runs where Numba is switched off, and in the few instructions that Numba
puts in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core.cgutils import create_struct_proxy
from numba.cpython.unsafe import numbers
from numba.extending import intrinsic

Bytes = npt.NDArray[np.uint8]
BitsOf = Callable[[Bytes, int, int], np.uint64]

LANES = 64
"""Bytes that are looked at together; so many must be there."""

_VECTOR = ir.VectorType(ir.IntType(8), LANES)


def _plain_equal_bits(data: Bytes, i: int, byte: int) -> np.uint64:
    """Tell which of the bytes data[i:i + 64] are ``byte``: bit k is set for data[i + k]."""
    return np.uint64(sum(1 << k for k in range(LANES) if data[i + k] == byte))


def _plain_less_bits(data: Bytes, i: int, byte: int) -> np.uint64:
    """Tell which of the bytes data[i:i + 64] are less than ``byte``: bit k is set for data[i + k]."""
    return np.uint64(sum(1 << k for k in range(LANES) if data[i + k] < byte))


def _plain_wide_product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The product of two numbers of 64 bits: its upper and its lower 64 bits."""
    high, low = divmod(int(a) * int(b), 1 << 64)
    return np.uint64(high), np.uint64(low)


def _plain_trailing_zeros(bits: np.uint64) -> int:
    """The place of the lowest bit that is set, 64 where none is."""
    return LANES if bits == 0 else (int(bits) & -int(bits)).bit_length() - 1


def _plain_leading_zeros(bits: np.uint64) -> int:
    """How many bits above the highest that is set are not."""
    return LANES - int(bits).bit_length()


def _compare_lanes(comparison: str) -> Any:
    """Make the instructions that load 64 bytes, compare each, and gather the answers as bits."""

    def typed(_context: Any, data: Any, i: Any, byte: Any) -> Any:  # noqa: ARG001  (its arguments' types)
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = create_struct_proxy(signature.args[0])(context, builder, arguments[0])
            place = builder.bitcast(builder.gep(array.data, [arguments[1]]), _VECTOR.as_pointer())
            lanes = builder.load(place, align=1)
            nothing, zeros = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
            first = builder.insert_element(nothing, arguments[2], ir.Constant(ir.IntType(32), 0))
            flags = builder.icmp_unsigned(comparison, lanes, builder.shuffle_vector(first, nothing, zeros))
            return builder.bitcast(flags, ir.IntType(LANES))

        return types.uint64(data, types.int64, types.uint8), generate

    return intrinsic(typed)


def _multiply() -> Any:
    """Make the instructions that multiply to 128 bits."""

    def typed(_context: Any, a: Any, b: Any) -> Any:  # noqa: ARG001  (its arguments' types)
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            wide, word = ir.IntType(128), ir.IntType(64)
            product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
            halves = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word), builder.trunc(product, word)
            return context.make_tuple(builder, signature.return_type, halves)

        return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), generate

    return intrinsic(typed)


equal_bits: BitsOf = _plain_equal_bits if config.DISABLE_JIT else _compare_lanes("==")
less_bits: BitsOf = _plain_less_bits if config.DISABLE_JIT else _compare_lanes("<")
wide_product: Callable[[np.uint64, np.uint64], tuple[np.uint64, np.uint64]] = (
    _plain_wide_product if config.DISABLE_JIT else _multiply()
)
trailing_zeros: Callable[[np.uint64], int] = _plain_trailing_zeros if config.DISABLE_JIT else numbers.trailing_zeros
leading_zeros: Callable[[np.uint64], int] = _plain_leading_zeros if config.DISABLE_JIT else numbers.leading_zeros
