"""Garbage collection pauses for a block, and is afterwards as it was."""

import gc

import pytest

from pedigree.system.garbage_collection import pause_garbage_collection


def test_it_goes_on_after_the_block_even_after_an_error():
    with pytest.raises(ValueError), pause_garbage_collection():
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off():
    gc.disable()
    try:
        with pause_garbage_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
