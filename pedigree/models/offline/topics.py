"""What a text is about: a product or a topic, and the words that agree with it."""

import re
from dataclasses import dataclass
from random import Random

from pedigree.models.offline.grammar import tame
from pedigree.models.offline.phrases import Concept, Lines, count_hits, load_phrases, names_label

GROUPS = {"device": "goods", "wear": "goods", "home": "goods", "service": "paid", "club": "paid"}
_CONTENT_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Topic:
    """What a text is about, and of which kind it is; the kind ``topic`` can only be talked about."""

    name: str
    kind: str

    @property
    def plural(self) -> bool:
        """Return whether verbs beside it stand in the plural."""
        head = self.name.split(" of ")[0].casefold()
        return head.endswith("s") and not head.endswith(("ss", "us", "is", "news"))

    def bind(self, chance: Random) -> dict[str, str]:
        """Return the slots of phrases.yaml that agree with this thing."""
        one = {"it": "it", "they": "it", "is": "is", "was": "was", "has": "has", "does": "does", "this": "this"}
        many = {"it": "them", "they": "they", "is": "are", "was": "were", "has": "have", "does": "do", "this": "these"}
        pair = "pair" if self.kind in {"wear", "device"} else "set"
        return {
            "thing": self.name,
            "thing_one": pair if self.plural else self.name,
            "a_thing": self.name if self.plural else f"a {self.name}",
            "my": "the" if self.kind in {"film", "book", "food"} else chance.choice(("my", "my", "my", "the", "our")),
            "its": "their" if self.plural else "its",
            "s": "" if self.plural else "s",
            "es": "" if self.plural else "es",
            **(many if self.plural else one),
        }


def classify_topic(value: str, *, product: bool) -> Topic:
    """Return an attribute's value as a thing; a product of no known kind is a device, anything else a topic."""
    said = tame(value).casefold()
    scored = {name: count_hits(kind.keywords, said) for name, kind in load_phrases().things.items()}
    best = max(scored, key=scored.__getitem__)
    return Topic(tame(value), best if scored[best] else "any" if product else "topic")


def draw_thing(concept: Concept, task: str, borrowed: str, chance: Random) -> Topic:
    """Return something that a concept talks about: of the task's kind, or borrowed from a shot, or any."""
    things = load_phrases().things
    known = [(name, kind) for kind, one in things.items() for name in one.names]
    shown = [Topic(*pair) for pair in known if re.search(rf"\b{re.escape(pair[0])}\b", borrowed)]
    if shown and chance.random() < 0.4:
        return chance.choice(shown)
    of_task = [kind for kind, one in things.items() if count_hits(one.keywords, task.casefold())]
    kind = chance.choice([kind for kind in of_task if kind in concept.kinds] or concept.kinds or tuple(things))
    return Topic(chance.choice(things[kind].names), kind)


def lines_for(concept: Concept, lines: Lines, kind: str) -> Lines:
    """Return those of a concept's lines that can be said of a kind of thing.

    Of a kind that the concept does not usually talk about, but has lines for, only those lines name it.
    """
    strange = concept.kinds and kind not in concept.kinds and _special(concept, kind)
    return tuple(line for line in lines if "{thing" not in line) if strange else lines


def situations_for(concept: Concept, kind: str) -> Lines:
    """Return what a concept has to say on a kind of thing."""
    return lines_for(concept, concept.say.get("any", ()), kind) + _special(concept, kind)


def _special(concept: Concept, kind: str) -> Lines:
    names = [name for name in (kind, GROUPS.get(kind)) if name not in (None, "any")]
    return tuple(line for name in names for line in concept.say.get(name, ()))


def find_topics(text: str, label: str) -> Lines:
    """Return the phrases of a text between its function words, but those that name the label: what it is about."""
    topics: list[str] = []
    for clause in re.split(r"[,;.:()/?]| - ", tame(text).casefold()):
        run: list[str] = []
        for word in [*clause.split(), ""]:
            if _CONTENT_WORD.search(word) and word not in load_phrases().stop_words and len(run) < 3:
                run.append(word.strip("'\"!“”"))
            elif run:
                topics.append(" ".join(run))
                run = []
    return tuple(topic for topic in dict.fromkeys(topics) if not names_label(topic, label))
