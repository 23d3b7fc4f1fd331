"""Says what is not checked, or not known, of the languages of a recipe before a run."""

from collections import Counter

from pedigree.curation.people_languages import count_languages
from pedigree.curation.text_screens import describe_uncovered
from pedigree.job import Job
from pedigree.recipe.generator import Generator

MAX_NAMED = 5


def list_language_gaps(job: Job) -> list[str]:
    """Return the gaps as sentences for people: screens that do not know a language, seed rows of other languages."""
    uncovered = describe_uncovered(job.recipe)
    gaps = [f"{uncovered}. Review a sample of the rows ('pedigree review {job.dataset}')"] if uncovered else []
    if not job.recipe.languages:
        return gaps
    if not job.recipe.screens.language:
        gaps.append("screens.language is off: no row is turned away for its language, only a gate warns of them")
    for path, rows in ((job.recipe.seed_file, job.seeds), (job.recipe.held_out, job.held_out)):
        counts = count_languages(rows, job.recipe)
        if rows and (counts[""] or not all(counts[code] for code in job.recipe.languages)):
            told = ", ".join(f"{code or 'not known'} {count:,}" for code, count in counts.items() if code or count)
            gaps.append(f"{path}: rows by language, as its column 'language' says or as detected: {told}")
    return gaps + [gap for one in job.recipe.generators if (gap := _describe_shown(job, one))]


def _describe_shown(job: Job, generator: Generator) -> str | None:
    """Return for which strata a generator's prompts show seed rows of other languages; None if for none."""
    rewrites = generator.strategy == "rewrite" and generator.corpus is None
    least = max(generator.shots, int(rewrites))
    there = Counter((one.label, one.language) for one in job.seeds)
    short = [name for name, one in job.recipe.strata.items() if there[one.label, one.language] < least]
    if not short:
        return None
    more = f" and {len(short) - MAX_NAMED:,} more" if len(short) > MAX_NAMED else ""
    return (
        f"generator {generator.title!r}: too few seed rows of {', '.join(short[:MAX_NAMED])}{more}, so these prompts "
        "show rows of that label in any language"
    )
