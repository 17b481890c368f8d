"""Writes layers-text.json: layers of words and of vocabularies, and what adapt finds, which in Keras need TensorFlow.

Run with KERAS_BACKEND=tensorflow and a Python that has Keras 3.15.1 and TensorFlow; "data" and "input" are nested lists (of features, where there
are several), "adapts" have batches and what is found in them, "hashes" are [text, FarmHash64 modulo 2^62, SipHash with the key [133, 137] modulo 2^62].
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

L = keras.layers
cases = []


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def values(x):
    x = np.asarray(x)
    return [float(v) if x.dtype.kind == "f" else v.decode() if isinstance(v, bytes) else int(v) for v in x.reshape(-1)], list(x.shape)


def case(name, what, options, x, data=None):
    layer = getattr(L, name)(**options)
    if data is not None:
        layer.adapt(data)
    features = name == "HashedCrossing"
    result, shape = values(layer([np.array(f) for f in x] if features else np.array(x)))
    entry = {"row": f"keras.layers.{name}", "case": what, "className": name, "options": {camel(k): v for k, v in options.items()}}
    entry |= {"input": x, "result": result, "shape": shape}
    if data is not None:
        entry["data"] = data
    if hasattr(layer, "get_vocabulary"):
        entry["vocabulary"] = [v.item() if isinstance(v, np.generic) else v for v in layer.get_vocabulary()]
    cases.append(entry)


words = [["a", "c", "d", "d"], ["d", "z", "b", "z"]]
vocabulary = ["a", "b", "c", "d"]
weights = [0.25, 0.75, 0.6, 0.4]
corpus = [["fish", "cat", "dog"], ["dog", "fish", "fish"], ["éclair", "zebra", "Zoo"], ["", "cat", "[UNK]"]]
numbers = [[12, 1138, 42, 42], [42, 7, 36, -7]]
known = [12, 36, 1138, 42]
for mode in ("int", "one_hot", "multi_hot", "count"):
    case("StringLookup", mode, {"vocabulary": vocabulary, "output_mode": mode}, words)
    case("IntegerLookup", mode, {"vocabulary": known, "output_mode": mode}, numbers)
    case("StringLookup", f"{mode}, mask", {"vocabulary": vocabulary, "output_mode": mode, "mask_token": "d", "vocabulary": ["a", "b"]}, words)
    case("IntegerLookup", f"{mode}, mask", {"vocabulary": [12, 36], "output_mode": mode, "mask_token": 42}, numbers)
for name, vocab, x, oov in (("StringLookup", vocabulary, words, "[UNK]"), ("IntegerLookup", known, numbers, -1)):
    case(name, "tf_idf", {"vocabulary": vocab, "output_mode": "tf_idf", "idf_weights": weights}, x)
    case(name, "tf_idf, weight of unknown ones", {"vocabulary": [oov, *vocab], "output_mode": "tf_idf", "idf_weights": [0.9, *weights]}, x)
    case(name, "several unknown", {"vocabulary": vocab[:1], "num_oov_indices": 3}, x)
    case(name, "padded", {"vocabulary": vocab, "output_mode": "count", "max_tokens": 8, "pad_to_max_tokens": True}, x)
    case(name, "invert", {"vocabulary": vocab, "invert": True}, [[1, 3, 4], [4, 0, 2]])
    mask = vocab[0]
    case(name, "invert, mask", {"vocabulary": vocab[1:], "invert": True, "mask_token": mask}, [[1, 3, 4], [4, 0, 2]])
case("StringLookup", "several unknown, salt", {"vocabulary": ["a"], "num_oov_indices": 3, "salt": [133, 137]}, words)
case("IntegerLookup", "several unknown, farmhash", {"vocabulary": [12], "num_oov_indices": 3, "oov_method": "farmhash"}, numbers)
case("IntegerLookup", "several unknown, salt", {"vocabulary": [12], "num_oov_indices": 3, "oov_method": "farmhash", "salt": 5}, numbers)
case("StringLookup", "adapt", {}, words, corpus)
case("StringLookup", "adapt a list", {"mask_token": ""}, ["fish", "dog"], ["fish", "dog", "fish", "cat"])
case("StringLookup", "adapt, most tokens", {"max_tokens": 4}, [["fish", "zebra", "dog"]], corpus)
case("StringLookup", "adapt, tf_idf", {"output_mode": "tf_idf"}, [["fish", "zebra", "dog"]], corpus)
case("StringLookup", "adapt, tf_idf, padded", {"output_mode": "tf_idf", "max_tokens": 12, "pad_to_max_tokens": True}, [["fish", "dog"]], corpus)
case("IntegerLookup", "adapt", {"mask_token": 0}, [[3, 5, 0]], [[3, 4, 5], [5, 4, 0], [5, -1, 7]])
case("IntegerLookup", "adapt, tf_idf", {"output_mode": "tf_idf"}, [[3, 5, 0]], [[3, 4, 5], [5, 4, 0], [5, 5, 7]])

texts = ["The cat, the CAT & the dog!", "A dog's life: it's (not) bad.", "", "Ünïcode — ÉTÉ  stays\tas\nit is"]
for what, options in {
    "default": {},
    "lower": {"standardize": "lower"},
    "strip_punctuation": {"standardize": "strip_punctuation"},
    "as it is": {"standardize": None},
    "character": {"split": "character"},
    "ngrams": {"ngrams": 2},
    "ngrams of two widths": {"ngrams": (3, 1)},
    "length": {"output_sequence_length": 5},
    "long": {"output_sequence_length": 12},
    "most tokens": {"max_tokens": 6},
    "multi_hot": {"output_mode": "multi_hot"},
    "count": {"output_mode": "count", "max_tokens": 40, "pad_to_max_tokens": True},
    "tf_idf": {"output_mode": "tf_idf"},
    "tf_idf, bigrams": {"output_mode": "tf_idf", "ngrams": 2, "max_tokens": 9},
}.items():
    case("TextVectorization", what, options, texts, texts)
case("TextVectorization", "column", {"vocabulary": ["cat", "dog"]}, [["a cat"], ["a dog and a cat"]])
case("TextVectorization", "tokens", {"split": None, "vocabulary": ["cat", "dog"]}, [["Cat", "x"], ["dog", "cat"]])
case("TextVectorization", "given weights", {"vocabulary": ["cat", "dog"], "output_mode": "tf_idf", "idf_weights": [0.5, 0.25]}, ["a cat", "dog dog"])

letters = [["A"], ["B"], ["C"], ["D"], ["E"]]
various = [[0, 7, -3], [123, -4567, 12345678], [2147483647, -2147483648, 99999]]
for what, options in {
    "FarmHash": {"num_bins": 3},
    "salt": {"num_bins": 3, "salt": [133, 137]},
    "one number as salt": {"num_bins": 7, "salt": 133},
    "one_hot": {"num_bins": 4, "output_mode": "one_hot"},
    "multi_hot": {"num_bins": 4, "output_mode": "multi_hot"},
    "count": {"num_bins": 4, "output_mode": "count"},
}.items():
    case("Hashing", f"{what}, strings", options, letters)
    case("Hashing", f"{what}, numbers", options, various)
case("Hashing", "mask, strings", {"num_bins": 3, "mask_value": "C"}, letters)
case("Hashing", "mask, numbers", {"num_bins": 3, "mask_value": 123}, various)
for mode in ("int", "one_hot"):
    options = {"num_bins": 5, "output_mode": mode}
    case("HashedCrossing", f"{mode}, strings and numbers", options, [["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102]])
    case("HashedCrossing", f"{mode}, numbers", options, [[[1], [-2], [300]], [[7], [7], [-8]], [[0], [1], [2]]])

hashed = ["", "A", "ab", "abc", "abcd", "hello w", "hello wo", "0123456789abcdef", "0123456789abcdefg", "x" * 32, "x" * 33, "é€𝄞", "y" * 64, "z" * 65]
hashed += ["The quick brown fox jumps over the lazy dog, and the dog sleeps on; nobody minds.", "q" * 128, "q" * 129, "w" * 200]
fast = tf.strings.to_hash_bucket_fast(hashed, 2**62).numpy().tolist()
strong = tf.strings.to_hash_bucket_strong(hashed, 2**62, key=[133, 137]).numpy().tolist()
hashes = [[text, str(f), str(s)] for text, f, s in zip(hashed, fast, strong)]
random = np.random.default_rng(7)
adapts = []


def drawn(*shape):
    return np.round(random.uniform(-2, 2, shape), 2).astype("float32")


for bins, epsilon, batches in (
    (4, 0.01, [drawn(10, 3)]),
    (3, 0.1, [drawn(57, 2)]),
    (10, 0.05, [drawn(300)]),
    (5, 0.01, [drawn(40, 2), drawn(25, 2), drawn(61, 2)]),
    (4, 0.2, [np.array([1, 2, 2, 3, 3, 3, 9], "float32")]),
):
    layer = L.Discretization(num_bins=bins, epsilon=epsilon)
    layer.adapt(batches if len(batches) > 1 else batches[0])
    config = {"numBins": bins, "epsilon": epsilon}
    entry = {"row": "keras.layers.Discretization", "case": f"{bins} bins, {len(batches)} batches", "className": "Discretization", "options": config}
    adapts.append(entry | {"batches": [b.tolist() for b in batches], "found": [layer.bin_boundaries]})
for axis, batches in ((-1, [drawn(6, 3)]), (None, [drawn(6, 3)]), ((1, 2), [drawn(4, 2, 3)]), (-1, [drawn(4, 3), drawn(7, 3), drawn(1, 3)])):
    layer = L.Normalization(axis=axis)
    layer.adapt(batches if len(batches) > 1 else batches[0])
    found = [np.asarray(v).reshape(-1).tolist() for v in (layer.adapt_mean, layer.adapt_variance)]
    entry = {"row": "keras.layers.Normalization", "case": f"axis {axis}, {len(batches)} batches", "className": "Normalization", "options": {"axis": axis}}
    adapts.append(entry | {"batches": [b.tolist() for b in batches], "found": found})

made = f"Keras {keras.__version__}, {keras.backend.backend()} backend"
def rows(entries):
    return ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


content = f'{{"made": {json.dumps(made)}, "hashes": {json.dumps(hashes, ensure_ascii=False)},\n"adapts": [\n{rows(adapts)}\n],\n"cases": [\n{rows(cases)}\n]}}\n'
path = pathlib.Path(__file__).parent / "layers-text.json"
path.write_text(content, encoding="utf-8")
