"""The instructions that Numba puts in the place of the functions in ``bits``; loaded with Numba itself."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import create_struct_proxy, raw_memcpy
from numba.cpython.unsafe import numbers
from numba.extending import intrinsic, overload

from swath.kernels import bits

_VECTOR = ir.VectorType(ir.IntType(8), bits.LANES)


def _compare_lanes(comparison: str) -> Any:
    """Make the instructions that load 64 bytes, compare each, and gather the answers as bits."""

    def typed(_context: Any, data: Any, i: Any, byte: Any) -> Any:  # noqa: ARG001  (its arguments' types)
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = create_struct_proxy(signature.args[0])(context, builder, arguments[0])
            place = builder.bitcast(builder.gep(array.data, [arguments[1]]), _VECTOR.as_pointer())
            lanes = builder.load(place, align=1)
            nothing = ir.Constant(_VECTOR, ir.Undefined)
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), bits.LANES), None)
            first = builder.insert_element(nothing, arguments[2], ir.Constant(ir.IntType(32), 0))
            flags = builder.icmp_unsigned(comparison, lanes, builder.shuffle_vector(first, nothing, zeros))
            return builder.bitcast(flags, ir.IntType(bits.LANES))

        return types.uint64(data, types.int64, types.uint8), generate

    return intrinsic(typed)


@intrinsic
def _load_word(_context: Any, data: Any, i: Any) -> Any:  # noqa: ARG001  (its arguments' types)
    """Make the instruction that loads eight bytes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = create_struct_proxy(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(data, types.int64), generate


@intrinsic
def _copy(_context: Any, out: Any, o: Any, data: Any, i: Any, size: Any) -> Any:  # noqa: ARG001
    """Make the call that copies bytes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        to, o, of, i, size = arguments
        target = create_struct_proxy(signature.args[0])(context, builder, to)
        source = create_struct_proxy(signature.args[2])(context, builder, of)
        raw_memcpy(builder, builder.gep(target.data, [o]), builder.gep(source.data, [i]), size, 1)
        return context.get_dummy_value()

    return types.void(out, types.int64, data, types.int64, types.int64), generate


@intrinsic
def _prefetch(_context: Any, data: Any, i: Any) -> Any:  # noqa: ARG001  (its arguments' types)
    """Make the instruction that brings a line of memory into the cache; it reads nothing, so it cannot fail."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = create_struct_proxy(signature.args[0])(context, builder, arguments[0])
        word = ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [array.data.type], ir.FunctionType(ir.VoidType(), [array.data.type, word, word, word])
        )
        read, keep, of_data = (ir.Constant(word, number) for number in (0, 3, 1))
        builder.call(function, [builder.gep(array.data, [arguments[1]]), read, keep, of_data])
        return context.get_dummy_value()

    return types.void(data, types.int64), generate


@intrinsic
def _multiply(_context: Any, a: Any, b: Any) -> Any:  # noqa: ARG001  (its arguments' types)
    """Make the instructions that multiply to 128 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        halves = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word), builder.trunc(product, word)
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), generate


_equal, _less = _compare_lanes("=="), _compare_lanes("<")


@overload(bits.equal_bits)
def _equal_bits(data, i, byte):  # type: ignore[no-untyped-def]  # noqa: ARG001  (Numba reads the types)
    return lambda data, i, byte: _equal(data, i, byte)  # noqa: PLW0108  (Numba wants a function)


@overload(bits.less_bits)
def _less_bits(data, i, byte):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda data, i, byte: _less(data, i, byte)  # noqa: PLW0108


@overload(bits.read_word)
def _read_word(data, i):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda data, i: _load_word(data, i)  # noqa: PLW0108


@overload(bits.copy_bytes)
def _copy_bytes(out, o, data, i, size):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda out, o, data, i, size: _copy(out, o, data, i, size)  # noqa: PLW0108


@overload(bits.fetch)
def _fetch(data, i):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda data, i: _prefetch(data, i)  # noqa: PLW0108


@overload(bits.wide_product)
def _wide_product(a, b):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda a, b: _multiply(a, b)  # noqa: PLW0108


@overload(bits.trailing_zeros)
def _trailing_zeros(bits):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda bits: numbers.trailing_zeros(bits)  # noqa: PLW0108


@overload(bits.leading_zeros)
def _leading_zeros(bits):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return lambda bits: numbers.leading_zeros(bits)  # noqa: PLW0108
