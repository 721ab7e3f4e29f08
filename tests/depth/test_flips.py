"""Classifiers of flips in the formats that run no code."""

import pickle

import numpy as np
import pytest

from swath.depth import flips
from swath.errors import InputError

FRAMES = 40


@pytest.fixture(scope="module")
def crops():
    """Crops, brighter at the left than at the right, or the other way round: (n, 6, 8), and which are flipped."""
    random = np.random.default_rng(0)
    flipped = random.random(FRAMES) < 0.5
    slope = np.linspace(90, 10, 8)
    crops = np.where(flipped[:, None, None], slope[::-1], slope) + random.normal(0, 5, (FRAMES, 6, 8))
    return crops.astype(np.uint8), flipped


@pytest.fixture(scope="module")
def forest(crops):
    ensemble = pytest.importorskip("sklearn.ensemble")
    pixels, flipped = crops
    return ensemble.RandomForestClassifier(8, random_state=0).fit(pixels.reshape(FRAMES, -1), flipped.astype(int))


def test_a_forest_of_skops(tmp_path, crops, forest):
    io = pytest.importorskip("skops.io")
    path = tmp_path / "flip.skops"
    io.dump(forest, path)
    classifier = flips.load_classifier(path)
    found = flips.classify(classifier, crops[0])
    np.testing.assert_array_equal(found, forest.predict_proba(crops[0].reshape(FRAMES, -1)))
    np.testing.assert_array_equal(found.argmax(axis=1) == classifier.flipped, crops[1])
    with pytest.raises(InputError, match="trained on 48 pixels, crops have 24"):
        flips.classify(classifier, crops[0][:, ::2])


def number(field, value):
    return bytes([field << 3]) + varint(value)


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def text(field, content):
    content = content.encode() if isinstance(content, str) else content
    return bytes([field << 3 | 2]) + varint(len(content)) + content


def onnx_model(weights):
    """The bytes of an ONNX model, Softmax(pixels x weights): the format is too small a need for its library."""

    def shaped(name, *sizes):
        dims = b"".join(text(1, text(2, size) if isinstance(size, str) else number(1, size)) for size in sizes)
        return text(1, name) + text(2, text(1, number(1, 1) + text(2, dims)))

    def node(kind, inputs, output):
        return text(1, b"".join(text(1, name) for name in inputs) + text(2, output) + text(4, kind))

    stored = number(1, weights.shape[0]) + number(1, weights.shape[1]) + number(2, 1) + text(8, "w")
    graph = node("MatMul", ("pixels", "w"), "scores") + node("Softmax", ("scores",), "probabilities") + text(2, "flips")
    graph += text(5, stored + text(9, weights.astype("<f4").tobytes()))
    graph += text(11, shaped("pixels", "n", weights.shape[0])) + text(12, shaped("probabilities", "n", 2))
    return number(1, 8) + text(7, graph) + text(8, text(1, "") + number(2, 13))


def test_a_model_of_onnx(tmp_path, crops):
    pytest.importorskip("onnxruntime")
    brighter = np.tile(np.linspace(-1, 1, 8), 6)
    path = tmp_path / "flip.onnx"
    path.write_bytes(onnx_model(np.stack([-brighter, brighter], axis=1) / 100))
    classifier = flips.load_classifier(path)
    assert classifier.columns == 48
    found = flips.classify(classifier, crops[0])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(found.argmax(axis=1) == classifier.flipped, crops[1])


class Dangerous:
    def __reduce__(self):
        return (print, ("a pickle was run",))


def test_pickles_are_not_read(tmp_path, capsys):
    path = tmp_path / "flip.pkl"
    path.write_bytes(pickle.dumps(Dangerous()))
    with pytest.raises(InputError, match="a pickle may run any code"):
        flips.load_classifier(path)
    assert capsys.readouterr().out == ""
    with pytest.raises(InputError, match="there is no flip classifier"):
        flips.load_classifier(tmp_path / "none.skops")


def test_types_that_are_not_known_to_be_safe(tmp_path):
    io = pytest.importorskip("skops.io")
    path = tmp_path / "flip.skops"
    io.dump(Dangerous, path)
    with pytest.raises(InputError, match="not known to be safe"):
        flips.load_classifier(path)
