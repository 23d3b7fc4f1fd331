"""Writes the files of ``pedigree new``: a recipe that runs as it is, and a folder for seed rows."""

from pathlib import Path

from pedigree.errors import CommandError
from pedigree.ids import canonical_json
from pedigree.recipe.reference import SCHEMA_FILE, format_schema
from pedigree.recipe.yaml_file import load_recipe
from pedigree.system.atomic_write import check_writable, write_text
from pedigree.workspace import Workspace

RECIPE = """\
# yaml-language-server: $schema=../{schema}
# {task} Change anything, then: pedigree run {dataset}
dataset: {dataset}
task: {task_json}
language: en
languages: {{}}                  # several: {{en: 0.5, de: 0.5}}, without the line above; docs/several-languages.md
seed: 0                        # of all random choices; a generator's 'draw: NAME' gives other answers to equal prompts

labels:                        # {sums}; describe each label: the model reads it
{labels}
labels_per_row: {several:<15}# {{min: 1, max: 3}}: rows with several labels; docs/multi-label.md

fields:
  text: {{min_chars: 10, max_chars: 400, means: a text}}
slots: {{}}                      # values that are marked in the texts, such as towns and dates; docs/slots.md
checks: []                     # what is true in every row of a table, such as end >= start; docs/tables.md
depends: {{}}                    # {{country: [currency]}}: one field sets another

# Rows that people wrote, one per line: {{"text": "...", "label": "..."}}; or CSV, TSV, JSON, Parquet, Arrow. Seeds may
# be shown to a model; held-out rows never are: the dataset is measured on them. About 15 seeds and 30 held-out rows
# per label are a good start.
seeds: null                    # data/seeds/{dataset}/seeds.jsonl
held_out: null                 # data/seeds/{dataset}/held-out.jsonl
real: null                     # labelled rows that people wrote and that enter the dataset; 'pedigree augment'
review: null                   # people's decisions about rows; written by 'pedigree review'

rows: {rows}
private: false                 # true: no text of people's rows is shown to a model; docs/privacy.md
selection: arrival             # of more rows than are wanted: arrival takes the first, coverage the most different
grown_from: []                 # versions that this one grew from; written by a run that grows one

generators:                    # mixed by weight
  - strategy: attributes
    model: offline/template    # or openai/gpt-4o-mini, anthropic/..., ollama/llama3.2, any LiteLLM model string
    rows_per_call: {rows_per_call}
    parameters: {{temperature: 1.0, max_tokens: 1500}}
    attributes:                # each row gets one value of each, in equal shares
      length: [one short sentence, two sentences, a short paragraph]
      tone: [calm, annoyed, cheerful, confused]
  # Other strategies, each with a model as above; docs/strategies.md says when to use which:
  # - {{strategy: zero-shot, turns: 2, model: ...}}        # a further turn asks for something more diverse
  # - {{strategy: topic, topics: 20, model: ...}}          # asks the model for topics first; or give them: [a, b, ...]
  # - {{strategy: attributes, ask_attributes: 3, model: ...}}  # also asks for attributes and their values
  # - {{strategy: few-shot, shots: 4, model: ...}}         # shows seeds; one-shot, with shots: 1, shows one
  # - {{strategy: rewrite, incentives: [hints], model: ...}}   # rewrites seeds; with 'corpus: FILE' unlabelled texts
  # - {{strategy: persona, personas: {{age: [young, old], work: 6}}, model: ...}}  # written as a person; 6: asked for
  # - {{strategy: taxonomy, ways: 10, model: ...}}         # ways to show the label, asked for first
  # - {{strategy: two-stage, contexts: 20, model: ...}}    # contexts are asked for first, without a label
  # - {{strategy: knowledge, knowledge: {{file: data/seeds/{dataset}/triples.csv}}, model: ...}}  # a fact for each row
  # - {{strategy: borderline, mix: [0.6, 0.9], model: ...}}  # 60 % and 90 % of its label; a judge must relabel
  # - {{strategy: transform, corpus: data/seeds/{dataset}/other.jsonl, model: ...}}  # records of another dataset
  # - {{strategy: failures, shots: 2, failures: {{rounds: 4}}, model: ...}}  # asks for what a classifier gets wrong
  # - {{strategy: replay, model: replay/FILE, replay: {{fields: {{text: text}}, label: label}}}}
  #                                                      # reads existing text

# Rare cases that need rows (docs/scenarios.md), such as {{name: twice, means: a parcel came twice, floor: 30}}
scenarios: []

# Models that judge the label of each row, such as {{name: second-look, question: relabel, model: ..., votes: 1}}
judges: []

budget: {{usd: 1.00, calls: {calls}, tokens: {tokens}, rounds: 6}}

screens: {{near_duplicate: 0.85, shot_copy: 0.7, held_out_overlap: true, pii: reject}}
weights: none                  # or auto, imp, dimp, reader: the column weight of the rows; docs/weights.md
split: {{validation: 0.15, similar: 0.6}}
gates:                         # what must hold before a version is published
  {{suite: text-classification, label_distance: 0.01, near_duplicate_share: 0.02, class_floor: 10, read_distance: 0.25,
   label_precision: unchecked-ok}}  # nobody has checked these labels; with seeds, a judge or a review, write 0.7
drift:                         # limits for the rows that a new version adds
  {{labels: 0.05, labels_read: 0.1, lengths: 0.1, vocabulary: 0.05, diversity: 0.1}}
evaluate:                      # embedder: model2vec/NAME adds a classifier on embeddings
  {{student: tfidf-logreg, repeats: 5, embedder: null}}

card:                          # for users of the dataset; shown in its README.md
  license: unknown             # as the Hugging Face hub lists them: apache-2.0, cc-by-4.0, cc0-1.0, mit, ...
  intended_use: ""
  limits: []
"""


