"""Whatever text is given as settings: plain values, or one sentence, soon."""

import json
import os
import time

import pytest
from pydantic import ValidationError

from aiart.errors import UserError
from aiart.params import checked, parse_yaml, read_yaml
from aiart.params.explain import alternatives, is_called
from aiart.params.merge import load_params, merged_params
from aiart.params.plain import check_plain, clipped, shortened
from aiart.params.reading import parse_json
from aiart.params.root import ROOMS, Params

DOUBLED = "".join(f"    k{i}: &k{i} [*k{i - 1}, *k{i - 1}]\n" for i in range(1, 40))
LAUGHS = "a: &a0 [lol, lol]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9))


def said(text: str | bytes, tmp_path) -> str:
    """The one sentence about a params file that holds `text`, which comes well within a second."""
    path = tmp_path / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        load_params(path)
    assert time.process_time() - start < 2, "on a busy machine; half a second on an idle one"
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 1200
    return message.removeprefix(f"{path}: ")


DEEP = "is not valid YAML at line 1 (nested more than 16 deep); mend that line."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "is not valid YAML at line 5 (more than 20,000 values, with aliases); mend that line."),
        (
            f"style_transfer:\n  defaults:\n    k0: &k0 [1, 1]\n{DOUBLED}",
            "is not valid YAML at line 15 (more than 20,000 values, with aliases); mend that line.",
        ),
        (
            "a0: &a0 {}\n" + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 5)}]}}\n" for i in range(1, 40)),
            "is not valid YAML at line 7 (more than 20,000 values, with aliases); mend that line.",
        ),
        ("seed: &a [*a]\n", "is not valid YAML at line 1 (the alias 'a' holds itself); mend that line."),
        ("&a\nseed: *a\n", "is not valid YAML at line 2 (the alias 'a' holds itself); mend that line."),
        ("a: &a\n  <<: *a\n", "is not valid YAML at line 2 (the alias 'a' holds itself); mend that line."),
        ("seed: *a\n", "is not valid YAML at line 1 (found undefined alias 'a'); mend that line."),
        ("seed: " + "[" * 500 + "]" * 500, DEEP),
        ("seed: " + "{a: " * 500 + "}" * 500, DEEP),
        ("- " * 100_000, DEEP),
        ("[" * 200_000, DEEP),
        ("seed: !!int abc\n", "is not valid YAML at line 1 ('abc' cannot be read as int); mend that line."),
        ("seed: !!bool maybe\n", "is not valid YAML at line 1 ('maybe' cannot be read as bool); mend that line."),
        ("seed: !!float x\n", "is not valid YAML at line 1 ('x' cannot be read as float); mend that line."),
        (
            "seed: !!python/object:os.system []\n",
            "is not valid YAML at line 1 (could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object:os.system'); mend that line.",
        ),
        (
            "seed: !!set {a, b}\n",
            "is not valid YAML at line 1 (could not determine a constructor for the tag 'tag:yaml.org,2002:set'); "
            "mend that line.",
        ),
        (
            "seed: 2001-13-45\n",
            "seed is '2001-13-45', but: input should be a valid integer, unable to parse string as an integer.",
        ),
        (
            "seed: " + "1" * 5000,
            "is not valid YAML at line 1 ('111111111111111111111111111...1111111111111111111111111111' cannot be "
            "read as int); mend that line.",
        ),
        ("seed: 0x" + "f" * 5000, "holds an integer of more than 18 digits; write a smaller one."),
        (
            "seed: " + "x" * 5000,
            "seed is 'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx', but: input should be a valid "
            "integer, unable to parse string as an integer.",
        ),
        ("seed: " + "x" * 20_000, "holds a text of more than 10,000 characters; shorten it."),
        (
            "style_transfer: {defaults: {tv_weight: [" + "1, " * 500 + "]}}",
            "style_transfer.defaults: tv_weight is [1, 1, 1, 1, 1, 1, ...], but: input should be a valid number.",
        ),
        ("1: 2\n", "has the key 1, which is no text; quote it."),
        ("null: 2\n", "has the key None, which is no text; quote it."),
        ("? [seed]\n: 2\n", "has the key ('seed',), which is no text; quote it."),
        ("? {seed: 1}\n: 2\n", "is not valid YAML at line 1 (found unhashable key); mend that line."),
        ("seed: 1\nseed: 1\n", 'is not valid YAML at line 2 (found duplicate key "seed" with value "1" (original '
         'value: "1")); mend that line.'),
        ("a: 1\n---\nb: 2\n", "is not valid YAML at line 2 (but found another document); mend that line."),
        ("seed:\t1\n\tinputs: {}\n", "is not valid YAML at line 1 (found character '\\t' that cannot start any token); "
         "mend that line."),
        (b"seed: 1\x00\n", "is not valid YAML (unacceptable character #x0000: special characters are not allowed in "
         '"<unicode string>", position 7); mend that line.'),
        ('style_transfer: {sweeps: {s: {title: "a\\0b"}}}\n', "holds the character '\\x00', which is no text, in "
         "'a\\x00b'; take it out."),
        ('seed: "\\ud800"\n', "holds the character '\\ud800', which is no text, in '\\ud800'; take it out."),
        ("seed: 1\n".encode("utf-16"), "cannot be read (not UTF-8 text); give the path of a params file."),
        (b"seed: \xff\n", "cannot be read (not UTF-8 text); give the path of a params file."),
        ("# much\n" * 50_000, "cannot be read (larger than 256 kB); give the path of a params file."),
        ("a: 1\n" * 50_000, "is not valid YAML at line 10001 (more than 20,000 values, with aliases); mend that line."),
        ("false\n", "holds bool, not a mapping of settings; see params.yaml."),
        ("0\n", "holds int, not a mapping of settings; see params.yaml."),
        ("[]\n", "holds list, not a mapping of settings; see params.yaml."),
        ('""\n', "holds str, not a mapping of settings; see params.yaml."),
    ],
)  # fmt: skip
def test_a_hostile_file_gets_one_sentence_soon(tmp_path, text, message):
    assert said(text, tmp_path) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style transfer": {}}, "style transfer is no setting; did you mean style_transfer? "),
        ({"inputs": {"str": 1}}, "inputs.str is no setting; settings here are synthetic_facades, "),
        ({"inputs": {"int": 1}}, "inputs.int is no setting; settings here are synthetic_facades, "),
        ({"distill": {"list[str]": 1}}, "distill.list[str] is no setting; settings here are student, "),
        (
            {"distill": {"teachers": [{"dict": 1}]}},
            "distill.teachers.0.dict is no setting; settings here are network, ",
        ),
        ({"distill": {"a, b": 1}}, "distill.a, b is no setting; settings here are student, "),
        ({"[key]": 1}, "[key] is no setting; settings here are seed, "),
        (
            {"style_transfer": {"sweeps": {"s": {"[key]": 1}}}},
            "style_transfer.sweeps.s.[key] is no setting; settings here are title, ",
        ),
        (
            {"style_transfer": {"defaults": {"long side": 256}}},
            "style_transfer.defaults: long side is no setting; did ",
        ),
        (
            {"style_transfer": {"sweeps": {"my sweep": {}}}},
            "style_transfer.sweeps: the key 'my sweep' is no legal name, but: string should match pattern",
        ),
        (
            {"deep_dream": {"defaults": {"layers": {"constrained-str": -1}}}},
            "deep_dream.defaults: layers.constrained-str is -1, but: input should be greater than or equal to 0.",
        ),
        (
            {"deep_dream": {"defaults": {"layers": {"str": -1}}}},
            "deep_dream.defaults: layers.str is -1, but: input should be greater than or equal to 0.",
        ),
        (
            {"deep_dream": {"defaults": {"layers": ["conv1_1", 3]}}},
            "deep_dream.defaults: layers.1 is 3, but: input should be a valid string.",
        ),
        ({"x" * 5000: 1}, f"{'x' * 39}…{'x' * 20} is no setting; settings here are seed, "),
    ],
)
def test_an_odd_key_is_named_as_it_was_written(values, message):
    with pytest.raises(UserError) as caught:
        checked(Params, values, "params.yaml")
    assert str(caught.value).removeprefix("params.yaml: ").startswith(message)


