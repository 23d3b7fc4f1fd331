"""Paid vectors are kept for good: every damage is told from a torn tail, and costs no record but its own."""

import numpy as np
import pytest

from pedigree.errors import LedgerError
from pedigree.models.embedding_response import EmbeddingResponse
from pedigree.models.vector_store import HEADER, VectorStore

MODEL = "openai/fake"


def answer(*lines, cost=0.5):
    return EmbeddingResponse(np.array(lines, dtype=np.float32), "fake-1", 7, cost)


def fill(folder):
    with VectorStore(folder, MODEL) as store:
        store.append(["one", "two"], answer((1, 2), (3, 4)))
        store.append(["three"], answer((5, 0.1)))
    return next(folder.glob("*.vectors"))


def read(folder, model=MODEL):
    store = VectorStore(folder, model)
    found = {text: store.get(text) for text in ("one", "two", "three")}
    return {text: vector.tolist() for text, vector in found.items() if vector is not None}, store.problems


WHOLE = {"one": [1, 2], "two": [3, 4], "three": [5, float(np.float32(0.1))]}


def test_what_is_kept_is_there_exactly_for_whoever_opens_it_next(tmp_path):
    fill(tmp_path)
    assert read(tmp_path) == (WHOLE, [])
    assert read(tmp_path, "openai/other") == ({}, [])
    assert VectorStore(tmp_path, MODEL).dimensions == 2


def test_no_text_stands_in_it_and_what_it_cost_does(tmp_path):
    data = fill(tmp_path).read_bytes()
    assert b"one" not in data and b"three" not in data
    assert data.startswith(HEADER)
    assert b'"cost_usd":0.5' in data and b'"tokens":7' in data and b'"model_answered":"fake-1"' in data


def test_a_cost_that_is_not_known_is_null(tmp_path):
    with VectorStore(tmp_path, MODEL) as store:
        store.append(["one"], answer((1, 2), cost=None))
    assert b'"cost_usd":null' in next(tmp_path.glob("*.vectors")).read_bytes()


def test_of_several_vectors_of_a_text_the_first_counts(tmp_path):
    fill(tmp_path)
    with VectorStore(tmp_path, MODEL) as store:
        store.append(["one"], answer((9, 9)))
        assert store.get("one").tolist() == [1, 2]
    assert read(tmp_path)[0] == WHOLE
    assert len(list(tmp_path.glob("*.vectors"))) == 2


def test_a_tail_that_is_cut_off_anywhere_costs_its_own_record_alone(tmp_path):
    segment = fill(tmp_path)
    data = segment.read_bytes()
    second = data.rindex(b"\n", 0, -1) + 1
    for end in (*range(0, len(HEADER)), second + 1, second + 40, len(data) - 1):
        segment.write_bytes(data[:end])
        held, troubles = read(tmp_path)
        assert held == ({"one": [1, 2], "two": [3, 4]} if end > len(HEADER) else {})
        assert [trouble.harmless for trouble in troubles] == ([True] if end > len(HEADER) else [])


def test_a_changed_byte_is_a_damaged_record_and_the_others_are_read(tmp_path):
    segment = fill(tmp_path)
    data = bytearray(segment.read_bytes())
    data[len(HEADER) + 60] ^= 1
    segment.write_bytes(data)
    held, troubles = read(tmp_path)
    assert held == {"three": WHOLE["three"]}
    assert len(troubles) == 1 and ", line 2: damaged: " in str(troubles[0])


def test_a_file_of_another_format_is_passed_over(tmp_path):
    fill(tmp_path)
    (tmp_path / "0.vectors").write_text("pedigree-vectors 2\n")
    held, troubles = read(tmp_path)
    assert held == WHOLE
    assert len(troubles) == 1 and ": unread: " in str(troubles[0])


def test_a_folder_that_cannot_be_written_is_known_before_anything_is_paid(tmp_path):
    (tmp_path / "file").write_text("")
    store = VectorStore(tmp_path / "file" / "below", MODEL)
    with pytest.raises(LedgerError, match="can't be written"):
        store.prepare()


def refuse(descriptor):
    raise OSError(28, "No space left on device")


def test_a_segment_whose_header_a_full_disk_cut_off_takes_no_record(tmp_path, monkeypatch):
    store = VectorStore(tmp_path, MODEL)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(LedgerError, match="No space left"):
            store.prepare()
    store.append(["one", "two"], answer((1, 2), (3, 4)))
    assert read(tmp_path) == ({"one": [1, 2], "two": [3, 4]}, [])


def test_a_record_that_a_full_disk_cut_off_is_taken_back(tmp_path, monkeypatch):
    store = VectorStore(tmp_path, MODEL)
    store.append(["one", "two"], answer((1, 2), (3, 4)))
    segment = next(tmp_path.glob("*.vectors"))
    whole = segment.read_bytes()

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(LedgerError, match="No space left"):
            store.append(["three"], answer((5, 6)))
    assert segment.read_bytes() == whole
    store.append(["three"], answer((5, 0.1)))
    assert read(tmp_path) == (WHOLE, [])
