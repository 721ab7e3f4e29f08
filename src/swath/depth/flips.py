"""Which way the mouse faces: a classifier of crops, read from a format that runs no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from swath.errors import InputError, MissingExtraError

Floats = npt.NDArray[np.float64]

FLIPPED = 1
"""The class of crops that have to be turned by half a turn."""


_TREE = "sklearn.tree._tree.Tree"
"""A type that skops does not trust, since it does not look at the nodes of a tree; ``_check_tree`` does."""


class Classifier(Protocol):
    """Tells which crops are the wrong way round."""

    @property
    def columns(self) -> int:
        """Number of pixels of a crop that it was trained on, 0 where it does not say."""

    @property
    def flipped(self) -> int:
        """Column of the probabilities that is the class of flipped crops."""

    def probabilities(self, crops: npt.NDArray[Any]) -> Floats:
        """Give the probability of each class, (n, classes), for crops as rows of pixels, (n, pixels)."""


def load_classifier(path: str | Path) -> Classifier:
    """Read a classifier, ``.onnx`` or ``.skops``, of crops' pixels row by row, class 1 the flipped ones.

    Raises InputError for another format: pickles run code when they are read, and are not. Raises MissingExtraError.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no flip classifier {path}")
    if path.suffix == ".onnx":
        return _OnnxClassifier(path)
    if path.suffix == ".skops":
        return _SkopsClassifier(path)
    raise InputError(
        f"{path} is neither .onnx nor .skops: a pickle may run any code, and is not read",
        "where it was trained, write it with skops.io.dump, or with skl2onnx",
    )


class _SkopsClassifier:
    def __init__(self, path: Path) -> None:
        try:
            from skops import io  # noqa: PLC0415  (optional extra)
        except ModuleNotFoundError as error:
            raise MissingExtraError("a .skops classifier needs skops", "pip install 'swath[flips]'") from error
        unknown = [name for name in io.get_untrusted_types(file=path) if name != _TREE]
        if unknown:
            raise InputError(f"{path} holds types that are not known to be safe: {', '.join(unknown)}")
        self._model = io.load(path, trusted=[_TREE])
        for tree in getattr(self._model, "estimators_", [self._model]):
            _check_tree(getattr(tree, "tree_", None), path)
        self.columns = int(getattr(self._model, "n_features_in_", 0))
        self.flipped = _column(list(self._model.classes_), path)

    def probabilities(self, crops: npt.NDArray[Any]) -> Floats:
        return np.asarray(self._model.predict_proba(crops), np.float64)


class _OnnxClassifier:
    flipped = FLIPPED

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  (optional extra)
        except ModuleNotFoundError as error:
            raise MissingExtraError("an .onnx classifier needs onnxruntime", "pip install 'swath[flips]'") from error
        self._session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        given = self._session.get_inputs()[0]
        self._input = given.name
        self.columns = given.shape[1] if isinstance(given.shape[-1], int) else 0

    def probabilities(self, crops: npt.NDArray[Any]) -> Floats:
        found = self._session.run(None, {self._input: crops.astype(np.float32)})[-1]
        if isinstance(found, list):  # scikit-learn's converter gives a mapping by class, unless told not to
            found = [[row[name] for name in sorted(row)] for row in found]
        return np.asarray(found, np.float64)


def _check_tree(tree: Any, path: Path) -> None:
    """Raise InputError for a decision tree that would be left, or gone round in, when it is asked."""
    if tree is None:
        return
    nodes = np.arange(tree.node_count)
    inner = tree.children_left >= 0
    children = np.stack([tree.children_left, tree.children_right])[:, inner]
    below = (children > nodes[inner]) & (children < tree.node_count)
    if not (below.all() and ((tree.feature >= 0) & (tree.feature < tree.n_features))[inner].all()):
        raise InputError(f"{path} holds a damaged decision tree")


def _column(classes: list[Any], path: Path) -> int:
    if FLIPPED not in classes:
        raise InputError(f"{path} has the classes {classes}, not one that is {FLIPPED}")
    return classes.index(FLIPPED)


def classify(classifier: Classifier, crops: npt.NDArray[Any]) -> Floats:
    """Give the probabilities of crops, (n, rows, columns); raises InputError where they have another size."""
    pixels = crops.reshape(len(crops), -1)
    if classifier.columns and classifier.columns != pixels.shape[1]:
        raise InputError(
            f"the flip classifier was trained on {classifier.columns} pixels, crops have {pixels.shape[1]}",
            "set crop_size to what it was trained with",
        )
    return classifier.probabilities(pixels)


def smoothed(probabilities: Floats, size: int) -> Floats:
    """Give the median of ``size`` frames, odd, around each, (n - size + 1, classes)."""
    windows = np.lib.stride_tricks.sliding_window_view(probabilities, size, axis=0)
    return np.asarray(np.median(windows, axis=-1))
