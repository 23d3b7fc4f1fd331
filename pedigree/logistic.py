"""Multinomial logistic regression of few rows with many features, solved in as many unknowns as there are rows."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

MEMORY = 10  # steps that the inverse Hessian is estimated from
MOST_STEPS = 5000
MOST_TRIES = 30  # lengths tried along one direction
FLATTER = 0.3  # the slope that a step may leave, as a part of the one that it started from
Features = sparse.csr_matrix | np.ndarray


@dataclass(frozen=True)
class Point:
    """A place (or a direction) of the search: ``dual`` A (rows x labels) and ``bias`` b, with ``scores`` X X' A.

    It stands for the coefficients X' A. Points are added and compared in the metric of those coefficients.
    """

    dual: np.ndarray
    scores: np.ndarray
    bias: np.ndarray

    def add(self, other: "Point", times: float) -> "Point":
        """Return this and ``times`` the other."""
        return Point(self.dual + times * other.dual, self.scores + times * other.scores, self.bias + times * other.bias)

    def dot(self, other: "Point") -> float:
        """Return the inner product of the coefficients and of the biases."""
        return float(np.vdot(self.dual, other.scores) + self.bias @ other.bias)


@dataclass(frozen=True)
class Problem:
    """Minimise sum of w_i (-log p_i[y_i]) + ||W||^2 / 2C over W and the bias; only the bias is not held small."""

    features: Features
    is_label: np.ndarray
    weights: np.ndarray
    decay: float

    def read(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities that scores stand for, and the slope of the loss at each score."""
        said = np.exp(scores - scores.max(axis=1, keepdims=True))
        said /= said.sum(axis=1, keepdims=True)
        return said, (said - self.is_label) * self.weights[:, None]

    def differentiate(self, point: Point, slopes: np.ndarray) -> tuple[Point, float]:
        """Return the gradient, and its largest part a unit of weight, over all coefficients and biases."""
        dual = slopes + self.decay * point.dual
        coefficients, bias = self.features.T @ dual, slopes.sum(axis=0)
        largest = max(np.abs(coefficients).max(initial=0), np.abs(bias).max()) / self.weights.sum()
        return Point(dual, self.features @ coefficients, bias), float(largest)

    def step_along(self, point: Point, way: Point) -> tuple[float, np.ndarray]:
        """Return how far to go and the slopes there: the loss along a line is convex, so that Newton's method finds it."""
        start, rise = point.scores + point.bias, way.scores + way.bias
        straight, curved = (self.decay * float(np.vdot(each.dual, way.scores)) for each in (point, way))
        at_start, length = float(np.vdot(self.read(start)[1], rise)) + straight, 1.0
        for _ in range(MOST_TRIES):
            said, slopes = self.read(start + length * rise)
            slope = float(np.vdot(slopes, rise)) + straight + length * curved
            if abs(slope) <= FLATTER * abs(at_start):
                break
            leaning = said * rise
            bend = float(self.weights @ ((leaning * rise).sum(axis=1) - leaning.sum(axis=1) ** 2)) + curved
            length = max(length - slope / bend, length / 10)
        return length, slopes


def fit_logistic(
    features: Features, places: np.ndarray, labels: int, weights: np.ndarray, *, c: float, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (features x labels) and biases of the multinomial logistic regression with an L2 penalty.

    The minimum is that of scikit-learn's LogisticRegression(C=c) with these sample weights, where no part of the mean
    gradient is above ``tolerance``. It lies in the span of the rows, W = X' A (Kimeldorf and Wahba 1971), so that L-BFGS
    (Nocedal and Wright 2006, algorithms 7.4 and 7.5) takes its steps over A, in W's metric: with more features than
    rows the steps are the same, and cost a fraction. Every label stands in ``places``.
    """
    # Of two labels scikit-learn holds small one vector, the difference of both, whose square is twice the sum of theirs.
    decay = (2 if labels == 2 else 1) / c
    problem = Problem(features, np.eye(labels)[places], np.asarray(weights, dtype=float), decay)
    point = Point(np.zeros((len(places), labels)), np.zeros((len(places), labels)), np.zeros(labels))
    gradient, largest = problem.differentiate(point, problem.read(point.scores + point.bias)[1])
    steps: deque[tuple[Point, Point, float]] = deque(maxlen=MEMORY)
    for _ in range(MOST_STEPS):
        if largest <= tolerance:
            break
        way = _choose_way(gradient, steps)
        length, slopes = problem.step_along(point, way)
        point, before = point.add(way, length), gradient
        gradient, largest = problem.differentiate(point, slopes)
        step, change = way.add(way, length - 1), gradient.add(before, -1)
        if (bend := step.dot(change)) > 0:
            steps.append((step, change, bend))
    return features.T @ point.dual, point.bias


def _choose_way(gradient: Point, steps: deque[tuple[Point, Point, float]]) -> Point:
    """Return minus the inverse Hessian, as the last steps tell it, times the gradient (two-loop recursion)."""
    way, shares = gradient, []
    for step, change, bend in reversed(steps):
        shares.append(step.dot(way) / bend)
        way = way.add(change, -shares[-1])
    scale = steps[-1][2] / steps[-1][1].dot(steps[-1][1]) if steps else gradient.dot(gradient) ** -0.5
    way = way.add(way, scale - 1)
    for (step, change, bend), share in zip(steps, reversed(shares), strict=True):
        way = way.add(step, share - change.dot(way) / bend)
    return way.add(way, -2)
