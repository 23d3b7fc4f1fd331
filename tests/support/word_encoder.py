"""A stand-in for an encoder that is fine-tuned, where torch is not installed."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from pedigree.usefulness.fine_tuning.encoder import TrainingSettings


class Words:
    """In place of an encoder: TF-IDF and a logistic regression; it counts its trainings."""

    name = "models/words"

    def __init__(self):
        self.identity = {"sha256": "1" * 64, "libraries": ["words 1"], **vars(TrainingSettings())}
        self.trained = 0

    def fit(self, texts, label_ids, weights, query, seed):
        self.trained += 1
        terms = TfidfVectorizer().fit(texts)
        model = LogisticRegression().fit(terms.transform(texts), label_ids, weights)
        return model.predict_proba(terms.transform(query))
