"""The report's section on people's review: the sample, each label with its interval, and how far two people agree."""

from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from pedigree.dataset.review_decisions import format_review
from pedigree.job import open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.metrics.review.summary import summarise_review
from pedigree.recipe.yaml_file import set_keys
from tasks.review import draw_sample
from tests.support.make_measured_job import copy_measured_job, write_pages
from tests.support.make_review_sheets import decide

NAME = "Bo \u202e<b>"


def decide_all(job, who, wrong, take=1, size=30):
    """Return decisions about a random sample, with every so many rejected."""
    lines = draw_sample(job, size)
    sizes = {line["id"]: int(line["drawn"].rsplit(" ", 1)[1]) for line in lines}
    return [
        decide(
            line["id"], "reject" if place % wrong == 0 else "accept", label=line["label"], who=who, sheet="a" * 8,
            drawn=size, place=place, label_rows=sizes[line["id"]], take=take,
        )
        for place, line in enumerate(lines, start=1)
    ]  # fmt: skip


def read_section(job, metrics, decisions):
    path = job.workspace.root / "data/reviews/review.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text(format_review(decisions), encoding="utf-8")
    set_keys(job.workspace.recipe_path(job.dataset), {"review": "data/reviews/review.jsonl"})
    job = open_job(job.workspace, job.dataset)
    contents = read_job_outputs(job)
    found = summarise_review(job.review, {*contents.rows["row_id"], *contents.rejects["row_id"].drop_nulls()})
    write_pages(job, {**metrics, "review": found})
    text = (job.folder / "report.html").read_text(encoding="utf-8")
    return text.split('<section id="review">')[1].split("</section>")[0]


def test_each_label_has_its_interval_and_two_people_their_kappa(tmp_path_factory, tmp_path):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    one, two = decide_all(job, "Ann", 10), decide_all(job, NAME, 5, take=2)
    section = read_section(job, metrics, [*one, *two])
    assert "Of 30 rows drawn at random" in section and "24 are right" in section
    label = next(iter(job.recipe.labels))
    read = [decision for decision in two if decision.label == label]
    right = sum(decision.decision == "accept" for decision in read)
    low, high = binomtest(right, len(read)).proportion_ci(method="wilson")
    row = section.split(f"<bdi>{label}</bdi>")[1].split("</tr>")[0]
    assert f'<td class="n">{len(read)}</td><td class="n">{right}</td>' in row
    assert f"{100 * low:.1f} % to {100 * high:.1f} %" in row
    kappa = cohen_kappa_score(
        *([one.label if one.decision == "accept" else "-" for one in part] for part in (one, two))
    )
    assert f"agree on 27 of 30 rows, Cohen's kappa {kappa:.2f}" in section and "3 are in conflict" in section
    assert "Bo ⟨202E⟩&lt;b&gt;" in section

    half = read_section(job, metrics, one[:12])
    assert "Of 12 rows drawn at random" in half and "18 more have no decision yet" in half and "kappa" not in half
    old = [decision.model_copy(update={"place": None, "label_rows": None}) for decision in one]
    plain = read_section(job, metrics, old)
    assert "27 are right" in plain and "<th>Label</th>" not in plain
