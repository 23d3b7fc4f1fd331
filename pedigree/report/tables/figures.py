"""The figures of a tabular dataset that 'pedigree evaluate' compares, by the path of each in metrics.json."""

TABLE_FIGURES: dict[str, tuple[str, ...]] = {
    "mean distance of a column": ("tables", "column_distance"),
    "mean difference of a pair of columns": ("tables", "pair_difference"),
    "AUC, rows of the table against people's": ("tables", "two_sample_auc"),
    "rank correlation of models": ("usefulness", "model_selection", "spearman"),
    "rank correlation of columns": ("usefulness", "feature_selection", "spearman"),
    "macro-F1 of trees, trained on the synthetic rows": ("usefulness", "boosted", "synthetic", "macro_f1"),
    "macro-F1 of trees, trained on the real rows": ("usefulness", "boosted", "real", "macro_f1"),
    "macro-F1 of trees, trained on both": ("usefulness", "boosted", "both", "macro_f1"),
}
