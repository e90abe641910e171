#!/usr/bin/env python3
"""Makes files that try to cost a reader time, memory or its life: python3 make.py FOLDER [--large]

Standard library only. Nothing here is ever loaded by Python; the bytes are written opcode by opcode.
Small files (about 60 KB) by default, 4 to 16 MB with --large. One folder holds one case.
"""

import argparse
import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

CASES = []


def case(name):
    """Registers a function of the wanted size in bytes that gives bytes, or a dict of files."""

    def add(make):
        CASES.append((name, make))
        return make

    return add


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return b"X" + struct.pack("<I", len(value)) + value


def obj(name, state=b""):
    module, _, name = name.rpartition(".")
    made = b"c" + module.encode() + b"\n" + name.encode() + b"\n)\x81"
    return made + (state + b"b" if state else b"")


def state(**items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def number(value):
    return b"J" + struct.pack("<i", value)


def memo(key):
    return b"r" + struct.pack("<I", key)


def recall(key):
    return b"j" + struct.pack("<I", key)


def pickle(*parts):
    return b"\x80\x04" + b"".join(parts) + b"."


# ---------------------------------------------------------------- plain floods of opcodes

FLOODS = {
    "lists": b"]",
    "dicts": b"}",
    "sets": b"\x8f",
    "tuples_of_one": b"N\x85",
    "lists_of_one": b"]Na",
    "dicts_of_one": b"}NNs",
    "ints": b"K\x01",
    "floats": b"G\x3f\xf0\0\0\0\0\0\0",
    "text_of_one": b"\x8c\x01a",
    "text_of_nine": b"\x8c\x09abcdefghi",
    "bytes_of_one": b"C\x01a",
    "longs": b"\x8a\x09\1\1\1\1\1\1\1\1\1",
    "line_ints": b"I1\n",
    "line_floats": b"F1.5\n",
    "line_texts": b"Va\n",
    "line_longs": b"L" + b"9" * 4300 + b"L\n",
    "buffers": b"\x97",
    "extensions": b"\x82\x01",
    "persistent": b"Pa\n",
    "pops": b"N0",
    "mark_pops": b"(1",
    "duplicates": b"20",
    "frames": b"\x95\0\0\0\0\0\0\0\0",
    "texts_under_the_keep_limit": b"X\xff\xff\0\0" + b"a" * 65535,
    "texts_over_the_keep_limit": b"X\0\0\x02\0" + b"a" * 131072,
    "same_name": b"ca\nb\n",
    "empty_marks": b"(t",
    "inst": b"(ia\nb\n",
}
for label, piece in FLOODS.items():

    @case(f"flood_{label}.pkl")
    def flood(size, piece=piece):
        return pickle(b"](", piece * (size // len(piece)), b"e")

    if label in ("pops", "mark_pops", "duplicates", "frames"):
        CASES[-1] = (CASES[-1][0], lambda size, piece=piece: pickle(b"N", piece * (size // len(piece))))

for label, piece in {
    "objects": b"h\0)\x81",
    "objects_with_state": b"h\0)\x81h\1b",
    "objects_with_items": b"h\0)\x81Na",
    "objects_with_pairs": b"h\0)\x81NNs",
    "objects_with_all": b"h\0)\x81h\1bNaNNs",
    "reduced": b"h\0)R",
    "obj": b"(h\0o",
    "newobj_ex": b"h\0)}\x92",
    "binpersid": b"h\0Q",
}.items():

    @case(f"flood_{label}.pkl")
    def flood_objects(size, piece=piece):
        return pickle(b"csklearn.base\nBase\n\x940}(", text("a"), b"Nu\x940](", piece * (size // len(piece)), b"e")


@case("several_pickles.pkl")
def several(size):
    return b"\x80\x04N." * (size // 4)


@case("links.pkl")
def links(size):
    return pickle(b"]\x94(", b"h\0" * (size // 2), b"e")


@case("wide_tuples_of_links.pkl")
def tuples_of_links(size):
    wide = b"(" + b"2" * 60000 + b"t0"
    return pickle(b"N", wide * (size // len(wide)), b"")


@case("marks.pkl")
def marks(size):
    return pickle(b"N", b"(" * size)


@case("stack.pkl")
def stack(size):
    return pickle(b"N", b"2" * size)


@case("memo_sparse.pkl")
def memo_sparse(size):
    keys = random.Random(1)
    return pickle(b"N", b"".join(memo(keys.randrange(1 << 32)) for _ in range(size // 5)))


@case("memo_stepping.pkl")
def memo_stepping(size):
    return pickle(b"N", b"".join(memo(step * 1023) for step in range(size // 5)))


@case("memo_dense.pkl")
def memo_dense(size):
    return pickle(b"N", b"\x94" * size)


@case("memo_lines.pkl")
def memo_lines(size):
    return pickle(b"N", b"".join(b"p%d\n" % step for step in range(size // 9)))


@case("memo_highest.pkl")
def memo_highest(size):
    return pickle(b"N", (b"r\xff\xff\xff\xffj\xff\xff\xff\xff0") * (size // 11))


@case("memo_and_objects.pkl")
def memo_and_objects(size):
    return pickle(b"](", b"]\x94" * (size // 2), b"e")


# ---------------------------------------------------------------- depth and sharing


@case("deep_lists.pkl")
def deep_lists(size):
    return pickle(b"]" * (size // 2), b"a" * (size // 2 - 1))


@case("deep_tuples.pkl")
def deep_tuples(size):
    return pickle(b"N", b"\x85" * size)


@case("deep_objects.pkl")
def deep_objects(size):
    levels = size // 5
    return pickle(b"cm\nC\n\x94", b"h\0)\x81" * levels, b"b" * levels)


@case("deep_arguments.pkl")
def deep_arguments(size):
    return pickle(b"cm\nC\n\x940N", b"\x85h\0\x8c\0" * 0, b"h\0" * 0, (b"\x94h\0" * 0), b"".join(b"" for _ in ()), b"\x85" * (size // 2))


@case("deep_pipelines.pkl")
def deep_pipelines(size):
    made = b"csklearn.pipeline\nPipeline\n\x940" + text("steps") + b"\x940" + text("a") + b"\x940"
    levels = size // 16
    opened = b"h\0)\x81}h\1]h\2" * levels
    closed = b"\x86asb" * levels
    return pickle(made, opened, b"N", closed)


@case("laughing_lists.pkl")
def laughing_lists(size):
    made = [b"]\x94"]
    for level in range(size // 13):
        made.append(b"(" + recall(level) + recall(level) + b"l\x94")
    return pickle(*made)


@case("laughing_estimators.pkl")
def laughing_estimators(size):
    made = [b"N\x940csklearn.base\nBase\n\x940"]
    for level in range(size // 40):
        key = 0 if level == 0 else level + 1
        made.append(b"h\1)\x81}(\x8c\1a" + recall(key) + b"\x8c\1b" + recall(key) + b"ub\x94")
    return pickle(*made)


@case("list_of_itself.pkl")
def list_of_itself(size):
    return pickle(b"]\x94(", b"h\0" * (size // 2), b"e")


@case("skeletons.pkl")
def skeletons(size):
    """A class that is filled by a call with a class that is filled by a call, …"""
    made = b"ccloudpickle.cloudpickle\n_rehydrate_skeleton_class\n\x940"
    levels = size // 4
    return pickle(made, b"h\0" * levels, b"N", b"\x85R" * levels)


@case("skeletons_of_each.pkl")
def skeletons_of_each(size):
    """Every level of the chain is an attribute of the root."""
    made = b"ccloudpickle.cloudpickle\n_rehydrate_skeleton_class\n\x940](N\x94"
    step = []
    for level in range(size // 14):
        step.append(b"h\0" + recall(level + 1) + b"\x85R\x94")
    return pickle(made, *step, b"e")


@case("skeleton_of_itself.pkl")
def skeleton_of_itself(size):
    made = b"ccloudpickle.cloudpickle\n_rehydrate_skeleton_class\n"
    # The argument list is given as a list, which is filled with the result.
    return pickle(made, b"]\x94R\x94h\0h\1a00h\1")


# ---------------------------------------------------------------- quadratic traps

def big_state(size, key=lambda n: "k%d" % n):
    return b"}\x94(" + b"".join(text(key(n)) + b"N" for n in range(size)) + b"u0"


@case("list_of_one_big_object.pkl")
def list_of_one_big_object(size):
    many = size // 24
    made = big_state(many) + b"cm\nC\n)\x81h\0b\x94"
    return pickle(made, b"](", b"h\1" * (size // 4), b"e")


@case("list_of_objects_with_one_big_state.pkl")
def list_of_objects_with_one_big_state(size):
    many = size // 24
    made = big_state(many) + b"cm\nC\n\x940"
    return pickle(made, b"](", b"h\1)\x81h\0b" * (size // 16), b"e")


@case("numbers_as_attributes.pkl")
def numbers_as_attributes(size):
    """No key is a text, so that looking for the first attribute looks at all."""
    made = b"}\x94(" + b"NN" * (size // 4) + b"u0" + b"cm\nC\n)\x81h\0b\x940"
    return pickle(made, b"](", b"h\1" * (size // 4), b"e")


@case("built_again_and_again.pkl")
def built_again_and_again(size):
    made = big_state(size // 24) + b"csklearn.base\nBase\n)\x81"
    return pickle(made, b"h\0b" * (size // 6))


@case("long_keys.pkl")
def long_keys(size):
    key = text("k" * 65000)
    return pickle(key, b"\x940csklearn.base\nBase\n)\x81}(", b"h\0N" * ((size - 65000 if size > 130000 else size // 2) // 3), b"ub")


@case("long_keys_everywhere.pkl")
def long_keys_everywhere(size):
    key = text("\u00e9" * 32000)
    return pickle(key, b"\x940](", b"}h\0Ns" * ((size - 64000 if size > 130000 else size // 2) // 5), b"e")


for label in ("catboost.core.CatBoost", "xgboost.core.Booster", "lightgbm.basic.Booster"):

    @case(f"many_{label.split('.')[0]}_objects_of_one_state.pkl")
    def many_boosters(size, label=label):
        module, name = label.rsplit(".", 1)
        made = big_state(size // 24) + f"c{module}\n{name}\n".encode() + b"\x940"
        return pickle(made, b"](", b"h\1)\x81h\0b" * (size // 16), b"e")


@case("many_boosters_of_one_payload.pkl")
def many_boosters_of_one_payload(size):
    payload = b'{"learner":{"gradient_booster":{"model":{"trees":[' + b"[1,2,3],"  * (size // 8) + b"0]}}}}"
    made = b"cxgboost.core\nBooster\n\x940}(" + text("handle") + b"B" + struct.pack("<I", len(payload)) + payload + b"u\x940"
    return pickle(made, b"](", b"h\0)\x81h\1b" * 200, b"e")


@case("many_boosters_of_one_payload.pkl.gz")
def many_boosters_packed(size):
    return gzip.compress(many_boosters_of_one_payload(size))


@case("feature_names.pkl")
def feature_names(size):
    name = text("n" * 65000)
    made = state(n_features_in_=number(3))[:-1] + text("feature_names_in_") + b"](" + b"h\0" * (size // 2 - 33000 if size > 130000 else 5000) + b"eu"
    return pickle(name, b"\x940", obj("sklearn.linear_model.LinearRegression", made))


@case("many_feature_names.pkl")
def many_feature_names(size):
    names = b"](" + b"".join(text("n%d" % n) for n in range(size // 13)) + b"e"
    return pickle(obj("sklearn.linear_model.LinearRegression", state(feature_names_in_=names)))


def object_array(items, length):
    dtype = b"cnumpy\ndtype\n\x8c\x02O8\x89\x88\x87R(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb"
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R"
    return made + b"(K\x01" + number(length) + b"\x85" + dtype + b"\x89](" + items + b"etb"


@case("class_labels.pkl")
def class_labels(size):
    count = size // 2 - 33000 if size > 130000 else 5000
    return pickle(text("n" * 65000), b"\x940", obj("sklearn.svm._classes.SVC", state(classes_=object_array(b"h\0" * count, count))))


@case("arrays_of_one_list.pkl")
def arrays_of_one_list(size):
    """Attributes that are all arrays over one long list."""
    count = size // 4
    dtype = b"cnumpy\ndtype\n\x8c\x02O8\x89\x88\x87R(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb"
    start = dtype + b"\x940](" + b"N" * count + b"e\x940cnumpy.core.multiarray\n_reconstruct\n\x940cnumpy\nndarray\n\x940"
    array = b"h\2h\3K\0\x85C\x01b\x87R(K\x01" + number(count) + b"\x85h\0\x89h\1tb"
    one = obj("sklearn.base.Base", b"}(" + b"".join(text("a%d" % n) + array for n in range(40)) + b"u")
    return pickle(start, b"](", one * (size // 4 // len(one) + 1), b"e")


@case("latin_arrays.pkl")
def latin_arrays(size):
    """Attributes that are all arrays over one text of encoded bytes."""
    start = text("\u00e9" * 32000) + b"\x940"
    array = b"cnumpy.core.numeric\n_frombuffer\n(c_codecs\nencode\nh\0\x8c\6latin1\x86Rcnumpy\ndtype\n\x8c\2f8\x85RM\xa0\x0f\x85\x8c\1Ct\x8c"[:-1] + b"R"
    one = obj("sklearn.base.Base", b"}(" + b"".join(text("a%d" % n) + array for n in range(40)) + b"u")
    return pickle(start, b"](", one * (size // len(one) + 1), b"e")


@case("structured_types.pkl")
def structured_types(size):
    fields = min(4000, size // 30)
    names = b"(" + b"".join(text("f%d" % n) for n in range(fields)) + b"t"
    f8 = b"cnumpy\ndtype\n\x8c\2f8\x85R"
    places = b"}(" + b"".join(text("f%d" % n) + b"h\0K\0\x86" for n in range(fields)) + b"u"
    dtype = f8 + b"\x940cnumpy\ndtype\n\x8c\2V8\x85R(K\x03\x8c\x01|N" + names + places + b"K\x08K\1K\0tb\x940"
    array = b"cnumpy.core.numeric\n_frombuffer\n(C\x08aaaaaaaah\1K\1\x85\x8c\1CtR"
    one = obj("sklearn.base.Base", b"}(" + b"".join(text("a%d" % n) + array for n in range(40)) + b"u")
    return pickle(dtype, b"](", one * (size // 2 // len(one) + 1), b"e")


@case("versions.pkl")
def versions(size):
    key = text("_sklearn_version") + b"\x940"
    return pickle(key, b"](", b"".join(b"}h\0" + text("1.%d" % n) + b"s" for n in range(size // 17)), b"e")


@case("distinct_names.pkl")
def distinct_names(size):
    return pickle(b"](", b"".join(b"cm\nn%x\n" % n for n in range(size // 10)), b"e")


@case("distinct_modules.pkl")
def distinct_modules(size):
    return pickle(b"](", b"".join(b"cm%x\nn\n" % n for n in range(size // 10)), b"e")


@case("distinct_sklearn_names.pkl")
def distinct_sklearn_names(size):
    return pickle(b"](", b"".join(b"csklearn.svm\nN%x\n)\x81" % n for n in range(size // 22)), b"e")


@case("distinct_sklearn_modules.pkl")
def distinct_sklearn_modules(size):
    return pickle(b"](", b"".join(b"csklearn.m%x\nN\n)\x81" % n for n in range(size // 22)), b"e")


@case("dotted_names.pkl")
def dotted_names(size):
    name = b"csklearn" + b".a" * 20000 + b"\nN" + b".a" * 10000 + b"\n"
    return pickle(b"](", name * (size // len(name) + 1), b"e")


@case("long_names.pkl")
def long_names(size):
    return pickle(text("n" * 60000), b"\x940](", b"h\0h\0\x93" * (size // 5), b"e")


@case("steps.pkl")
def steps(size):
    step = text("a") + obj("sklearn.base.Base", state(b=b"N")) + b"\x86"
    return pickle(obj("sklearn.pipeline.Pipeline", state(steps=b"](" + step * (size // len(step)) + b"e")))


@case("many_attributes_of_estimators.pkl")
def many_attributes(size):
    one = obj("sklearn.base.Base", state(b=b"N"))
    many = b"".join(text("a%d_" % n) + one + text("a%d" % n) + one for n in range(size // 2 // len(one)))
    return pickle(obj("sklearn.base.Base", b"}(" + many + b"u"))


@case("code_objects.pkl")
def code_objects(size):
    return pickle(b"ctypes\nCodeType\n\x940](", (b"h\0(" + b"N" * 18 + b"tR") * (size // 24), b"e")


@case("functions.pkl")
def functions(size):
    return pickle(b"ccloudpickle.cloudpickle\n_make_function\n\x940ctypes\nCodeType\n\x940(", b"K\1" * 18, b"t\x940](", b"h\0h\1h\2R\x85R" * (size // 10), b"e")


@case("forest.pkl")
def forest(size):
    tree = obj("sklearn.tree._classes.DecisionTreeClassifier", state(max_depth=b"N", tree_=obj("sklearn.tree._tree.Tree", state(nodes=b"C\0"))))
    return pickle(obj("sklearn.ensemble._forest.RandomForestClassifier", state(_sklearn_version=text("1.3.0"), n_features_in_=number(4), estimators_=b"](" + tree * (size // len(tree)) + b"e")))


@case("forest_of_one_tree.pkl")
def forest_of_one_tree(size):
    tree = obj("sklearn.tree._classes.DecisionTreeClassifier", state(max_depth=b"N", tree_=obj("sklearn.tree._tree.Tree", state(nodes=b"C\0"))))
    return pickle(tree, b"\x940", obj("sklearn.ensemble._forest.RandomForestClassifier", state(_sklearn_version=text("1.3.0"), n_features_in_=number(4), estimators_=b"](" + b"h\0" * (size // 2) + b"e")))


@case("linear_of_lists.pkl")
def linear_of_lists(size):
    return pickle(obj("sklearn.linear_model._base.LinearRegression", state(_sklearn_version=text("1.3.0"), n_features_in_=number(4), coef_=object_array(b"K\1" * (size // 2), size // 2), intercept_=b"K\0")))


@case("scaler_of_texts.pkl")
def encoder_of_texts(size):
    count = size // 2 - 33000 if size > 130000 else 5000
    return pickle(text("n" * 65000), b"\x940", obj("sklearn.preprocessing._encoders.OrdinalEncoder", state(_sklearn_version=text("1.3.0"), n_features_in_=number(1), categories_=b"]" + object_array(b"h\0" * count, count) + b"a")))


@case("text_vocabulary.pkl")
def text_vocabulary(size):
    words = b"}(" + b"".join(text("w%d" % n) + b"K\1" for n in range(size // 15)) + b"u"
    return pickle(obj("sklearn.feature_extraction.text.CountVectorizer", state(_sklearn_version=text("1.3.0"), vocabulary_=words)))


# ---------------------------------------------------------------- joblib


def wrapper(shape, dtype):
    inner = b"}(" + text("shape") + shape + text("order") + text("C") + text("dtype") + b"cnumpy\ndtype\n" + text(dtype) + b"\x85R" + b"u"
    return obj("joblib.numpy_pickle.NumpyArrayWrapper", inner)


@case("many_arrays.joblib")
def many_arrays(size):
    one = wrapper(b"K\1\x85", "f8") + b"\0" * 8
    return pickle(b"](", one * (size // len(one)), b"e")


@case("many_object_arrays.joblib")
def many_object_arrays(size):
    one = wrapper(b"K\1\x85", "O8") + b"\x80\x04]."
    return pickle(b"](", one * (size // len(one)), b"e")


@case("one_large_object_array.joblib")
def one_large_object_array(size):
    return pickle(b"](", wrapper(number(size) + b"\x85", "O8") + pickle(b"](", b"]" * size, b"e"), b"e")


def old_wrapper(name):
    return obj("joblib.numpy_pickle.NDArrayWrapper", b"}(" + text("filename") + text(name) + text("subclass") + b"cnumpy\nndarray\nu")


def npy(header, data=b""):
    header = header.encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


@case("side_files_of_one_name")
def side_files_of_one_name(size):
    one = old_wrapper("side.npy")
    many = 15000 if size > 1 << 20 else 300
    side = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", pickle(b"N0" * (size // 20)))
    return {"model.pkl": pickle(b"](", one * many, b"e"), "side.npy": side}


@case("packed_side_files_of_one_name")
def packed_side_files(size):
    one = obj("joblib.numpy_pickle.ZNDArrayWrapper", b"}(" + text("filename") + text("side.z") + text("state") + b"(K\1" + number(1 << 28) + b"\x85cnumpy\ndtype\n" + text("u1") + b"\x85R\x89tu")
    many = 15000 if size > 1 << 20 else 30
    return {"model.pkl": pickle(b"](", one * many, b"e"), "side.z": zlib.compress(bytes(200 << 20 if size > 1 << 20 else 8 << 20), 9)}


@case("side_files_that_are_not_there")
def side_files_missing(size):
    return {"model.pkl": pickle(b"](", b"".join(old_wrapper("m%d.npy" % n) for n in range(size // 110)), b"e")}


# ---------------------------------------------------------------- folders


@case("columns_of_one_long_name")
def columns(size):
    size = min(size, 4 << 20)
    long = text("n" * 65000)
    model = obj("sklearn.linear_model._base.LinearRegression", state(n_features_in_=number(4)))
    return {"model.pkl": pickle(model), "columns.pkl": pickle(long, b"\x940](", b"h\0" * ((size - 66000) // 2 if size > 130000 else 5000), b"e")}


@case("sources_of_many_names")
def sources(size):
    body = "x = 1\n" * (min(size, 3 << 20) // 6)
    names = b"".join(b"c__main__\nn%x\n)\x81" % n for n in range(size // 20))
    files = {f"s{n}.py": body.encode() for n in range(24 if size > 1 << 20 else 3)}
    return {"model.pkl": pickle(b"](", names, b"e"), **files}


@case("tables_and_features")
def tables(size):
    names = b"](" + b"".join(text("n%d" % n) for n in range(size // 13)) + b"e"
    files = {f"t{n}.json": (json.dumps(["x" * 50] * (min(size, 3 << 20) // 60))).encode() for n in range(20 if size > 1 << 20 else 3)}
    return {"model.pkl": pickle(obj("sklearn.linear_model._base.LinearRegression", state(feature_names_in_=names))), **files}


def mlflow(**files):
    model = pickle(obj("sklearn.linear_model._base.LinearRegression", state(n_features_in_=number(4))))
    return {"MLmodel": b"flavors:\n  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.2.2\n", "model.pkl": model, **files}


@case("mlflow_alias_bomb")
def alias_bomb(size):
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join(['*a%d' % (n - 1)] * 9)}]" for n in range(1, 40)]
    return mlflow(MLmodel="\n".join(lines).encode() + b"\nflavors: *a39\n")


@case("mlflow_deep")
def mlflow_deep(size):
    return mlflow(MLmodel=b"a: " + b"[" * min(size, 4 << 20))


@case("mlflow_deep_blocks")
def mlflow_deep_blocks(size):
    lines, total, depth = [], 0, 0
    while total < min(size, 4 << 20):
        lines.append(" " * depth + "a:")
        depth += 1
        total += depth + 3
    return mlflow(MLmodel="\n".join(lines).encode())


@case("mlflow_wide")
def mlflow_wide(size):
    return mlflow(MLmodel=b"flavors:\n" + b"".join(b"  k%d: 1\n" % n for n in range(min(size, 4 << 20) // 11)))


@case("mlflow_one_line")
def mlflow_one_line(size):
    return mlflow(MLmodel=b"signature:\n  inputs: '" + json.dumps([{"name": "a", "type": "double"}] * (min(size, 3 << 20) // 36)).encode() + b"'\nflavors:\n  sklearn:\n    pickled_model: model.pkl\n")


@case("mlflow_anchors")
def mlflow_anchors(size):
    count = min(size, 4 << 20) // 22
    return mlflow(MLmodel=b"".join(b"k%d: &a%d [x]\n" % (n, n) for n in range(count)))


for label, name, make in [
    ("requirements_lines", "requirements.txt", lambda size: b"".join(b"p%d==1.%d\n" % (n, n) for n in range(size // 14))),
    ("requirements_same", "requirements.txt", lambda size: b"numpy>=1,<2,!=1.5; python_version>'3'\n" * (size // 38)),
    ("requirements_long_line", "requirements.txt", lambda size: b"numpy" + b">=1," * (size // 4)),
    ("requirements_marker", "requirements.txt", lambda size: b"numpy; " + b"(" * (size - 7)),
    ("requirements_continued", "requirements.txt", lambda size: b"numpy \\\n" * (size // 8)),
    ("requirements_include", "requirements.txt", lambda size: b"-r requirements.txt\n-r ./requirements.txt\n-r a/../requirements.txt\n" * (size // 66)),
    ("requirements_versions", "requirements.txt", lambda size: (b"numpy==" + b"1." * 100 + b"1\n") * (size // 210)),
    ("conda_lines", "conda.yaml", lambda size: b"dependencies:\n" + b"".join(b"- p%d=1.%d\n" % (n, n) for n in range(size // 14))),
    ("pyproject_lines", "pyproject.toml", lambda size: b"[project]\ndependencies = [\n" + b"".join(b'"p%d==1",\n' % n for n in range(size // 14)) + b"]\n"),
    ("pyproject_deep", "pyproject.toml", lambda size: b"a = " + b"[" * (size - 4)),
    ("pyproject_tables", "pyproject.toml", lambda size: b"".join(b"[a%d.b.c]\n" % n for n in range(size // 13))),
    ("pyproject_dotted", "pyproject.toml", lambda size: b"a" + b".a" * (size // 2 - 4) + b" = 1\n"),
    ("uv_lock", "uv.lock", lambda size: b"version = 1\n" + b"".join(b'[[package]]\nname = "p%d"\nversion = "1"\n' % n for n in range(size // 42))),
    ("pipfile_lock", "Pipfile.lock", lambda size: json.dumps({"default": {"p%d" % n: {"version": "==1"} for n in range(size // 34)}}).encode()),
    ("pipfile_lock_deep", "Pipfile.lock", lambda size: b'{"default":' + b"[" * (size - 12)),
    ("dockerfile", "Dockerfile", lambda size: b"FROM python:3.9\n" + b"RUN pip install numpy==1.2 && \\\n" * (size // 33)),
    ("dockerfile_words", "Dockerfile", lambda size: b"FROM python:3.9\nRUN pip install " + b"a " * (size // 2 - 20)),
    ("config_json_deep", "config.json", lambda size: b'{"sklearn":' + b"[" * (size - 12)),
    ("config_json_wide", "config.json", lambda size: json.dumps({"sklearn": {"columns": ["c%d" % n for n in range(size // 12)], "environment": ["p%d=1" % n for n in range(10000)], "model": {"file": "model.pkl"}}}).encode()),
    ("readme_card", "README.md", lambda size: b"---\nlibrary_name: sklearn\ntags: [" + b"a," * (size // 2 - 30) + b"a]\n---\n"),
    ("python_version", ".python-version", lambda size: b"3.9\n" * (size // 4)),
]:

    @case(f"declared_{label}")
    def declared(size, name=name, make=make):
        model = pickle(obj("sklearn.linear_model._base.LinearRegression", state(n_features_in_=number(4), _sklearn_version=text("1.2.2"))))
        limit = (8 << 20) - 4096 if "lock" in name else (1 << 20) - 4096
        return {"model.pkl": model, name: make(min(size, limit))}


# ---------------------------------------------------------------- compressions


def pieces(total, pack, head=b"\x80\x04\x8e\0\0\0\0\0\1\0\0"):
    """A byte string of zeros that unfolds to `total` bytes, as members behind each other."""
    piece = pack(bytes(8 << 20))
    return pack(head) + piece * max(1, total // (8 << 20))


def unfolding(size):
    return 1 << 32 if size > 1 << 20 else 320 << 20


for label, pack in [("gz", lambda b: gzip.compress(b, 9)), ("bz2", lambda b: bz2.compress(b, 9)), ("xz", lambda b: lzma.compress(b, preset=6))]:

    @case(f"bomb.pkl.{label}")
    def bomb(size, pack=pack):
        return pieces(unfolding(size), pack)

    @case(f"bomb_to_the_size.pkl.{label}")
    def bomb_of_size(size, pack=pack):
        piece = pack(bytes(32 << 20))
        return pack(b"\x80\x04\x8e\0\0\0\0\0\1\0\0") + piece * max(1, (size // 2) // len(piece))

    @case(f"many_members.pkl.{label}")
    def many_members(size, pack=pack):
        one = pack(b"N0")
        return pack(b"\x80\x04N") + one * (size // len(one))

    @case(f"empty_members.pkl.{label}")
    def empty_members(size, pack=pack):
        one = pack(b"")
        return one * (size // len(one))

    @case(f"bomb_of_lists.pkl.{label}")
    def bomb_of_lists(size, pack=pack):
        return pack(b"\x80\x04](") + pieces(256 << 20, lambda b: pack(b.replace(b"\0", b"]")), b"")

    @case(f"bomb_of_pops.pkl.{label}")
    def bomb_of_pops(size, pack=pack):
        return pack(b"\x80\x04N") + pieces(256 << 20, lambda b: pack(b"N0" * (len(b) // 2)), b"")

    @case(f"bomb_of_texts.pkl.{label}")
    def bomb_of_texts(size, pack=pack):
        one = pack((b"X\xff\xff\0\0" + b"a" * 65535) * 100)
        return pack(b"\x80\x04](") + one * 200 + pack(b"e.")

    @case(f"bomb_behind.pkl.{label}")
    def bomb_behind(size, pack=pack):
        return pack(b"\x80\x04N.") + pieces(1 << 30, pack, b"")

    @case(f"real_random.pkl.{label}")
    def real_random(size, pack=pack):
        noise = random.Random(3).randbytes(size)
        return pack(b"\x80\x04\x8e" + struct.pack("<Q", len(noise)) + noise + b".")

    @case(f"boosters_in.pkl.{label}")
    def boosters_in(size, pack=pack):
        one = obj("xgboost.core.Booster", b"}(" + text("handle") + b"B" + struct.pack("<I", 100000) + b"{" * 100000 + b"u")
        many = pack(one * 4)
        return pack(b"\x80\x04](") + pieces(160 << 20, lambda b: pack(b.replace(b"\0", b"2")[:100] + b"B\0\0\x50\0" + bytes(0x500000) + b"0"), b"") + many + pack(b"e.")


@case("bomb.pkl.z")
def bomb_zlib(size):
    packer = zlib.compressobj(9)
    made = [packer.compress(b"\x80\x04\x8e\0\0\0\0\0\1\0\0")]
    for _ in range(unfolding(size) >> 24):
        made.append(packer.compress(bytes(1 << 24)))
    return b"".join(made) + packer.flush()


@case("bomb.pkl.lzma")
def bomb_lzma(size):
    packer = lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=1)
    made = [packer.compress(b"\x80\x04\x8e\0\0\0\0\0\1\0\0")]
    for _ in range(unfolding(size) >> 25):
        made.append(packer.compress(bytes(1 << 24)))
    return b"".join(made) + packer.flush()


@case("nested_bombs.pkl.gz")
def nested_bombs(size):
    return gzip.compress(pieces(unfolding(size), lambda b: gzip.compress(b, 9)), 9)


@case("nested_bz2_in_gz.pkl.gz")
def nested_bz2(size):
    return gzip.compress(pieces(unfolding(size), lambda b: bz2.compress(b, 9)), 9)


@case("nested_twice.pkl.gz")
def nested_twice(size):
    return gzip.compress(gzip.compress(pieces(unfolding(size), lambda b: bz2.compress(b, 9)), 9), 9)


@case("xz_dictionaries.pkl.xz")
def xz_dictionaries(size):
    """Every stream asks for a dictionary of its own, and of the largest size that is allowed."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 127 << 20, "preset": 0}]
    one = lzma.compress(b"N0", format=lzma.FORMAT_XZ, filters=filters)
    return lzma.compress(b"\x80\x04N", filters=filters) + one * (min(size, 1 << 20) // len(one))


def lz4_frame(blocks):
    # Frame without check sums, blocks of up to 4 MiB; the header's own check sum is fixed for it.
    head = b"\x04\x22\x4d\x18\x60\x70\x73"
    return head + b"".join(struct.pack("<I", len(block)) + block for block in blocks) + bytes(4)


def lz4_block(first, length):
    """`first` in literals, then its last byte again: a match of distance one."""
    rest = length - len(first) - 5
    more = rest - 19
    made = bytes([(len(first) << 4) | 15]) + first + b"\1\0" + b"\xff" * (more // 255) + bytes([more % 255])
    return made + b"\x50" + first[-1:] * 5


@case("bomb.pkl.lz4")
def bomb_lz4(size):
    blocks = [lz4_block(b"\x80\x04\x8e\0\0\0\0\0\1\0\0", 4 << 20)] + [lz4_block(b"\0", 4 << 20)] * (size // 16500)
    return lz4_frame(blocks)


@case("lz4_many_blocks.pkl.lz4")
def lz4_many_blocks(size):
    return lz4_frame([b"\x30\x80\x04N"] + [b"\x20N0"] * (size // 7))


# ---------------------------------------------------------------- zip archives


def archive(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return buffer.getvalue()


def overlapping(names, content):
    """A central directory whose entries all point at one local header."""
    packed = zlib.compress(content, 9)[2:-4]
    crc = zlib.crc32(content)
    out = bytearray()
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(packed), len(content), 1, 0) + b"x" + packed
    out += local
    start = len(out)
    for name in names:
        name = name.encode()
        out += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(packed), len(content), len(name), 0, 0, 0, 0, 0, 0) + name
    count = min(len(names), 0xFFFF)
    out += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(out) - start, start, 0)
    return bytes(out)


def members(size):
    return 60000 if size > 1 << 20 else 500


@case("zip_many_members.npz")
def zip_many(size):
    body = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", bytes(8))
    return archive([("a%d.npy" % n, body) for n in range(members(size))], zipfile.ZIP_STORED)


@case("zip_overlapping.npz")
def zip_overlapping_npz(size):
    body = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", pickle(b"N0" * (1 << 20)))
    return overlapping(["a%d.npy" % n for n in range(members(size))], body)


@case("zip_overlapping_floats.npz")
def zip_overlapping_floats(size):
    body = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }\n" % (1 << 23), bytes(1 << 26))
    return overlapping(["a%d.npy" % n for n in range(members(size))], body)


@case("zip_overlapping_torch.pt")
def zip_overlapping_torch(size):
    return overlapping(["a/data.pkl", "a/version"] + ["a/p%d.pkl" % n for n in range(min(4000, members(size)))], pickle(b"N0" * (1 << 20)))


@case("torch_constants.pt")
def torch_bomb(size):
    return archive([("a/data.pkl", pickle(b"](", b"]" * (32 << 20), b"e")), ("a/version", b"3\n")])


@case("torch_texts.pt")
def torch_texts(size):
    return archive([("a/data.pkl", pickle(b"](", (b"X\xff\xff\0\0" + b"a" * 65535) * 1500, b"e")), ("a/version", b"3\n")])


@case("torch_tensors.pt")
def torch_tensors(size):
    storage = b"(\x8c\7storagectorch\nFloatStorage\n\x8c\x010\x8c\3cpuK\1tQ"
    one = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\0K\1\x85K\1\x85\x89ccollections\nOrderedDict\n)RtR"
    body = b"}(" + b"".join(text("t%d" % n) + one for n in range(size * 4 // len(one))) + b"u"
    return archive([("a/data.pkl", pickle(body)), ("a/version", b"3\n"), ("a/data/0", bytes(4))])


@case("torch_laughing.pt")
def torch_laughing(size):
    made = [b"}\x94"]
    for level in range(2000):
        made.append(b"}(\x8c\1a" + recall(level) + b"\x8c\1b" + recall(level) + b"u\x94")
    return archive([("a/data.pkl", pickle(*made)), ("a/version", b"3\n")])


@case("torch_stacked.pt")
def torch_stacked(size):
    magic = b"\x8a\x0a" + bytes.fromhex("6cfc9c46f9206aa85019")
    start = b"\x80\x02" + magic + b".\x80\x02M\xe9\x03.\x80\x02}."
    keys = b"\x80\x02](" + b"".join(text("%d" % n) for n in range(size // 12)) + b"e."
    return start + pickle(b"](", b"]" * (size // 2), b"e") + keys


def skops(schema, extra=()):
    return archive([("schema.json", schema), *extra])


def skops_model(attributes, **more):
    return json.dumps({"__class__": "LinearRegression", "__module__": "sklearn.linear_model._base", "__loader__": "ObjectNode", "content": {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": attributes, "key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}}, "protocol": 1, "_skops_version": "0.11", **more})


def skops_json(value):
    return {"__class__": "int", "__module__": "builtins", "__loader__": "JsonNode", "content": value}


@case("schema_deep.skops")
def skops_deep(size):
    return skops('{"content":' * (size * 4 // 11) + "1" + "}" * (size * 4 // 11))


@case("schema_deep_lists.skops")
def skops_deep_lists(size):
    one = '{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":['
    return skops(one * (size // 20) + "]}" * (size // 20))


@case("schema_of_zeros.skops")
def skops_zeros(size):
    return skops("[" * (90 << 20))


@case("schema_wide.skops")
def skops_wide(size):
    return skops("[" + "0," * (40 << 20) + "0]")


@case("schema_wide_objects.skops")
def skops_wide_objects(size):
    return skops("[" + "{}," * (25 << 20) + "0]")


@case("schema_keys.skops")
def skops_keys(size):
    return skops("{" + ",".join('"k%d":0' % n for n in range(6000000 if size > 1 << 20 else 6000)) + "}")


@case("schema_attributes.skops")
def skops_attributes(size):
    return skops(skops_model({"a%d" % n: skops_json("1") for n in range(size // 30)}))


@case("schema_arrays.skops")
def skops_arrays(size):
    array = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy"}
    count = members(size) // 2
    return skops(skops_model({"a%d" % n: {**array, "file": "%d.npy" % n} for n in range(count)}), [("%d.npy" % n, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", bytes(8))) for n in range(count)])


@case("schema_arrays_of_one_file.skops")
def skops_one_file(size):
    array = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy", "file": "0.npy"}
    body = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }\n" % (1 << 22), bytes(1 << 25))
    return skops(skops_model({"a%d" % n: array for n in range(members(size))}), [("0.npy", body)])


@case("config_deep.keras")
def keras_deep(size):
    return archive([("metadata.json", '{"keras_version": "3.0"}'), ("config.json", '{"config":' * 1000000 + "1" + "}" * 1000000), ("model.weights.h5", b"")])


@case("config_wide.keras")
def keras_wide(size):
    layers = [{"class_name": "Dense", "config": {"name": "d%d" % n, "units": 3}} for n in range(200000 if size > 1 << 20 else 2000)]
    return archive([("metadata.json", '{"keras_version": "3.0"}'), ("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": layers}})), ("model.weights.h5", b"")])


@case("config_numbers.keras")
def keras_numbers(size):
    return archive([("metadata.json", '{"keras_version": "3.0"}'), ("config.json", '{"config":[' + "0," * (7 << 20) + "0]}"), ("model.weights.h5", b"")])


@case("zip_names.zip")
def zip_names(size):
    return overlapping(["n" * 1000 + str(n) for n in range(size // 1050)], b"x")


@case("zip_tiny_names.zip")
def zip_tiny_names(size):
    return overlapping(["schema.json"] * (size // 60), b"{}")


# ---------------------------------------------------------------- text and tree formats


@case("deep.json")
def xgboost_deep(size):
    return b'{"learner":' + b"[" * (size - 11)


@case("deep_objects.json")
def xgboost_deep_objects(size):
    return b'{"learner":' + b'{"a":' * (size // 5)


@case("wide.json")
def xgboost_wide(size):
    return b'{"learner":{"attributes":{},"gradient_booster":{"model":{"trees":[' + b"1," * (size // 2) + b'1]}}},"version":[1,7,0]}'


@case("names.json")
def xgboost_names(size):
    return b'{"learner":{"attributes":{},"feature_names":[' + b'"n",' * (size // 4) + b'"n"],"feature_types":[]},"version":[1,7,0]}'


@case("long_text.json")
def xgboost_long_text(size):
    return b'{"learner":{"attributes":{"a":"' + b"a" * size + b'"}},"version":[1,7,0]}'


@case("escapes.json")
def xgboost_escapes(size):
    return b'{"learner":{"attributes":{"a":"' + b"\\u0041" * (size // 6) + b'"}},"version":[1,7,0]}'


@case("long_number.json")
def xgboost_long_number(size):
    return b'{"learner":{"attributes":' + b"1" * size + b'},"version":[1,7,0]}'


@case("keys.json")
def xgboost_keys(size):
    return b'{"learner":{' + b",".join(b'"k%d":1' % n for n in range(size // 12)) + b'},"version":[1,7,0]}'


@case("deep.ubj")
def ubjson_deep(size):
    return b"{L\0\0\0\0\0\0\0\7learner" + b"[" * size


@case("declared.ubj")
def ubjson_declared(size):
    return b"{L\0\0\0\0\0\0\0\7learner[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff" + bytes(size)


@case("nothing.ubj")
def ubjson_nothing(size):
    """Arrays whose elements take no bytes."""
    return b"{L\0\0\0\0\0\0\0\7learner" + b"[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff" * (size // 13)


@case("wide.ubj")
def ubjson_wide(size):
    return b"{L\0\0\0\0\0\0\0\7learner{" + b"i\1ai\1" * (size // 5) + b"}}"


LIGHTGBM = b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=3\nobjective=binary\nfeature_names=a b c d\nfeature_infos=none none none none\ntree_sizes=1\n\n"


@case("trees.txt")
def lightgbm_trees(size):
    return LIGHTGBM + b"".join(b"Tree=%d\nnum_leaves=1\n\n" % n for n in range(size // 24)) + b"end of trees\n"


@case("names.txt")
def lightgbm_names(size):
    return LIGHTGBM.replace(b"a b c d", b"n " * (size // 2)).replace(b"idx=3", b"idx=%d" % (size // 2)) + b"end of trees\n"


@case("lines.txt")
def lightgbm_lines(size):
    return LIGHTGBM + b"\n" * size


@case("long_line.txt")
def lightgbm_long_line(size):
    return LIGHTGBM + b"a" * size


@case("deep.pmml")
def pmml_deep(size):
    return b'<?xml version="1.0"?><PMML version="4.4">' + b"<a>" * (size // 3)


@case("wide.pmml")
def pmml_wide(size):
    return b'<?xml version="1.0"?><PMML version="4.4"><DataDictionary>' + b"".join(b'<DataField name="f%d" optype="c"/>' % n for n in range(size // 36)) + b"</DataDictionary></PMML>"


@case("attributes.pmml")
def pmml_attributes(size):
    one = b"<a " + b"".join(b'a%d="1" ' % n for n in range(20000)) + b"/>"
    return b'<?xml version="1.0"?><PMML version="4.4">' + one * (size // len(one) + 1) + b"</PMML>"


@case("long_tag.pmml")
def pmml_long_tag(size):
    return b'<?xml version="1.0"?><PMML version="4.4"><' + b"a" * size


@case("entities.pmml")
def pmml_entities(size):
    lines = ["<!DOCTYPE PMML [<!ENTITY a0 'aaaaaaaaaa'>"]
    lines += [f"<!ENTITY a{n} '{('&a%d;' % (n - 1)) * 10}'>" for n in range(1, 30)]
    return ('<?xml version="1.0"?>' + "".join(lines) + ']><PMML version="4.4"><DataDictionary><DataField name="&a29;"/></DataDictionary></PMML>').encode()


@case("comments.pmml")
def pmml_comments(size):
    return b'<?xml version="1.0"?><PMML version="4.4">' + b"<!---->" * (size // 7) + b"</PMML>"


@case("comment.pmml")
def pmml_comment(size):
    return b'<?xml version="1.0"?><PMML version="4.4"><!--' + b"-" * size


@case("catboost.json")
def catboost_json(size):
    return b'{"features_info":{"float_features":[' + b",".join(b'{"feature_index":%d,"flat_feature_index":%d,"feature_id":"n"}' % (n, n) for n in range(size // 66)) + b']},"model_info":{},"oblivious_trees":[]}'


@case("catboost_offsets.cbm")
def catboost_offsets(size):
    """A flatbuffer whose tables and vectors all lead to the same places."""
    body = struct.pack("<I", 16) + struct.pack("<HHHHHH", 12, 20, 4, 8, 12, 16) + struct.pack("<i", 12)
    body += struct.pack("<I", 4) * (size // 4)
    return b"CBM1" + struct.pack("<I", len(body)) + body


# ---------------------------------------------------------------- protobuf


def varint(value):
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


ONNX = b"\x08\x08" + field(2, b"skl2onnx") + field(3, b"1.16")


@case("nested.onnx")
def onnx_nested(size):
    """Nodes with attributes that are graphs with nodes, …"""
    inner = b""
    while len(inner) < min(size, 200000):
        inner = field(1, field(4, b"If") + field(5, field(1, b"then") + field(6, inner)))
        if len(inner) > 200000:
            break
    return ONNX + field(7, inner)


@case("nodes.onnx")
def onnx_nodes(size):
    one = field(1, field(4, b"Add"))
    return ONNX + field(7, one * (size // len(one)) + field(2, b"g"))


@case("kinds.onnx")
def onnx_kinds(size):
    return ONNX + field(7, b"".join(field(1, field(4, b"Op%d" % n) + field(7, b"d%d" % n)) for n in range(size // 22)) + field(2, b"g"))


@case("inputs.onnx")
def onnx_inputs(size):
    return ONNX + field(7, b"".join(field(11, field(1, b"in%d" % n)) for n in range(size // 12)) + field(2, b"g"))


@case("opsets.onnx")
def onnx_opsets(size):
    return ONNX + b"".join(field(8, field(1, b"d%d" % n) + b"\x10\1") for n in range(size // 12)) + field(7, field(2, b"g"))


@case("metadata.onnx")
def onnx_metadata(size):
    return ONNX + field(7, field(2, b"g")) + b"".join(field(14, field(1, b"k%d" % n) + field(2, b"v")) for n in range(size // 13))


@case("functions.onnx")
def onnx_functions(size):
    return ONNX + field(7, field(2, b"g")) + b"".join(field(25, field(1, b"f%d" % n)) for n in range(size // 12))


@case("empty_fields.onnx")
def onnx_empty(size):
    return ONNX + field(7, field(2, b"g") + b"\x50\0" * (size // 2))


@case("declared.onnx")
def onnx_declared(size):
    return ONNX + b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(size)


# ---------------------------------------------------------------- tensors


def gguf(count, body, tensors=0):
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, count) + body


def gguf_text(value):
    return struct.pack("<Q", len(value)) + value


@case("keys.gguf")
def gguf_keys(size):
    many = min(size // 24, 99000)
    return gguf(many, b"".join(gguf_text(b"k%d" % n) + struct.pack("<II", 4, 1) for n in range(many)))


@case("declared.gguf")
def gguf_declared(size):
    return gguf(1 << 62, bytes(size), 1 << 62)


@case("nested.gguf")
def gguf_nested(size):
    return gguf(1, gguf_text(b"k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * (size // 12))


@case("texts.gguf")
def gguf_texts(size):
    many = size // 9
    return gguf(1, gguf_text(b"k") + struct.pack("<IIQ", 9, 8, many) + gguf_text(b"a") * many)


@case("tensors.gguf")
def gguf_tensors(size):
    many = min(size // 36, 900000)
    return gguf(0, b"".join(gguf_text(b"t%d" % n) + struct.pack("<IQIQ", 1, 1, 0, 0) for n in range(many)), many)


def safetensors(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


@case("tensors.safetensors")
def safetensors_tensors(size):
    return safetensors(json.dumps({"t%d" % n: {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(size // 64)}).encode())


@case("deep.safetensors")
def safetensors_deep(size):
    return safetensors(b'{"a":' + b"[" * size)


@case("metadata.safetensors")
def safetensors_metadata(size):
    return safetensors(json.dumps({"__metadata__": {"k%d" % n: "v" for n in range(size // 14)}}).encode())


@case("declared.safetensors")
def safetensors_declared(size):
    return struct.pack("<Q", 99_000_000) + b'{"a":' + b" " * size


@case("keys.safetensors")
def safetensors_keys(size):
    return safetensors(b'{"a":{"dtype":"U8","shape":[' + b"0," * (size // 2) + b'0],"data_offsets":[0,0]}}')


@case("shards.index.json")
def safetensors_index(size):
    return json.dumps({"metadata": {}, "weight_map": {"t%d" % n: "m%d.safetensors" % n for n in range(size // 36)}}).encode()


@case("header.npy")
def npy_header(size):
    header = "{'descr': [" + "('a','<f8')," * (size // 12) + "], 'fortran_order': False, 'shape': (), }\n"
    header = header.encode()
    return b"\x93NUMPY\2\0" + struct.pack("<I", len(header)) + header


@case("deep_header.npy")
def npy_deep(size):
    header = ("(" * 9000).encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header


@case("objects.npy")
def npy_objects(size):
    return npy("{'descr': '|O', 'fortran_order': False, 'shape': (%d,), }\n" % size, pickle(b"](", b"]" * size, b"e"))


# ---------------------------------------------------------------- tar


@case("members.tar")
def tar_members(size):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for n in range(size // 512):
            made.addfile(tarfile.TarInfo(f"model{n}.pkl"))
    return buffer.getvalue()


@case("members.tar.gz")
def tar_members_gz(size):
    return gzip.compress(tar_members(size * 4), 9)


@case("long_names.tar")
def tar_long_names(size):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as made:
        for n in range(size // 62000 + 1):
            made.addfile(tarfile.TarInfo("n" * 60000 + str(n)))
    return buffer.getvalue()


@case("one_member.tar.gz")
def tar_one(size):
    info = tarfile.TarInfo("model.pkl")
    info.size = 1 << 33
    return pieces(unfolding(size), lambda b: gzip.compress(b, 9), info.tobuf(tarfile.GNU_FORMAT))


# ---------------------------------------------------------------- HDF5

UNDEFINED = b"\xff" * 8


def superblock(root=96):
    head = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    head += struct.pack("<Q", 0) + UNDEFINED + UNDEFINED + UNDEFINED
    return (head + struct.pack("<QQ", 0, root)).ljust(96, b"\0")


def header(messages, size=None):
    body = b"".join(struct.pack("<HHB3x", kind, len(data), 0) + data for kind, data in messages)
    return struct.pack("<BxHII4x", 1, min(len(messages), 0xFFFF), 1, len(body) if size is None else size) + body


@case("continued.h5")
def hdf5_continued(size):
    """Header blocks that all continue in themselves."""
    return superblock() + header([(16, struct.pack("<QQ", 112, 24)), (0, b"")])


@case("continued_wide.h5")
def hdf5_continued_wide(size):
    many = header([(16, struct.pack("<QQ", 112, min(size, 30 << 20)))] * (min(size, 20 << 20) // 24))
    return superblock() + many


@case("circle.h5")
def hdf5_circle(size):
    """A tree of names that is its own child."""
    tree = b"TREE" + bytes([0, 1]) + struct.pack("<H", 4000) + UNDEFINED * 2 + struct.pack("<QQ", 0, 300) * 4000
    heap = b"HEAP" + bytes(4) + struct.pack("<QQQ", 8, 0, 200)
    made = superblock() + header([(17, struct.pack("<QQ", 300, 200))])
    made = made.ljust(200, b"\0") + heap
    return made.ljust(300, b"\0") + tree


@case("members.h5")
def hdf5_members(size):
    """Many links to the root itself, by many names."""
    width = 40
    count = min(size // width, 60000)
    table = b"SNOD" + struct.pack("<BxH", 1, count) + (struct.pack("<QQII16x", 0, 96, 0, 0)) * count
    tree = b"TREE" + bytes([0, 0]) + struct.pack("<H", 4000) + UNDEFINED * 2 + struct.pack("<QQ", 0, 70000) * 4000
    heap = b"HEAP" + bytes(4) + struct.pack("<QQQ", 8, 0, 200) + b"a\0\0\0\0\0\0\0"
    made = superblock() + header([(17, struct.pack("<QQ", 300, 200))])
    made = made.ljust(200, b"\0") + heap
    made = made.ljust(300, b"\0") + tree
    return made.ljust(70000, b"\0") + table


@case("attributes.h5")
def hdf5_attributes(size):
    datatype = struct.pack("<B3BI", 0x13, 0, 0, 0, 8)
    space = bytes([1, 0, 0, 0]) + bytes(4)
    one = b"\1\0" + struct.pack("<HHH", 8, 8, 8) + b"n\0\0\0\0\0\0\0" + datatype + space + b"abcdefgh"
    return superblock() + header([(12, one)] * (size // (len(one) + 8)))


# ---------------------------------------------------------------- pointers and others


@case("pointer.pkl")
def pointer(size):
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 3000 + b"\nsize 9\n"


@case("noise.pkl")
def noise(size):
    return random.Random(5).randbytes(size)


@case("zeros.pkl")
def zeros(size):
    return bytes(size)


@case("openings.pkl")
def openings(size):
    return b"(" * size


@case("prose.pkl")
def prose(size):
    return b"In a hole in the ground there lived a pickle.\n" * (size // 46)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--large", action="store_true", help="4 to 16 MB instead of 60 KB")
    parser.add_argument("--size", type=int, help="bytes of most files")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    args = parser.parse_args()
    size = args.size or (10 << 20 if args.large else 60_000)
    count = 0
    for name, make in CASES:
        if args.only not in name:
            continue
        folder = args.folder / name.replace(".", "_")
        folder.mkdir(parents=True, exist_ok=True)
        made = make(size)
        files = made if isinstance(made, dict) else {name: made}
        for file, content in files.items():
            (folder / file).write_bytes(content)
        count += 1
    print(f"{count} cases in {args.folder}")


if __name__ == "__main__":
    main()
