"""The same model name at another address is another model, and the recipe must name it."""

import pytest

from pedigree.errors import RecipeError, WorkspaceError
from pedigree.ids import completion_id
from pedigree.models.addresses import note_addresses
from pedigree.recipe.generator import Generator

A, B = "https://a.example.org/v1", "https://b.example.org/v1"


def ask(folder, *addresses: str | None, **keys) -> None:
    for address in addresses:
        note_addresses(folder, [Generator(model="openai/m", api_base=address, **keys)], has_answers=True)


@pytest.mark.parametrize("addresses", [(A, B), (None, A), (A, None), (A, "http://localhost:80/v1"), (A, A + "/v2")])
def test_another_address_without_a_name_is_an_error_that_says_what_to_do(tmp_path, addresses):
    with pytest.raises(RecipeError, match="its answers in the ledger came from") as error:
        ask(tmp_path, *addresses)
    assert "endpoint: NAME" in error.value.hint
    ask(tmp_path, addresses[0])  # back at the first, all is well
    ask(tmp_path, addresses[1], endpoint="second")
    ask(tmp_path, addresses[1], endpoint="")


def test_the_same_address_and_another_port_of_this_machine_go_on(tmp_path, caplog):
    ask(tmp_path / "same", A, A + "/", A)
    caplog.clear()
    ask(tmp_path / "port", "http://127.0.0.1:8000/v1", "http://localhost:9000/v1")
    assert "was asked at http://127.0.0.1:8000/v1 before" in caplog.text and "endpoint: NAME" in caplog.text


def test_without_answers_an_address_may_change(tmp_path):
    for address in (A, B):
        note_addresses(tmp_path, [Generator(model="openai/m", api_base=address)], has_answers=False)


@pytest.mark.parametrize("second", [B, None, "http://localhost:80/v1"])
def test_one_recipe_with_a_model_at_two_addresses_needs_a_name(tmp_path, second):
    both = [Generator(model="openai/m", api_base=A), Generator(name="b", model="openai/m", api_base=second)]
    with pytest.raises(RecipeError, match="generators ask openai/m at"):
        note_addresses(tmp_path, both, has_answers=False)
    named = both[1].model_copy(update={"endpoint": "second"})
    note_addresses(tmp_path, [both[0], named], has_answers=False)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"openai/m": 1}', b"\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / "addresses.json").write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"addresses\.json") as error:
        ask(tmp_path, A)
    assert "remove it" in error.value.hint
    assert (tmp_path / "addresses.json").read_bytes() == content


def test_names_are_part_of_an_id_and_their_absence_keeps_it():
    def id_of(**keys):
        generator = Generator(model="openai/m", **keys)
        assert set(generator.model_dump()) & {"endpoint", "draw"} == set(keys)
        return completion_id(generator.model, [], {}, {}, 0, generator.names)

    plain = completion_id("openai/m", [], {}, {}, 0)
    assert id_of() == id_of(endpoint="") == plain
    named = [id_of(endpoint="a"), id_of(endpoint="b"), id_of(draw="a"), id_of(endpoint="a", draw="a")]
    assert len({plain, *named}) == 5
