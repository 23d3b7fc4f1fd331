"""The names of the files in a dataset's folder, listed once."""

from pedigree.dataset.schemas import SORT

PLOTS = ("plots/labels.json", "plots/lengths.json")


CACHED = (*(f"{table}.parquet" for table in SORT), "report.html")


RESULTS = (  # what git keeps of what came out
    *("manifest.json", "gates.json", "distribution.json", "metrics.json", "run.json"),
    *(*PLOTS, "README.md", "croissant.json"),
)


LATER = (*PLOTS, "croissant.json", "README.md")  # outputs that versions of earlier Pedigrees lack


OUTPUTS = (
    *(f"{table}.parquet" for table in SORT),
    *("gates.json", "distribution.json", "metrics.json", "manifest.json", "report.html"),
    *LATER,
)