def test_every_alternative_of_a_setting_is_known_by_pydantics_name():
    """What `explain` follows: for a value that fits no alternative, pydantic names each of them once."""
    unions = []
    for room in ROOMS.values():
        for field in (room.item_model.model_fields | room.settings_model.model_fields).items():
            unions.append((room.item_model, *field))
    count = 0
    for model, name, field in unions:
        choices = alternatives(field.annotation)
        if len(choices) == 1:
            continue
        with pytest.raises(ValidationError) as caught:
            model.model_validate({name: object()})
        tried = [error["loc"][1] for error in caught.value.errors() if error["loc"][0] == name]
        assert len(tried) == len(choices)
        for choice, called in zip(choices, tried, strict=True):
            assert [other for other in choices if is_called(other, called)] == [choice], (name, called)
        count += 1
    assert count >= 5


def test_a_byte_order_mark_and_an_empty_file_are_no_mistake(tmp_path):
    path = tmp_path / "params.yaml"
    for text in ("\ufeffseed: 3\n".encode(), b"\xef\xbb\xbfseed: 3\n"):
        path.write_bytes(text)
        assert read_yaml(path) == {"seed": 3}
    for empty in (b"", b"# nothing\n", b"---\n", b"\xef\xbb\xbf"):
        path.write_bytes(empty)
        assert load_params(path) == Params()
        assert merged_params([str(path)], {}) == Params()


