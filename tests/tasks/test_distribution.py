import pytest

from pedigree.dataset.results import Distribution, read_result
from pedigree.errors import WorkspaceError
from tasks.distribution import check_labels
from tests.support.make_validated_rows import make_job, make_reject, make_rows, write_tables

REJECTS = [
    make_reject("praise", "surplus", 0),
    make_reject("praise", "surplus", 1),
    make_reject("praise", "near-duplicate", 2),
    make_reject("complaint", "pii", 0),
    make_reject("complaint", "cut", whole=True),
    make_reject("praise", "refusal", whole=True),
    make_reject(None, "refusal", whole=True),
]


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path)


def test_each_label_is_followed_from_wanted_to_read(job):
    distribution = check_labels.fn(write_tables(job, make_rows(job, praise=18, complaint=12), REJECTS))
    praise, complaint = distribution.labels
    assert praise.model_dump() == {
        "label": "praise", "target_share": 0.5, "wanted": 20, "made": 21, "rejected": {"near-duplicate": 1,
            "surplus": 2},
        "kept": 18, "train": 14, "validation": 4, "read": 18, "deviation": pytest.approx(0.1),
    }  # fmt: skip
    assert (complaint.made, complaint.rejected, complaint.kept) == (13, {"pii": 1}, 12)


def test_answers_without_candidates_are_counted_apart(job):
    distribution = check_labels.fn(write_tables(job, make_rows(job), REJECTS))
    assert distribution.unassigned == {"cut": 1, "refusal": 2}


def test_a_candidate_of_no_label_of_the_recipe_is_counted_apart(job):
    unknown = make_reject("sarcasm", "unknown-label"), make_reject(None, "unknown-label", 1)
    distribution = check_labels.fn(write_tables(job, make_rows(job), list(unknown)))
    assert distribution.unassigned == {"unknown-label": 2}
    assert sum(label.made for label in distribution.labels) == 40


def test_nothing_is_lost_between_made_and_kept(job):
    distribution = check_labels.fn(write_tables(job, make_rows(job), REJECTS))
    for label in distribution.labels:
        assert label.made == label.kept + sum(label.rejected.values())
        assert label.kept == label.train + label.validation


def test_generators_are_the_recipes_then_former_ones(job):
    rows = make_rows(job)
    former = rows.with_columns(generator=rows["generator"].replace("zero-shot", "former"))
    distribution = check_labels.fn(write_tables(job, former, REJECTS))
    assert [one.model_dump() for one in distribution.generators] == [
        {"generator": "zero-shot", "made": {"praise": 3, "complaint": 1}, "kept": {"praise": 0, "complaint": 0}},
        {"generator": "former", "made": {"praise": 20, "complaint": 20}, "kept": {"praise": 20, "complaint": 20}},
    ]


def test_distances_are_of_made_kept_and_read(job):
    distribution = check_labels.fn(write_tables(job, make_rows(job, praise=30, complaint=10)))
    distances = distribution.distance_made, distribution.distance_kept, distribution.distance_read
    assert distances == (0.25, 0.25, 0.25)
    assert distribution.g_test_p < 0.01


def test_rows_of_a_wrong_label_show_in_what_is_read(job):
    rows = make_rows(job, praise=40, complaint=0)
    half = rows.with_row_index().with_columns(
        label=(rows["position"] % 2).replace_strict({0: "praise", 1: "complaint"})
    )
    distribution = check_labels.fn(write_tables(job, half.drop("index")))
    assert distribution.distance_kept == 0
    assert [label.read for label in distribution.labels] == [40, 0]


def test_without_seeds_nothing_is_read(tmp_path):
    job = make_job(tmp_path, seeds=False)
    distribution = check_labels.fn(write_tables(job, make_rows(job)))
    assert distribution.distance_read is None
    assert {label.read for label in distribution.labels} == {None}


def test_no_rows_are_as_far_as_can_be(job):
    distribution = check_labels.fn(write_tables(job, make_rows(job, 0, 0)))
    assert (distribution.distance_made, distribution.distance_kept, distribution.distance_read) == (1, 1, 1)
    assert distribution.g_test_p is None
    assert [label.deviation for label in distribution.labels] == [-0.5, -0.5]


def test_it_is_written_and_the_same_again(job):
    write_tables(job, make_rows(job), REJECTS)
    first, path = check_labels.fn(job), job.folder / "distribution.json"
    written = path.read_bytes()
    assert read_result(Distribution, path) == first == check_labels.fn(job)
    assert path.read_bytes() == written


def test_several_typed_fields_are_read_together(tmp_path):
    fields = {"premise": {}, "tone": {"type": "category", "values": ["x", "y"]}, "age": {"type": "integer"}}
    job = make_job(tmp_path, fields=fields)
    assert check_labels.fn(write_tables(job, make_rows(job))).distance_read < 0.2


def test_tables_of_another_recipe_are_refused(tmp_path):
    job = make_job(tmp_path)
    write_tables(job, make_rows(job))
    with pytest.raises(WorkspaceError, match="'premise' is missing"):
        check_labels.fn(make_job(tmp_path, fields={"premise": {}}))
    with pytest.raises(WorkspaceError, match="'text' is of type String"):
        check_labels.fn(make_job(tmp_path, fields={"text": {"type": "integer"}}))
