"""An example of each key of a recipe, as it is written there: for the page of keys.

A part of a recipe has a text of YAML with one key a line. A test checks that each part has all its keys, and that each
value is valid.
"""

from pedigree.recipe.content.key_examples import list_asked_examples

MODEL = """
model: openai/gpt-4o-mini
parameters: {temperature: 1.0, max_tokens: 1500}
structured: native
api_base: http://localhost:8000/v1
endpoint: big-server
draw: second
transport: litellm
batch: true
concurrency: 16
limits: {requests_per_minute: 500, tokens_per_minute: 200000}
timeout: 60
retries: 3
patience: 300
prices: {input: 0.15, output: 0.60}
"""
EXAMPLES = {
    "Recipe": """
dataset: churn-reasons
task: Why does this customer leave?
language: de
languages: {en: 0.5, de: 0.3, fr: 0.2}
seed: 7
labels: {price: {share: 0.6, means: it costs too much}, other: {share: 0.4, means: any other reason}}
labels_per_row: {min: 1, max: 3, co_occurrence: {food + service: 0.2}}
fields: {text: {min_chars: 10, max_chars: 400, means: a message}}
slots: {month: {values: [January, February, March]}}
checks: [ended >= started, {check: fee = 0 or plan = 'pro', means: only the plan pro has a fee}]
depends: {plan: [currency]}
seeds: data/seeds/churn-reasons/seeds.jsonl
held_out: data/seeds/churn-reasons/held-out.jsonl
real: data/seeds/churn-reasons/real.csv
review: data/reviews/churn-reasons/decisions.csv
rows: 500
private: true
selection: coverage
grown_from: [{version: v1.0.0, rows: 400}]
scenarios: [{name: moved-away, means: the customer moved abroad, floor: 20}]
generators: [{strategy: few-shot, shots: 3, model: openai/gpt-4o-mini}]
judges: [{name: second-look, model: openai/gpt-4o, question: relabel}]
budget: {usd: 5.00, calls: 500, rounds: 6}
screens: {near_duplicate: 0.85, pii: mask}
weights: auto
split: {validation: 0.2}
gates: {class_floor: 20, label_precision: 0.8}
drift: {labels: 0.05, vocabulary: null}
evaluate: {repeats: 5, embedder: model2vec/wordllama}
optimise: {model: openai/gpt-4o, rounds: 5}
card: {license: cc-by-4.0, intended_use: Training classifiers of customer messages.}
""",
    "Label": """
share: 0.25
means: the customer finds the price too high
unlike: [quality]
slots: [amount, "month?"]
""",
    "LabelsPerRow": """
min: 1
max: 3
sizes: {1: 0.6, 2: 0.3, 3: 0.1}
co_occurrence: {food + service: 0.2, price + room: 0}
""",
    "TypedField": """
type: category
means: a message to a shop
min_chars: 10
max_chars: 400
values: [e-mail, chat, phone]
min: 1
max: 5
unit: USD
missing: 0.1
""",
    "ColumnCheck": """
check: fee = 0 or plan = 'pro'
means: only the plan pro has a fee
""",
    "SlotSettings": """
means: the name of a month
values: [January, February, March]
""",
    "Scenario": """
name: moved-away
means: the customer moved to a country without the service
floor: 0.05
labels: [other]
""",
    "Generator": f"""
name: few-shot-small
rows_per_call: 5
template: prompts/my-few-shot.j2
{MODEL}
strategy: few-shot
weight: 2
turns: 2
shots: 4
shots_from: hard
topics: 20
topics_per: recipe
attributes: {{tone: [calm, annoyed], occasion: 6}}
ask_attributes: 3
values_asked: 10
personas: {{age: [a teenager, retired], work: 6}}
ways: 10
contexts: 20
mix: [0.6, 0.9]
corpus: data/seeds/churn-reasons/unlabelled.jsonl
incentives: [taboo, hints]
avoid: [I am writing to]
statistics: data/seeds/churn-reasons/statistics.json
knowledge: {{file: data/seeds/churn-reasons/triples.csv, size: 60}}
scenario: moved-away
instructions: Let rows begin in different ways.
optimised: data/seeds/churn-reasons/optimised-few-shot.json
form: csv
label: predicted
replay: {{fields: {{text: review}}, label: opinion}}
failures: {{rounds: 4, examples: 4}}
""",
    "Judge": f"""
name: second-look
rows_per_call: 5
template: prompts/my-judge.j2
{MODEL}
question: relabel
shots: 30
labels_shown: 10
votes: 3
on: 0.2
on_disagreement: keep
calibrate: 200
calibrate_on: held_out
""",
    "Limits": """
requests_per_minute: 500
tokens_per_minute: 200000
""",
    "Prices": """
input: 0.15
output: 0.60
""",
    "Replay": """
fields: {text: review}
label: opinion
labels: {pos: positive, neg: negative}
""",
    "KnowledgeSettings": """
file: data/seeds/churn-reasons/triples.csv
sampling: dissimilar
size: 60
relations: [UsedFor, Causes]
language: de
least_weight: 1.0
sentences: {paid_by: "{head} is paid by {tail}"}
""",
    "FailureSettings": """
dev: data/seeds/churn-reasons/dev.jsonl
examples: 6
clusters: 3
unsure: 0.1
rounds: 5
patience: 3
then: plain
""",
    "Budget": """
usd: 5.00
calls: 500
tokens: 2000000
rounds: 8
""",
    "Screens": """
near_duplicate: 0.9
shot_copy: null
seed_copy: 0.9
held_out_overlap: false
semantic_duplicate: {embedder: model2vec/wordllama}
refusal: false
meta_text: false
placeholder: false
label_named: false
language: true
pii: mask
""",
    "SemanticDuplicates": """
embedder: model2vec/wordllama
threshold: 0.9
seeds: false
held_out: false
""",
    "Split": """
validation: 0.2
similar: 0.7
""",
    "GateSettings": """
suite: my-suite
label_distance: 0.01
near_duplicate_share: 0.05
class_floor: 25
read_distance: 0.35
label_precision: unchecked-ok
screen_share: 0.3
mixed_models: forbid
""",
    "DriftSettings": """
labels: 0.1
labels_read: 0.2
lengths: null
vocabulary: 0.1
diversity: 0.2
""",
    "EvaluationSettings": """
student: tfidf-logreg
repeats: 10
embedder: model2vec/wordllama
diversity: {model: openai/gpt-4o-mini, rounds: 30}
""",
    **list_asked_examples(MODEL),
    "CardSettings": """
title: Reasons why customers leave
license: cc-by-4.0
license_name: Terms of the shop
license_link: https://example.org/terms
intended_use: Training classifiers of customer messages in English.
limits: [English only, one shop]
contact: data@example.org
""",
    "Base": """
version: v1.0.0
rows: 400
rounds: 3
targets: {price: 240, other: 160}
""",
}


def list_examples(part: str) -> dict[str, str]:
    """Return the examples of a part of a recipe (the name of its class): key -> the line that shows it."""
    return {line.split(":", 1)[0]: line for line in EXAMPLES.get(part, "").splitlines() if line}
