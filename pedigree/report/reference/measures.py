"""What the keys of metrics.json mean, where each measure comes from, and how to read it."""

from pedigree.report.reference.usefulness_measures import USEFULNESS, USEFULNESS_KEYS, Keys

VARIETY: Keys = {
    "rows": ("texts that were compared: at most 2,000", ""),
    "coupled_rows": ("of these, texts of the Vendi score and of self-BLEU: at most 500", ""),
    "remote_clique": ("mean distance of all pairs (Remote Clique, Cox et al. 2021)", "higher is more varied"),
    "chamfer": ("mean distance to the nearest other text (Cox et al. 2021)", "near 0: each text has a near twin"),
    "aps_within": ("mean cosine of pairs of one label (APS, Yu et al. 2023)", "near `aps_between`: labels are alike"),
    "aps_between": ("mean cosine of pairs of different labels", "lower: labels differ more"),
    "vendi": (
        "exp of the entropy of the eigenvalues of the similarity matrix (Friedman and Dieng 2023)",
        "higher is more varied: how many different texts there are in effect; 40 of 500 is little",
    ),
    "compression_ratio": (
        "bytes / bytes by gzip of all texts (Shaib et al. 2024)",
        "higher is more repetitive; compare with real rows",
    ),
    "self_bleu": ("mean BLEU-4 of each text against the others (Zhu et al. 2018)", "higher is more repetitive"),
}
MEASURES: dict[str, tuple[str, Keys]] = {
    "counts": (
        "How many there are.",
        {
            "rows": ("rows of the dataset", ""),
            "train": ("rows of the split train", ""),
            "validation": ("rows of the split validation", ""),
            "made": ("candidates that generation gave", ""),
            "rejects": ("reason -> candidates ([reject-reasons.md](reject-reasons.md))", ""),
            "yield": (
                "kept synthetic rows / candidates",
                "low: the prompt, or the model, wastes money; see the reasons",
            ),
            "real": ("rows of people, if `real` is in the recipe", ""),
        },
    ),
    "text": (
        "Lengths, of each text field.",
        {
            "chars": ("characters of a text", "compare with people's texts"),
            "words": ("words of a text", ""),
            "mean": ("their mean", ""),
            "median": ("their median", ""),
            "min": ("of the shortest", ""),
            "max": ("of the longest", ""),
        },
    ),
    "duplicates": (
        "Shares of the synthetic candidates.",
        {
            "exact_share": ("rejected as exact-duplicate", "high: more topics, attributes or a higher temperature"),
            "near_share": ("rejected as near-duplicate", "the same"),
        },
    ),
    "words": (
        "The words of all rows.",
        {
            "vocabulary": ("different words", ""),
            "distinct_1": (
                "different words / all words (Li et al. 2016)",
                "falls with the rows; compare equal numbers",
            ),
            "distinct_2": ("the same of pairs of words", "the same"),
            "distinct_3": ("the same of three words in a row", "the same"),
        },
    ),
    "openings": (
        "The first words of the rows ([patterns.md](patterns.md)).",
        {
            "top_1_share": (
                "share of texts with the most frequent opening",
                "over 10 %: topics, attributes or `turns`",
            ),
            "top_10_share": ("share of texts with one of the ten most frequent", ""),
            "top_5": ("the five most frequent", ""),
            "opening": ("its words", ""),
            "rows": ("texts that begin so", ""),
        },
    ),
    "diversity": ("How varied the rows are.", VARIETY),
    "fidelity": (
        "Synthetic rows beside as many held-out rows (at most 1,000 of each), or seeds; `seeds`: the seeds beside the "
        "held-out rows, as a yardstick.",
        {
            "against": ("held-out, or seeds", ""),
            "rows": ("rows of each side", ""),
            "top_5_similarity": (
                "mean over real texts of the mean cosine to their five nearest synthetic texts (Li et al. 2023)",
                "higher is nearer",
            ),
            "coverage": (
                "share of real texts that have a synthetic one among their neighbours (Naeem et al. 2020)",
                "low: a kind of text is missing",
            ),
            "precision": (
                "share of synthetic texts that lie among real ones (Kynkäänniemi et al. 2019)",
                "low: texts that nobody would write",
            ),
            "two_sample_auc": (
                "how well a classifier tells synthetic from real texts (Lopez-Paz and Oquab 2017); 0.5 is chance",
                "high: a classifier can learn who wrote a row in place of its label; near 1 is usual and stops "
                "nothing; the telltales say what gives the rows away",
            ),
            "length_divergence": ("Jensen-Shannon divergence of the lengths, 0 to 1", "high: the register differs"),
            "punctuation_divergence": ("the same of the punctuation", "the same"),
            "telltales": (
                "n-grams that mark synthetic texts, with weight and share",
                "what to change in prompts; an opening can be forbidden by a generator's `avoid`",
            ),
            "variety": (
                "the keys of `diversity` for both sides, on equally many texts",
                "is people's text more varied?",
            ),
            "distinct_2": ("as in `words`, of either side", ""),
            "opening_top_1_share": ("as in `openings`, of either side", ""),
            "ngram": ("of a telltale, the n-gram", ""),
            "weight": ("its weight for the synthetic side", ""),
            "share": ("share of synthetic texts that have it", ""),
            "seeds": ("the same figures of seeds against held-out rows", "what people's texts reach"),
        },
    ),
    "coverage": (
        "Kept rows of each requested topic or attribute value, by generator and label.",
        {
            "values": ("values requested", ""),
            "covered": ("values with a kept row", ""),
            "rows": ("kept rows", ""),
            "evenness": ("entropy of the rows over the values / ln of their number", "1 is even"),
            "least": ("the value with the fewest rows", ""),
            "most": ("the value with the most rows", ""),
        },
    ),
    "generators": (
        "What each generator brought, by name.",
        {
            "model": ("its model", ""),
            "strategy": ("its strategy", ""),
            "calls": ("answers", ""),
            "tokens_in": ("tokens of the prompts", ""),
            "tokens_out": ("tokens of the answers", ""),
            "cost_usd": ("USD; null if unknown", ""),
            "made": ("candidates", ""),
            "kept": ("rows of the dataset", ""),
            "yield": ("kept / made", "compare generators"),
            "rejects": ("reason -> candidates", ""),
            "variety": ("`distinct_2`, Remote Clique and Vendi of equally many rows of each generator", "as above"),
            "distinct_2": ("as in `words`", ""),
            "coverage": ("as in `fidelity`", ""),
            "macro_f1": (
                "of a classifier of as many rows of each generator, on held-out rows or seeds",
                "which generator teaches more",
            ),
            "read_as_asked": (
                "share of rows whose label a classifier of the seeds reads",
                "easy rows, not useful ones: rows that all say the same score high",
            ),
        },
    ),
    "screening": (
        "Candidates before and after each reason, in the order of the screens.",
        {
            "reason": ("the reason", ""),
            "before": ("candidates of each label that came to it", ""),
            "after": ("candidates of each label that passed", ""),
        },
    ),
    "spending": (
        "All answers, verdicts of judges too. `judges` has the same of each judge, if the recipe has some.",
        {
            "tokens_in": ("tokens of the prompts", ""),
            "tokens_out": ("tokens of the answers", ""),
            "cost_usd": ("USD; null if a part is unknown", ""),
            "cost_known": ("answers whose cost is known", ""),
            "cost_known_usd": ("their USD", ""),
            "completions": ("answers", ""),
            "failures": ("answers that failed", ""),
        },
    ),
    "models": ("The models that were asked.", {}),
    "review": ("What people decided, or null ([review.md](review.md)).", {}),
    "embedder": ("The embedder of the figures that end in `_embeddings`, or null.", {}),
    "difficulty": (
        "Easy, ambiguous and hard rows: people's, synthetic, by label, by generator ([difficulty.md](difficulty.md)).",
        {
            "limits_by": ("people: their rows set the limits; rows: the dataset's own", ""),
            "people": ("the figures below of people's rows", ""),
            "synthetic": ("of synthetic rows", ""),
            "by_label": ("of those of each label", ""),
            "by_generator": ("of those of each generator", ""),
            "rows": ("rows", ""),
            "easy": ("share of easy rows", "95 % or more warns"),
            "ambiguous": ("share of ambiguous rows", "of people's rows a third, by definition"),
            "hard": ("share of hard rows", "wrong labels are among them"),
            "confidence": ("mean probability of the label over training (Swayamdipta et al. 2020)", ""),
            "aum": ("mean area under the margin (Pleiss et al. 2020)", "lower is harder"),
            "negative_aum": ("share of rows where it is below 0", "read some of these: their labels may be wrong"),
            "warning": ("a sentence, or null", ""),
        },
    ),
    "usefulness": (USEFULNESS, USEFULNESS_KEYS),
    "confused": (
        "Pairs of labels that are taken for each other ([many-labels.md](many-labels.md)).",
        {
            "sources": ("who read which rows: each judge, a classifier, held-out rows", "empty: unknown"),
            "rests_on": ("of a source, what it compares", ""),
            "rows": ("of a source, rows read; of a pair, rows confused by all sources together", ""),
            "confused": ("of a source, rows that got another label than their own", "its own errors are among them"),
            "unnamed": ("of these, verdicts that name no other label", ""),
            "found": ("pairs that some source confuses on two rows or more", "0 with sources: none found"),
            "pairs": ("of these at most 20: those of most sources first, then of most rows", ""),
            "labels": ("the two labels, in order of their names", ""),
            "by": (
                "source -> rows of the first that are read as the second, and of the second as the first",
                "by held-out rows too: the labels are alike; by a classifier alone: perhaps its mistake",
            ),
            "unlike": ("of a pair: whether the recipe says so of both; beside them: new lists for the recipe", ""),
            "lines": ("these lists as YAML, to paste", ""),
        },
    ),
}
AFTER = """
## Sections that some recipes have

| key | there with | page |
|---|---|---|
| `knowledge` | `strategy: knowledge` | triples and relations used, by generator ([knowledge.md](knowledge.md)) |
| `scenarios` | `scenarios` | rows asked for, kept and wanted of each scenario ([scenarios.md](scenarios.md)) |
| `missing` | `missing` of a field | shares of rows without a value ([tables.md](tables.md)) |
| `judges` | `judges` | as `spending`, of each judge |
| `spans` | `slots` | [slots.md](slots.md) |
| `languages` | `languages` | rows and candidates of each language ([several-languages.md](several-languages.md)) |
| `selection` | `selection: coverage` | [selection.md](selection.md) |
| `semantic_duplicates` | `screens: {semantic_duplicate: ...}` | [semantic-duplicates.md](semantic-duplicates.md) |
| `weights` | `weights` other than none | [weights.md](weights.md) |
| `failures` | `strategy: failures` | [failures.md](failures.md) |
| `label_sets`, `multi_label` | `labels_per_row` | counts; scores of sets: [multi-label.md](multi-label.md) |
| `llm_diversity` | `evaluate: {diversity: ...}` | [llm-diversity.md](llm-diversity.md) |
| `replicas` | `pedigree replicate` was run | mean and standard deviation of the headline figures over its variants |
"""
