"""What the keys of metrics.json mean that only tabular datasets have (rows with no text field)."""

from pedigree.report.reference.usefulness_measures import Keys

SIDES: Keys = {"synthetic": ("of synthetic rows", ""), "real": ("of people's rows", "")}
TABLE_MEASURES: dict[str, tuple[str, Keys]] = {
    "tables": (
        "Rows without text fields only: columns beside those of the held-out rows, or else the seeds; the label counts "
        "as a column ([table-measures.md](table-measures.md)). `seeds`: the seeds beside the held-out rows, as a "
        "yardstick.",
        {
            "against": ("held-out, or seeds", ""),
            "synthetic_rows": ("synthetic rows that were compared, at most 20,000", ""),
            "real_rows": ("people's rows that were compared, at most 20,000", "few: compare with `seeds`"),
            "column_distance": ("mean `distance` of the columns", "0: the same values as often"),
            "pair_difference": (
                "mean `difference` of the pairs (Pearson, Cramér's V, correlation ratio)",
                "0: columns go together as in people's rows",
            ),
            "two_sample_auc": (
                "how well gradient-boosted trees tell synthetic from people's rows, mean of five folds (Lopez-Paz and "
                "Oquab 2017)",
                "0.5 is chance; near 1: look at the columns and pairs",
            ),
            "two_sample_auc_interval": ("its interval (DeLong et al. 1988)", ""),
            "two_sample_rows": ("rows of each side, at most 1,000", ""),
            "columns": ("by column", ""),
            "kind": ("number (a date is one, in days) or category", ""),
            "distance": ("`ks` or `total_variation`, 0 to 1", "the columns to look at first"),
            "ks": ("Kolmogorov-Smirnov statistic of a number", ""),
            "wasserstein": ("Wasserstein-1 distance / range of people's values", ""),
            "total_variation": ("half the sum of the differences of a category's shares", ""),
            "missing": ("share of missing values of synthetic rows", ""),
            "missing_real": ("of people's rows", ""),
            "missing_difference": ("their absolute difference", ""),
            "pairs": ("pairs of the label and the first 29 columns; of a pair, `columns` has both names", ""),
            "measure": ("pearson, spearman, cramers_v or correlation_ratio", ""),
            **SIDES,
            "difference": ("their absolute difference", ""),
            "similarity": ("of two categories: 1 less the total variation of the shares of pairs of levels", ""),
            "seeds": ("the same figures of the seeds", "what people's own rows reach"),
        },
    ),
    "usefulness of tables": (
        "Keys of `usefulness` that rows without text fields have besides. Their `student` is a logistic regression on "
        "scaled numbers, one-hot levels and marks of missing values.",
        {
            "boosted": ("scores of gradient-boosted trees by what they learned, and differences", ""),
            "model_selection": ("six scikit-learn models that learned either side (Hansen et al. 2023)", ""),
            "models": ("macro-F1 of each `model` on the held-out rows, by side", ""),
            "model": ("its name", ""),
            "spearman": ("rank correlation of both sides", "1: the same order; few models or columns: it says little"),
            "spearman_interval": ("its interval over resampled held-out rows", ""),
            "chosen": ("the model that is best on synthetic rows", ""),
            "best": ("the one that is best on real rows", ""),
            "lost": ("macro-F1 of `best` less that of `chosen`, both trained on real rows", "what the choice costs"),
            "feature_selection": ("importance of the columns in a random forest, by side", ""),
            "columns": ("by `column`", ""),
            "column": ("its name", ""),
            **SIDES,
        },
    ),
}
