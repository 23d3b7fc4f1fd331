"""Multinomial logistic regression of few rows with many features, solved in as many unknowns as there are rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from pedigree.usefulness.training_set import TrainingSet

C = 10
TOLERANCE, ROUGH_TOLERANCE = 1e-5, 1e-4  # of the mean gradient; scikit-learn's own is 1e-4
MEMORY = 10  # steps that the inverse Hessian is estimated from
MIN_MEMORY, MAX_REMEMBERED = 3, 40_000_000  # of very many rows and labels fewer steps are remembered; numbers
MAX_STEPS = 5000
MAX_TRIES = 30  # lengths tried along one direction
FLATTER = 0.3  # the slope that a step may leave, as a part of the one that it started from
Features = sparse.csr_matrix | np.ndarray


@dataclass(frozen=True)
class Problem:
    """Minimise sum of w_i (-log p_i[y_i]) + decay ||W||^2 / 2 over W and the bias; only the bias is not held small.

    A point of the search is A (rows x labels), which stands for the coefficients W = X' A, and the bias b. It is kept as an
    array of two lines: A and b laid flat, and the scores X W and b laid flat. So the inner product of the coefficients and
    biases of two points is that of one's first line and the other's second.
    """

    features: Features
    is_label: np.ndarray
    weights: np.ndarray
    decay: float

    @cached_property
    def transposed(self) -> Features:
        """Return the features, turned."""
        return self.features.T

    def split(self, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the part of a line for each row and label, and that for each label."""
        rows, labels = self.is_label.shape
        return line[: rows * labels].reshape(rows, labels), line[rows * labels :]

    def read(self, point: np.ndarray) -> np.ndarray:
        """Return the probability of each label for each row."""
        scores, bias = self.split(point[1])
        said = scores + bias
        said -= np.ascontiguousarray(said.T).max(axis=0)[:, None]
        np.exp(said, out=said)
        said /= _add_up(said)[:, None]
        return said

    def find_slopes(self, said: np.ndarray) -> np.ndarray:
        """Return the slope of the loss at each score."""
        return (said - self.is_label) * self.weights[:, None]

    def differentiate(self, point: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the gradient as a point, and its largest part a unit of weight, over all coefficients and biases."""
        dual, bias = slopes + self.decay * self.split(point[0])[0], _add_up(slopes.T)
        coefficients = self.transposed @ dual
        largest = max(np.abs(coefficients).max(initial=0), np.abs(bias).max()) / self.weights.sum()
        scores = self.features @ coefficients
        lines = np.concatenate([dual.ravel(), bias, scores.ravel(), bias])
        return lines.reshape(2, -1), float(largest)

    def step_along(self, point: np.ndarray, slopes: np.ndarray, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the step to make and the slopes after it: along a line the loss is convex, and Newton's method finds it."""
        scores, bias = self.split(way[1])
        rise, duals = scores + bias, [self.split(each[0])[0] for each in (point, way)]
        straight, curved = (self.decay * float(np.vdot(dual, scores)) for dual in duals)
        at_start, length = float(np.vdot(slopes, rise)) + straight, 1.0
        for _ in range(MAX_TRIES):
            tried, said = length, self.read(point + length * way)
            slopes = self.find_slopes(said)
            slope = float(np.vdot(slopes, rise)) + straight + length * curved
            if abs(slope) <= FLATTER * abs(at_start):
                break
            leaning = said * rise
            bend = float(self.weights @ (_add_up(leaning * rise) - _add_up(leaning) ** 2)) + curved
            length = max(length - slope / bend, length / 10)
        return tried * way, slopes


def _add_up(table: np.ndarray) -> np.ndarray:
    """Return the sum of each line: as a product, many times faster than a sum over lines as short as these."""
    return table @ np.ones(table.shape[1])


class Curvature:
    """The inverse Hessian as the last steps and changes of the gradient tell it (Byrd, Nocedal and Schnabel 1994, theorem 2.2)."""

    def __init__(self, width: int):
        self._memory = min(MEMORY, max(MIN_MEMORY, MAX_REMEMBERED // (4 * width)))
        self._steps, self._changes = np.zeros((2, self._memory, 2, width))
        self._products, self._squares = np.zeros((2, self._memory, self._memory))
        self._slots: list[int] = []  # oldest first

    def learn(self, step: np.ndarray, change: np.ndarray) -> None:
        """Remember a step and the change of the gradient over it, in the oldest one's place."""
        if np.vdot(step[0], change[1]) <= 0:
            return
        slot = len(self._slots) if len(self._slots) < self._memory else self._slots.pop(0)
        self._slots.append(slot)
        self._steps[slot], self._changes[slot] = step, change
        self._products[:, slot] = self._steps[:, 0] @ change[1]
        self._squares[:, slot] = self._squares[slot] = self._changes[:, 0] @ change[1]

    def choose_way(self, gradient: np.ndarray) -> np.ndarray:
        """Return minus the inverse Hessian times the gradient."""
        if not self._slots:
            return -gradient / np.sqrt(np.vdot(gradient[0], gradient[1]))
        kept = np.ix_(self._slots, self._slots)
        products, squares = np.triu(self._products[kept]), self._squares[kept]
        scale = products[-1, -1] / squares[-1, -1]
        by_step, by_change = ((each[:, 0] @ gradient[1])[self._slots] for each in (self._steps, self._changes))
        back = np.linalg.solve(products, by_step)
        ahead = np.linalg.solve(products.T, np.diag(products) * back + scale * (squares @ back - by_change))
        shares = np.zeros((2, self._memory))
        shares[:, self._slots] = ahead, -scale * back
        flat = [each.reshape(self._memory, -1) for each in (self._steps, self._changes)]
        way = shares[0] @ flat[0] + shares[1] @ flat[1]
        return -(way.reshape(2, -1) + scale * gradient)


def fit_logistic(
    features: Features, label_ids: np.ndarray, labels: int, weights: np.ndarray, *, c: float, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (features x labels) and biases of the multinomial logistic regression with an L2 penalty.

    The minimum is that of scikit-learn's LogisticRegression(C=c) with these sample weights, where no part of the mean
    gradient is above ``tolerance``. It lies in the span of the rows, W = X' A (Kimeldorf and Wahba 1971), so that L-BFGS
    (Nocedal and Wright 2006, chapter 7) takes its steps over A, in W's metric: with more features than rows the steps
    are the same, and cost a fraction. Every label stands in ``label_ids``.
    """
    # Of two labels scikit-learn holds small one vector, the difference of both, whose square is twice the sum of theirs.
    decay = (2 if labels == 2 else 1) / c
    problem = Problem(features, np.eye(labels)[label_ids], np.asarray(weights, dtype=float), decay)
    point = np.zeros((2, len(label_ids) * labels + labels))
    slopes = problem.find_slopes(problem.read(point))
    gradient, largest = problem.differentiate(point, slopes)
    curvature = Curvature(point.shape[1])
    for _ in range(MAX_STEPS):
        if largest <= tolerance:
            break
        step, slopes = problem.step_along(point, slopes, curvature.choose_way(gradient))
        point, before = point + step, gradient
        gradient, largest = problem.differentiate(point, slopes)
        curvature.learn(step, gradient - before)
    dual, bias = problem.split(point[0])
    return problem.transposed @ dual, bias


def predict_probabilities(
    taught: Features, questions: Features, training_set: TrainingSet, labels: int, *, approximate: bool
) -> np.ndarray:
    """Return the probability of each label for each question, of a regression (C=10, balanced labels) that was taught a training set.

    ``taught`` has a line for each different row of the training set, in the order of their numbers.
    """
    _, first, inverse = np.unique(training_set.rows, return_index=True, return_inverse=True)
    seen, label_ids = np.unique(training_set.label_ids[first], return_inverse=True)
    weights, tolerance = np.bincount(inverse, training_set.balance()), ROUGH_TOLERANCE if approximate else TOLERANCE
    coefficients, biases = fit_logistic(taught, label_ids, len(seen), weights, c=C, tolerance=tolerance)
    scores = questions @ coefficients + biases
    said = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities = np.zeros((questions.shape[0], labels))
    probabilities[:, seen] = said / said.sum(axis=1, keepdims=True)
    return probabilities
