"""Limited-memory BFGS over the pixels of one picture, RGB 0..255, in TensorFlow.

The two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) over inner products alone, so that two matrix products
an iteration are all that touches the history (Chen, Wang and Zhou, "Large-scale L-BFGS using MapReduce", NeurIPS
2014). Where it departs from the books: every iteration is one evaluation at the whole step, without a line search; a
step to a higher loss is taken back and shortened; and pixels that sit at a bound against which their gradient pushes
are in neither the pairs nor the direction (Bertsekas 1982).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from aiart.style_transfer.moments import Moment, Note, not_noted
from aiart.style_transfer.objective import Evaluation

DARKEST, BRIGHTEST = 0.0, 255.0
# Grey levels, as a root mean square, of the first step, and of one in a run of few evaluations, in which it could not
# be taken back. Smaller ones cost more evaluations on the way than larger ones that are taken back.
FIRST_STEP, SAFE_STEP = 10.0, 1.0
FEW = 10
# A pair is kept when its cosine is above this: float32 sums over many pixels cannot tell a smaller one from noise.
LEAST_COSINE = 1e-4
# A step that is taken back is tried again at a part of its length between these.
SHORTEST, LONGEST = 0.1, 0.5
# What a search knows beside arrays, the coefficients of its direction, and its pairs.
SEARCH_NOTES = ("scale", "reach", "slope", "length")
# Steps taken back in a row after which all pairs are forgotten.
PATIENCE = 2


def lbfgs(
    objective: Callable[[tf.Tensor], Evaluation],
    start: np.ndarray,
    iterations: int,
    pairs: int,
    observe: Callable[[tf.Tensor, Evaluation], float],
    note: Note = not_noted,
    begun: Moment | None = None,
) -> None:
    """Evaluate the objective `iterations` times from `start` (1, height, width, 3); less often only where no pixel
    can move any more.

    pairs: how many differences of pictures and of gradients are remembered. observe: is given each picture that was
    evaluated and what was found, and returns the loss. note, begun: as for `optimizers.minimise`.
    """
    first_step = FIRST_STEP if iterations > FEW else SAFE_STEP
    if begun:
        search, done = Search.at(begun, start.shape, pairs), begun.notes["done"]
        lowest, taken_back = begun.notes["lowest"], begun.notes["taken_back"]
    else:
        picture = tf.clip_by_value(tf.constant(start, tf.float32), DARKEST, BRIGHTEST)
        evaluation = objective(picture)
        lowest = observe(picture, evaluation)
        search = Search(picture, evaluation.gradient, pairs, first_step)
        done, taken_back = 1, 0
    while done < iterations:
        trial = search.trial()
        if trial is None:
            break
        evaluation = objective(trial)
        loss = observe(trial, evaluation)
        done += 1
        if loss <= lowest:
            search.accept(trial, evaluation.gradient)
            lowest = loss
            taken_back = 0
        else:
            taken_back += 1
            if taken_back % PATIENCE == 0:
                search.forget()
            else:
                search.shorten(loss - lowest)
        counts = {"done": done, "lowest": lowest, "taken_back": taken_back}
        note(lambda counts=counts: search.moment(**counts))


class Search:
    """A picture with its gradient, a direction from there, and how far along it the next trial is. All are (pixels,),
    and gradients are scaled so that their squares stay in the range of float32."""

    def __init__(self, picture: tf.Tensor, gradient: tf.Tensor, pairs: int, first_step: float):
        self.shape = picture.shape
        largest = float(tf.reduce_max(tf.abs(gradient)))
        self.scale = 1 / largest if largest else 0.0
        self.picture, self.gradient = self._flat(picture, gradient)
        self.pairs = Pairs(pairs, len(self.picture))
        self.reach = first_step * math.sqrt(len(self.picture))
        self.free = _free(self.picture, self.gradient)
        self._aim(self.pairs.turn(self.gradient * self.free))

    @classmethod
    def at(cls, moment: Moment, shape: tuple[int, ...], pairs: int) -> Search:
        """As it was when `moment` was taken, of a picture of this shape."""
        self, arrays, notes = cls.__new__(cls), moment.arrays, moment.notes
        self.shape = shape
        self.picture, self.gradient = tf.constant(arrays["picture"]), tf.constant(arrays["gradient"])
        self.scale, self.reach, self.slope, self.length = (notes[name] for name in SEARCH_NOTES)
        self.free = _free(self.picture, self.gradient)
        self.pairs = Pairs(pairs, len(self.picture))
        self.pairs.rows.assign(arrays["rows"])
        self.pairs.products, self.pairs.kept = notes["products"], notes["kept"]
        self._head(self.pairs.rows.read_value(), notes["coefficients"])
        return self

    def moment(self, **counts: float) -> Moment:
        """All that the trials to come depend on."""
        arrays = {"picture": self.picture.numpy(), "gradient": self.gradient.numpy(), "rows": self.pairs.rows.numpy()}
        notes = {name: getattr(self, name) for name in (*SEARCH_NOTES, "coefficients")}
        return Moment(arrays, {**notes, "products": self.pairs.products, "kept": self.pairs.kept, **counts})

    def trial(self) -> tf.Tensor | None:
        """The next picture to evaluate; None where no pixel of it would differ from the last."""
        trial = tf.clip_by_value(self.picture + self.length * self.direction, DARKEST, BRIGHTEST)
        return tf.reshape(trial, self.shape) if bool(tf.reduce_any(trial != self.picture)) else None

    def accept(self, picture: tf.Tensor, gradient: tf.Tensor) -> None:
        """Go to the trial, where this is the gradient, and aim from there."""
        before = self.picture, self.gradient
        self.picture, self.gradient = self._flat(picture, gradient)
        self.free = _free(self.picture, self.gradient)
        step, change = (self.picture - before[0]) * self.free, (self.gradient - before[1]) * self.free
        self._aim(self.pairs.add(step, change, self.gradient * self.free))

    def shorten(self, rise: float) -> None:
        """Try less of the direction: where a parabola through both losses and the slope is lowest."""
        fall = -self.slope * self.length
        self.length *= min(max(fall / (2 * (rise * self.scale + fall)), SHORTEST), LONGEST)

    def forget(self) -> None:
        """Follow the gradient alone, less far than the last trial was, since the pairs did not lead down."""
        self.reach = LONGEST * self.length * float(tf.norm(self.direction))
        self.pairs.forget()
        self._aim(self.pairs.rows.read_value())

    def _aim(self, rows: tf.Tensor) -> None:
        coefficients, self.slope = self.pairs.direction(self.reach)
        self._head(rows, coefficients)
        self.length = 1.0

    def _head(self, rows: tf.Tensor, coefficients: list[float]) -> None:
        self.coefficients = coefficients
        self.direction = tf.linalg.matvec(rows, tf.constant(coefficients, tf.float32), transpose_a=True) * self.free

    def _flat(self, picture: tf.Tensor, gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.reshape(picture, [-1]), tf.reshape(gradient, [-1]) * self.scale


def _free(picture: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """1 for pixels that a small step against the gradient moves, and 0 for those that it takes beyond a bound."""
    return tf.cast(tf.clip_by_value(picture - tf.sign(gradient), DARKEST, BRIGHTEST) != picture, tf.float32)


class Pairs:
    """The last steps s and changes y of the gradient, and the gradient g: rows of one matrix in the order s, y, g, and
    the inner products of them all.

    One variable, written row by row and read whole: TensorFlow copies all of it wherever a part of it is read.
    """

    def __init__(self, most: int, pixels: int):
        self.most, self.gradient = most, 2 * most
        self.rows = tf.Variable(tf.zeros([2 * most + 1, pixels]))
        self.products = [[0.0] * (2 * most + 1) for _ in range(2 * most + 1)]
        self.kept: list[int] = []

    def turn(self, gradient: tf.Tensor) -> tf.Tensor:
        """Take another gradient; returns the rows."""
        return self._put({self.gradient: gradient})

    def add(self, step: tf.Tensor, change: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """Take a pair in place of the oldest, and another gradient; returns the rows. A pair of too little curvature
        is not kept."""
        if len(self.kept) == self.most:
            self.kept = self.kept[1:]
        pair = min(set(range(self.most)) - set(self.kept))
        rows = self._put({pair: step, self.most + pair: change, self.gradient: gradient})
        products, other = self.products, self.most + pair
        if products[pair][other] > LEAST_COSINE * math.sqrt(products[pair][pair] * products[other][other]):
            self.kept.append(pair)
        return rows

    def forget(self) -> None:
        self.kept = []

    def direction(self, reach: float) -> tuple[list[float], float]:
        """Coefficients of the rows in the quasi-Newton direction, and the slope along it. Without pairs: against the
        gradient, `reach` long."""
        if self.kept:
            coefficients = two_loop(self.products, self.kept)
            slope = sum(c * i for c, i in zip(coefficients, self.products[self.gradient], strict=True))
            if slope < 0:
                return coefficients, slope
            self.forget()
        length = math.sqrt(self.products[self.gradient][self.gradient])
        coefficients = [0.0] * (2 * self.most) + [-reach / length if length else 0.0]
        return coefficients, -reach * length

    def _put(self, vectors: dict[int, tf.Tensor]) -> tf.Tensor:
        numbers, values = list(vectors), tf.stack(list(vectors.values()))
        self.rows.scatter_update(tf.IndexedSlices(values, tf.constant(numbers)))
        rows = self.rows.read_value()
        found = tf.matmul(values, rows, transpose_b=True).numpy().tolist()
        for number, row in zip(numbers, found, strict=True):
            for other, product in enumerate(row):
                self.products[number][other] = self.products[other][number] = product
        return rows


def two_loop(inner: Sequence[Sequence[float]], kept: Sequence[int]) -> list[float]:
    """Coefficients of the 2m + 1 vectors s, y and g in −H·g, H the inverse Hessian of the pairs.

    inner: the vectors' inner products, (2m + 1, 2m + 1). kept: numbers of the pairs that count, oldest first.
    """
    most = len(inner) // 2
    coefficients = [0.0] * (2 * most) + [-1.0]

    def along(vector: int) -> float:
        return sum(c * i for c, i in zip(coefficients, inner[vector], strict=True))

    alphas = {}
    for pair in reversed(kept):
        alphas[pair] = along(pair) / inner[pair][most + pair]
        coefficients[most + pair] -= alphas[pair]
    newest = most + kept[-1]
    scale = inner[kept[-1]][newest] / inner[newest][newest]
    coefficients = [scale * c for c in coefficients]
    for pair in kept:
        coefficients[pair] += alphas[pair] - along(most + pair) / inner[pair][most + pair]
    return coefficients
