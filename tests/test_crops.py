"""The default unpaired dataset: crops that share no pixel between domains or splits, and paintings of some."""

from functools import cache
from itertools import combinations, islice

import numpy as np
import pytest

from aiart.datasets import crops
from aiart.datasets.crops import CONTRAST, LONGEST_SIDE, REGIONS, choose_box, draw_crops
from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph
from aiart.datasets.strokes import LUMINANCE
from aiart.errors import UserError

PARTS = list(REGIONS)
NAMES = list(REGIONS["A", "train"])


@cache
def drawn(domain: str, split: str, count: int = 8, side: int = 48, seed: int = 0) -> list[np.ndarray]:
    return list(draw_crops(domain, split, count, side, seed))


@pytest.mark.parametrize("domain, split", PARTS)
def test_pictures_have_the_side_asked_for_and_differ(domain, split):
    pictures = drawn(domain, split)
    assert len(pictures) == 8
    for picture in pictures:
        assert picture.shape == (48, 48, 3)
        assert picture.dtype == np.float32
        assert picture.min() >= 0.0
        assert picture.max() <= 255.0
    for one, other in combinations(pictures, 2):
        assert np.abs(one - other).mean() > 2.0


def test_a_picture_depends_on_seed_domain_split_and_index_alone():
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    again = list(islice(draw_crops("B", "train", 100, 48, 0), 3))
    assert np.array_equal(np.random.get_state()[1], state)
    # The first of a hundred are the first of eight.
    assert [picture.tobytes() for picture in again] == [picture.tobytes() for picture in drawn("B", "train")[:3]]
    for other, picture in zip(draw_crops("B", "train", 3, 48, 1), again, strict=True):
        assert other.tobytes() != picture.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_no_two_regions_share_a_pixel_and_all_are_inside_the_photograph(name):
    claims = np.zeros(load_photograph(name).shape[:2], int)
    pixels = 0
    for part in PARTS:
        left, top, right, bottom = REGIONS[part][name]
        assert 0 <= left < right <= claims.shape[1] and 0 <= top < bottom <= claims.shape[0]
        claims[top:bottom, left:right] += 1
        pixels += (right - left) * (bottom - top)
    assert claims.max() == 1
    assert claims.sum() == pixels


def test_both_domains_and_splits_see_the_same_photographs():
    assert set(NAMES) < set(PHOTOGRAPHS)
    assert all(list(REGIONS[part]) == NAMES for part in PARTS)


@pytest.mark.parametrize("side", [32, 100, LONGEST_SIDE])
@pytest.mark.parametrize("domain, split", PARTS)
def test_boxes_are_squares_in_their_region_large_enough_and_not_plain(domain, split, side):
    for name, (left, top, right, bottom) in REGIONS[domain, split].items():
        photograph = load_photograph(name)
        boxes = [choose_box(photograph, (left, top, right, bottom), side, np.random.default_rng(i)) for i in range(20)]
        for x, y, x_end, y_end in boxes:
            assert x_end - x == y_end - y >= side
            assert left <= x and x_end <= right and top <= y and y_end <= bottom
            assert (photograph[y:y_end, x:x_end] @ LUMINANCE).std() >= CONTRAST
        assert len(set(boxes)) > 3


def test_plain_crops_are_drawn_again():
    photograph = np.full((100, 100, 3), 30.0, np.float32)
    photograph[85:, 85:] = 255.0  # one bright corner
    sizes = [choose_box(photograph, (0, 0, 100, 100), 60, np.random.default_rng(i)) for i in range(30)]
    assert all(right > 85 and bottom > 85 for _, _, right, bottom in sizes)


@pytest.mark.parametrize("domain, split", PARTS)
def test_what_is_drawn_comes_from_its_own_region_only(domain, split, monkeypatch):
    """Photographs of coordinates: red is the column and green the row, in quarters of a level."""

    def coordinates(name):
        rows, columns = load_photograph(name).shape[:2]
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        return np.stack([x / 4, y / 4, np.zeros_like(x)], axis=-1)

    seen = []
    monkeypatch.setattr(crops, "load_photograph", coordinates)
    monkeypatch.setattr(crops, "CONTRAST", 0.0)
    monkeypatch.setattr(crops, "paint_strokes", lambda picture, seed: seen.append(seed) or picture)
    rising = 0
    for index, picture in enumerate(draw_crops(domain, split, 40, 64, 0)):
        left, top, right, bottom = REGIONS[domain, split][NAMES[index % len(NAMES)]]
        x, y = 4 * picture[..., 0], 4 * picture[..., 1]
        # Half a pixel more, for a resized ramp overshoots at its ends.
        assert left - 0.5 <= x.min() and x.max() <= right - 0.5
        assert top - 0.5 <= y.min() and y.max() <= bottom - 0.5
        assert np.diff(y, axis=0).mean() > 0.9  # never enlarged, never upside down
        rising += np.diff(x, axis=1).mean() > 0
    assert 10 <= rising <= 30  # about half of them are mirrored
    # Domain B is painted, every picture with strokes of its own.
    assert len(set(seen)) == (40 if domain == "B" else 0)


def test_paintings_show_strokes_where_photographs_are_smooth():
    def detail(domain):
        luminance = [picture @ LUMINANCE for picture in drawn(domain, "train")]
        return np.mean([np.median(np.abs(np.diff(picture, axis=1))) for picture in luminance])

    assert detail("B") > 1.5 * detail("A")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ("C", "train", 1, 64, 0),
            "There are no crops of domain 'C' and split 'train'; give A or B, and train or test.",
        ),
        (("A", "val", 1, 64, 0), "There are no crops of domain 'A' and split 'val'; give A or B, and train or test."),
        (("A", "train", -1, 64, 0), "The number of crops is -1; make it 0 or more."),
        (("A", "train", 1, 64, -3), "The seed of the crops is -3; make it 0 or more."),
        (
            ("B", "test", 1, 145, 0),
            "Crops of 145 pixels cannot be cut from the bundled photographs; ask for a side of 32 to 144 pixels.",
        ),
        (
            ("A", "test", 1, 31, 0),
            "Crops of 31 pixels cannot be cut from the bundled photographs; ask for a side of 32 to 144 pixels.",
        ),
    ],
)
def test_impossible_requests_are_refused_at_once(arguments, message):
    with pytest.raises(UserError) as caught:
        draw_crops(*arguments)
    assert str(caught.value) == message
