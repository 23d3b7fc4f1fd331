"""What the keys of metrics.json below ``usefulness`` mean: scores of classifiers, and what they recommend."""

Keys = dict[str, tuple[str, str]]  # key -> (what it is, how to read it)

SCORES: Keys = {
    "macro_f1": (
        "mean of the labels' F1 on held-out rows of people",
        "the figure that counts: does it help a classifier?",
    ),
    "macro_f1_interval": (
        "its interval over 1,000 resamples of the held-out rows",
        "one that holds 0, of a difference",
    ),
    "macro_f1_repeats": (
        "macro-F1 of trainings on bootstrap samples of the training rows, which hold about 63% of the different rows",
        "usually lower than `macro_f1`, and may rank otherwise; `macro_f1`, of all rows, counts",
    ),
    "macro_f1_mean": ("their mean", ""),
    "macro_f1_std": ("their standard deviation", "how far the choice of training rows moves the figure"),
    "accuracy": ("share of held-out rows that are read rightly", "says little where a label is frequent"),
    "auc": ("area under the ROC curve, one label against the rest, mean of the labels", "0.5 is chance, 1 is perfect"),
    "calibration_error": ("expected calibration error over 15 bins (Guo et al. 2017)", "0: its probabilities are true"),
    "f1": ("F1 of each label", "the weak labels"),
    "confusion": ("held-out rows by true label (lines) and label read (columns)", "which labels are confused"),
}
USEFULNESS = (
    "Small classifiers learn synthetic rows, real rows and both, and are tested on held-out rows of people (Esteban et "
    "al. 2017); null without these. A difference whose interval holds 0 may be chance. `embeddings` has the same of a "
    "classifier on embeddings. What it came to on texts of real models: [real-text.md](real-text.md)."
)
USEFULNESS_KEYS: Keys = {
    "student": ("the classifier", ""),
    "evidence": ("false where the offline model wrote", "false: the figures prove nothing"),
    "note": ("a sentence of that, or null", ""),
    "labels": ("the order of the labels in `confusion`", ""),
    "test_rows": ("held-out rows", "few: wide intervals"),
    "synthetic": ("learned: all synthetic rows", ""),
    "synthetic_same_size": ("learned: as many synthetic rows as there are real ones, or all", ""),
    "real": ("learned: all real rows and seeds", "what you have without this dataset"),
    "real_same_size": ("learned: as many real rows as there are synthetic ones, or all", ""),
    "both": ("learned: both", ""),
    "both_real_upweighted": ("learned: both, real rows weigh as much in all as synthetic ones", ""),
    "train_rows": ("rows learned", ""),
    "synthetic_rows": ("of these synthetic", ""),
    "real_rows": ("of these real; of a recalibration, the rows that it was fitted on", ""),
    "real_weight": ("weight of a real row", ""),
    **SCORES,
    "recalibrated": ("the same with a bias added for each label, or null ([training.md](training.md))", ""),
    "biases": ("these biases", ""),
    "differences": ("of macro-F1 between two of the above", "beyond 0 with its interval: a gain"),
    "gains": ("F1 of each label: both less real alone", ""),
    "f1_interval": ("its interval", ""),
    "recommended": ("the set-up that is recommended ([training.md](training.md))", ""),
    "setup": ("its name", ""),
    "chosen_by": ("the rows that it was chosen on, or why there was no choice", ""),
    "compared": ("the set-ups that were compared, by macro-F1 on the real rows", ""),
    "best_minus_this": ("of the best of them, less that of this one", ""),
    "best_minus_this_interval": ("its interval", "holds 0: as good as the best"),
    "train_synthetic": ("synthetic rows of it", ""),
    "train_real": ("real rows of it", ""),
    "real_macro_f1": ("macro-F1 of real rows alone", ""),
    "minus_real": ("its difference to these", ""),
    "macro_f1_draws": ("macro-F1 of each draw of a point of the curve", ""),
    "curve": ("macro-F1 by rows of each side", "still rising: more rows help"),
    "advice": ("whether more rows help, and which ([advice.md](advice.md))", ""),
    "verdict": ("more of which rows, in a word", ""),
    "text": ("the advice in a sentence", ""),
    "rows": ("rows that would be added; of `difficulty` and `languages`, held-out rows of the kind", ""),
    "gain": ("the gain of macro-F1 that is expected of them", ""),
    "interval": ("its interval", ""),
    "difficulty": ("macro-F1 of easy, ambiguous and hard held-out rows apart", ""),
    "languages": ("scores on the held-out rows of each language, with `languages` in the recipe", ""),
    "agreement": (
        "scores where annotators agree, if the held-out rows tell ([agreement.md](agreement.md))",
        "",
    ),
    "embeddings": ("all of this on embeddings, or null", ""),
}
