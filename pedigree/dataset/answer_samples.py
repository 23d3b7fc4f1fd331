"""Shows answers in which no row can be read, and says what to change."""

from collections.abc import Iterable

from pedigree.ids import canonical_json
from pedigree.redaction import mask_secrets

SAMPLES, SAMPLE_CHARS = 2, 160
ADVICE = (
    "'pedigree ledger show' shows the answers; set 'structured: native' for the generator (or 'structured: text' if it "
    "is native), so that the rows are asked for in another form; raise max_tokens or lower rows_per_call if answers "
    "are cut; or choose another model or template"
)

BODY_ADVICE = (
    "what the endpoint sends is no answer of a chat model: correct 'api_base' of the generator, or the server or proxy "
    "at that address ('pedigree ledger export FILE' writes what came, under other_fields)"
)


def show_answers(texts: Iterable[str]) -> str:
    """Return the first answers as they came: shortened, each on one line, secrets masked."""
    shown = [canonical_json(mask_secrets(text)[:SAMPLE_CHARS]) for text in texts if text.strip()][:SAMPLES]
    return "such as " + " and ".join(shown) if shown else "all are empty"
