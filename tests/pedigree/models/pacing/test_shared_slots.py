"""Seats are held by living processes: the kernel gives back what a killed one held, and a fork holds nothing."""

import multiprocessing
import os
import threading
from contextlib import contextmanager

import pytest

from pedigree.models.pacing import shared_slots
from pedigree.models.pacing.shared_slots import acquire_slot, release_slot

forks = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "seats"


@contextmanager
def child(work, *arguments):
    """Run work in a forked process that says through a pipe what it returns, and lives until the block ends."""
    here, there = forks.Pipe()
    process = forks.Process(target=lambda: (there.send(work(*arguments)), here.close(), there.recv()))
    process.start()
    try:
        assert here.poll(20)
        yield process, here.recv()
    finally:
        process.kill()
        process.join()
        process.close()


def rows_of(file):
    with file.change() as numbers:
        return numbers.rows


def sit(path, number):
    file, place = acquire_slot(path, 1, [number])
    return place, rows_of(file)


def test_each_has_a_place_and_sees_all(path):
    file, place = acquire_slot(path, 1, [5.0])
    again, second = acquire_slot(path, 1, [6.0])
    assert again is file and (place, second) == (0, 1)
    with child(sit, path, 7.0) as (_, said):
        assert said == (2, {0: [5.0], 1: [6.0], 2: [7.0]})
        assert rows_of(file) == said[1]
    for one in (place, second):
        release_slot(path, file, one)


def test_a_killed_process_leaves_its_seat_at_once(path):
    file, place = acquire_slot(path, 1, [5.0])
    with child(sit, path, 7.0) as (process, _):
        assert len(rows_of(file)) == 2
        process.kill()
        process.join()
        assert rows_of(file) == {0: [5.0]}
    release_slot(path, file, place)


def test_leaving_one_seat_keeps_the_others_of_the_process(path):
    (file, first), (_, second) = acquire_slot(path, 1, [1.0]), acquire_slot(path, 1, [2.0])
    release_slot(path, file, first)
    with child(sit, path, 3.0) as (_, said):
        assert said == (0, {0: [3.0], 1: [2.0]})
    release_slot(path, file, second)


def test_a_fork_takes_nothing_from_its_parent(path):
    file, place = acquire_slot(path, 1, [1.0])

    def work():
        release_slot(path, file, place)  # does nothing: the seat is the parent's
        own, at = acquire_slot(path, 1, [2.0])
        release_slot(path, own, at)
        return own is not file

    with child(work) as (_, new):
        assert new
        with child(sit, path, 3.0) as (_, said):
            assert said == (1, {0: [1.0], 1: [3.0]})
    release_slot(path, file, place)


def test_the_last_to_leave_closes_the_file(path):
    file, place = acquire_slot(path, 1, [1.0])
    release_slot(path, file, place)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file.descriptor)
    assert path not in shared_slots._opened.files


def test_no_change_is_lost_between_threads_and_processes(path):
    file, place = acquire_slot(path, 1, [0.0])

    def count(one):
        for _ in range(300):
            with one.change() as numbers:
                numbers.shared[0] += 1

    def count_apart():
        one, at = acquire_slot(path, 1, [0.0])
        count(one)
        release_slot(path, one, at)

    processes = [forks.Process(target=count_apart) for _ in range(3)]
    for process in processes:
        process.start()
    threads = [threading.Thread(target=count, args=(file,)) for _ in range(3)]
    for one in threads:
        one.start()
    for one in [*threads, *processes]:
        one.join()
    with file.change() as numbers:
        assert numbers.shared == [1800.0]
    release_slot(path, file, place)