def test_an_alias_within_bounds_is_a_value_like_any_other(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(
        "deep_dream:\n  defaults: &all {octaves: 2}\n"
        "  pictures:\n    one: &one {<<: *all, picture: cat}\n    two: *one\n"
    )
    assert load_params(path).deep_dream.item("pictures", "two").octaves == 2


def test_what_is_no_file_is_said_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path / "pipe", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(UserError) as caught:
            read_yaml(path)
        assert str(caught.value) == f"{path}: cannot be read ({reason}); give the path of a params file."


def test_every_file_of_several_must_hold_a_mapping(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    low.write_text("seed: 3\n")
    high.write_text("[]\n")
    with pytest.raises(UserError) as caught:
        merged_params([str(low), str(high)], {})
    assert str(caught.value) == f"{high}: holds list, not a mapping of settings; see params.yaml."


def test_values_of_the_command_line_are_bounded_like_those_of_a_file():
    shared = [1, 1]
    for _ in range(14):
        shared = [shared, shared]
    itself: list = []
    itself.append(itself)
    for value, message in (
        ({"seed": shared}, "holds more than 20,000 values; leave some out"),
        ({"seed": itself}, "is nested more than 16 deep; no setting is"),
        ({"seed": 10**30}, "holds an integer of more than 18 digits; write a smaller one"),
        ({3: 1}, "has the key 3, which is no text; quote it"),
        ({"seed": object}, "holds <class 'object'>, which is neither text nor a number; quote it"),
    ):
        with pytest.raises(UserError) as caught:
            merged_params([], value)
        assert str(caught.value) == f"--config: {message}."


# JSON


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 50_000, "is nested more than 16 deep; no setting is"),
        ('{"a":' * 50_000, "is nested more than 16 deep; no setting is"),
        ('{"a": ' + "[" * 20 + "]" * 20 + "}", "is nested more than 16 deep; no setting is"),
        ('{"a": NaN}', "is not JSON (NaN is no number of JSON); quote it as one argument"),
        ('{"a": -Infinity}', "is not JSON (-Infinity is no number of JSON); quote it as one argument"),
        ('{"a": 1, "b": 2, "b": 3}', "is not JSON (b stands there twice); quote it as one argument"),
        ('{"a": ' + "9" * 30 + "}", "holds an integer of more than 18 digits; write a smaller one"),
        ('{"a": "\\u0000"}', "holds the character '\\x00', which is no text, in '\\x00'; take it out"),
        ("", "is not JSON (Expecting value: line 1 column 1 (char 0)); quote it as one argument"),
        ("{'a': 1}", "is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); quote "
         "it as one argument"),
    ],
)  # fmt: skip
def test_hostile_json_gets_one_clause(text, message):
    with pytest.raises(ValueError) as caught:
        parse_json(text)
    assert str(caught.value) == message


def test_a_number_of_5000_digits_is_refused_in_json():
    with pytest.raises(
        ValueError, match=r"^is not JSON \(Exceeds the limit \(4300 digits\) .*\); quote it as one argument$"
    ):
        parse_json('{"a": ' + "9" * 5000 + "}")


def test_json_reads_what_json_wrote():
    value = {"a": [1, 2.5, None, True, "γ😀"], "b": {"c": []}}
    assert parse_json(json.dumps(value)) == value
    assert parse_yaml(json.dumps(value, ensure_ascii=False)) == value


# Messages


def test_what_a_message_repeats_is_short():
    for value in ("x" * 10_000, ["x" * 10_000] * 100, {f"k{i}": {"a": [[[[1]]]]} for i in range(500)}, 10**400):
        assert len(shortened(value)) <= 420
        assert len(clipped(str(value))) <= 60
    assert shortened("short") == "'short'"
    assert clipped("two\nlines") == "two lines"


def test_plain_values_pass():
    check_plain({"a": [1, 1.5, float("inf"), None, False, "text\n"], "b": (1, 2), "c": {}})
