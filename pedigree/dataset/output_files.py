"""The files in a dataset's folder: names of tables and result files, and which of them git or DVC keeps."""

SPLITS = ("train", "validation")
CURATED = (*SPLITS, "rejects")  # written by the stage curate
TABLES = ("prompts", "completions", *CURATED)
PLOTS = ("plots/labels.json", "plots/lengths.json")
CACHED = (*(f"{table}.parquet" for table in TABLES), "report.html")  # kept by DVC
RESULTS = (  # kept by git
    *("manifest.json", "gates.json", "distribution.json", "metrics.json", "run.json"),
    *(*PLOTS, "README.md", "croissant.json"),
)
LATER = (*PLOTS, "croissant.json", "README.md")  # outputs that versions of earlier releases lack
OUTPUTS = (  # of the DVC stages
    *(f"{table}.parquet" for table in TABLES),
    *("gates.json", "distribution.json", "metrics.json", "manifest.json", "report.html"),
    *LATER,
)
