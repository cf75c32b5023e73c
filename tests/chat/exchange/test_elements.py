"""The objects of a JSON file one by one, at every size of chunk."""

import io
import json

import pytest

from chat.importing import elements as module
from chat.importing.elements import CutOff, NotJson, elements

CHATS = [
    {"title": 'A "quoted" [title] {with} \\ and \\" in it', "n": [1, [2, {"x": "}"}]]},
    {"empty": {}, "text": "ends with a backslash \\"},
    {"unicode": "açaí 🏺", "escaped": "\n\t\u2028"},
]


def found(data: bytes, start: int = 0) -> list[object]:
    return [json.loads(one.data or b"null") for one in elements(io.BytesIO(data), start)]


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7, 64, 1 << 18])
@pytest.mark.parametrize("indent", [None, 2])
def test_every_object_of_a_list_is_found(
    monkeypatch: pytest.MonkeyPatch, chunk: int, indent: int | None
) -> None:
    data = json.dumps(CHATS, indent=indent, ensure_ascii=False).encode()
    head = io.BytesIO(data)
    start = module._opening(head)[1]

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(chunk if self.tell() >= start else size)

    assert [json.loads(one.data or b"") for one in elements(Slow(data))] == CHATS


def test_one_object_and_several_in_a_row_are_read_too() -> None:
    assert found(json.dumps(CHATS[0]).encode()) == CHATS[:1]
    assert found("\n".join(json.dumps(chat) for chat in CHATS).encode()) == CHATS


def test_a_mark_and_spaces_before_the_list_do_not_matter() -> None:
    assert found(b"\xef\xbb\xbf \n" + json.dumps(CHATS).encode()) == CHATS


def test_reading_goes_on_where_it_stopped() -> None:
    data = json.dumps(CHATS).encode()
    for number, element in enumerate(elements(io.BytesIO(data))):
        assert found(data, element.end) == CHATS[number + 1 :]


def test_what_follows_the_list_is_not_read() -> None:
    assert found(json.dumps(CHATS).encode() + b'\n{"not": "ours"}]') == CHATS


def test_a_file_that_is_cut_gives_what_it_has() -> None:
    data = json.dumps(CHATS).encode()
    for cut in range(1, len(data) - 1):
        seen: list[object] = []
        with pytest.raises(CutOff):
            seen.extend(json.loads(one.data or b"") for one in elements(io.BytesIO(data[:cut])))
        assert seen == CHATS[: len(seen)]
        complete = sum(data[:cut].count(json.dumps(chat).encode()) for chat in CHATS)
        assert len(seen) == complete


@pytest.mark.parametrize("data", [b"", b"  ", b"hello", b"12", b'"text"', b"\x00\x01\x02"])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        found(data)


def test_an_object_that_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ELEMENT", 100)
    data = json.dumps([{"text": "x" * 1000}, {"text": "small"}]).encode()
    assert found(data) == [None, {"text": "small"}]


def test_an_object_of_too_many_parts_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BRACKETS", 10)
    assert found(json.dumps([{"a": [[]] * 20}, {"a": []}]).encode()) == [None, {"a": []}]
