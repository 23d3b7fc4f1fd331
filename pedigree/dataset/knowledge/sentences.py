"""The plain sentence of a triple, which a prompt holds."""

import re
from collections.abc import Mapping

from pedigree.dataset.knowledge.triples import Triple

# The relations of ConceptNet 5 (Speer, Chin and Havasi 2017), in words of our own.
SENTENCES = {
    "Antonym": "{head} is the opposite of {tail}",
    "AtLocation": "{head} can be found at {tail}",
    "CapableOf": "{head} can {tail}",
    "Causes": "{head} can lead to {tail}",
    "CausesDesire": "{head} makes someone want to {tail}",
    "CreatedBy": "{head} is made by {tail}",
    "DefinedAs": "{head} means {tail}",
    "DerivedFrom": "the word {head} comes from {tail}",
    "Desires": "{head} wants {tail}",
    "DistinctFrom": "{head} is not the same as {tail}",
    "Entails": "{head} includes {tail}",
    "FormOf": "{head} is a form of the word {tail}",
    "HasA": "{head} has {tail}",
    "HasContext": "{head} is a word that is used about {tail}",
    "HasFirstSubevent": "the first step of {head} is {tail}",
    "HasLastSubevent": "the last step of {head} is {tail}",
    "HasPrerequisite": "{head} needs {tail} first",
    "HasProperty": "{head} is {tail}",
    "HasSubevent": "during {head} there is {tail}",
    "InstanceOf": "{head} is an example of {tail}",
    "IsA": "{head} is a kind of {tail}",
    "LocatedNear": "{head} is near {tail}",
    "MadeOf": "{head} is made of {tail}",
    "MannerOf": "{head} is a way to {tail}",
    "MotivatedByGoal": "{head} is done in order to {tail}",
    "NotCapableOf": "{head} cannot {tail}",
    "NotDesires": "{head} does not want {tail}",
    "NotHasProperty": "{head} is not {tail}",
    "PartOf": "{head} is part of {tail}",
    "ReceivesAction": "{head} can be {tail}",
    "RelatedTo": "{head} has to do with {tail}",
    "SimilarTo": "{head} is similar to {tail}",
    "SymbolOf": "{head} stands for {tail}",
    "Synonym": "{head} means the same as {tail}",
    "UsedFor": "{head} is used for {tail}",
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-/]+|(?<=[A-Z])(?=[A-Z][a-z])")


def write_sentence(triple: Triple, own: Mapping[str, str]) -> str:
    """Return a triple as a sentence without its full stop: of ``own``, of SENTENCES, or the relation's name in words.

    A sentence of SENTENCES is found whatever the upper and lower case of the relation, and its underscores.
    """
    given = own.get(triple.relation) or _BY_FOLDED.get(_fold(triple.relation))
    if given is None:
        words = " ".join(_WORDS.sub(" ", triple.relation).lower().split())
        return f"{triple.head} {words} {triple.tail}"
    return given.replace("{head}", "\0", 1).replace("{tail}", triple.tail, 1).replace("\0", triple.head, 1)


def _fold(relation: str) -> str:
    return re.sub(r"[^a-z]", "", relation.lower())


_BY_FOLDED = {_fold(relation): sentence for relation, sentence in SENTENCES.items()}