OWN_SCHEMA_FILE = ".pedigree/recipe.schema.json"  # in a workspace apart from the checkout; git does not track it
ROWS, ROWS_PER_CALL = 200, 10
ROWS_PER_LABEL = 20  # at least: twice the class_floor of RECIPE
CALLS, TOKENS = 200, 500_000  # for ROWS rows, with much room
LABELS_OF_A_ROW = 1.5  # on average, where rows may have several


def write_new_recipe(
    workspace: Workspace, dataset: str, labels: list[str], task: str, labels_per_row: int | None = None
) -> list[Path]:
    """Write a recipe and create a seeds folder for a new dataset; return both paths.

    The recipe's first line names the schema that editors read: the checkout's, or a copy that is written for a
    workspace without one. With ``labels_per_row`` a row may have so many labels, and has 1.5 on average. Raises
    CommandError if the recipe exists or the labels are wrong, and RecipeError if the recipe is invalid.
    """
    check_new(workspace, dataset)
    if len(labels) < 2 or len(set(labels)) < len(labels) or not all(labels):
        raise CommandError(
            f"labels: {', '.join(labels) or 'none'}", expected="two or more different labels, separated by commas"
        )
    if labels_per_row is not None and not 2 <= labels_per_row <= len(labels):
        raise CommandError(
            f"--labels-per-row {labels_per_row}",
            expected=f"from 2 to {len(labels)}, the number of labels",
            hint="leave it out where each row has one label",
        )
    together = 1 if labels_per_row is None else LABELS_OF_A_ROW
    shares = [round(together / len(labels), 6)] * len(labels)
    shares[-1] = round(together - sum(shares[:-1]), 6)
    lines = [
        f"  {canonical_json(label)}: {{share: {share:g}, means: {canonical_json(label)}}}"
        for label, share in zip(labels, shares, strict=True)
    ]
    rows = max(ROWS, ROWS_PER_LABEL * len(labels))
    text = RECIPE.format(
        schema=find_schema(workspace),
        dataset=dataset,
        task=" ".join(task.split()),
        task_json=canonical_json(task),
        labels="\n".join(lines),
        sums="shares sum to 1" if labels_per_row is None else "the share of rows that have it",
        several="null" if labels_per_row is None else f"{{min: 1, max: {labels_per_row}}}",
        rows=rows,
        rows_per_call=ROWS_PER_CALL,
        calls=CALLS * rows // ROWS,
        tokens=TOKENS * rows // ROWS,
    )
    return write_recipe(workspace, dataset, text)


def check_new(workspace: Workspace, dataset: str) -> None:
    """Raise CommandError if there is a recipe of this name."""
    recipe = workspace.recipe_path(dataset)
    if recipe.exists():
        raise CommandError(f"{workspace.relative_path(recipe)} exists already", hint="choose another name, or edit it")


def find_schema(workspace: Workspace) -> str:
    """Return the path of the schema that editors read: the checkout's, or that of a copy."""
    return SCHEMA_FILE if (workspace.root / SCHEMA_FILE).is_file() else OWN_SCHEMA_FILE


def write_recipe(workspace: Workspace, dataset: str, text: str) -> list[Path]:
    """Write a new recipe, the schema that it names, and the folder of its seeds; return recipe and folder.

    Raises RecipeError, and leaves no recipe, if it is invalid.
    """
    recipe, folder, schema = workspace.recipe_path(dataset), workspace.seeds_folder(dataset), find_schema(workspace)
    for place in (folder, workspace.state):
        check_writable(place)
    write_text(recipe, text)
    try:
        load_recipe(recipe)
        if schema == OWN_SCHEMA_FILE:
            write_text(workspace.root / schema, format_schema())
        folder.mkdir(parents=True, exist_ok=True)
    except BaseException:  # also an interrupt: a recipe that is left here would keep the command from being repeated
        recipe.unlink()
        raise
    return [recipe, folder]
