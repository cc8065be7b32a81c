"""The default unpaired dataset: crops that share no pixel between domains or splits, houses, and paintings of some."""

from functools import cache
from itertools import combinations, islice

import numpy as np
import pytest

from aiart.datasets import crops
from aiart.datasets.crops import CONTRAST, LONGEST_SIDE, REGIONS, TILES, choose_box, draw_domain
from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph
from aiart.datasets.strokes import LUMINANCE
from aiart.errors import UserError
from aiart.translation.sliced_wasserstein import project, sliced_distance

PARTS = list(REGIONS)
NAMES = list(REGIONS["A", "train"])


@cache
def drawn(domain: str, split: str, count: int = 8, side: int = 48, seed: int = 0) -> list[np.ndarray]:
    return list(draw_domain(domain, split, count, side, seed))


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
    again = list(islice(draw_domain("B", "train", 100, 48, 0), 3))
    assert np.array_equal(np.random.get_state()[1], state)
    # The first of a hundred are the first of eight.
    assert [picture.tobytes() for picture in again] == [picture.tobytes() for picture in drawn("B", "train")[:3]]
    for other, picture in zip(draw_domain("B", "train", 3, 48, 1), again, strict=True):
        assert other.tobytes() != picture.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_no_two_regions_share_a_pixel_and_all_are_inside_the_photograph(name):
    claims = np.zeros(load_photograph(name).shape[:2], int)
    pixels = 0
    for part in PARTS:
        for left, top, right, bottom in REGIONS[part][name]:
            assert 0 <= left < right <= claims.shape[1] and 0 <= top < bottom <= claims.shape[0]
            claims[top:bottom, left:right] += 1
            pixels += (right - left) * (bottom - top)
    assert claims.min() == claims.max() == 1
    assert claims.sum() == pixels


@pytest.mark.parametrize("name", NAMES)
def test_every_part_has_tiles_of_equal_number_from_all_over_the_photograph(name):
    dealt = [REGIONS[part][name] for part in PARTS]
    assert len({len(tiles) for tiles in dealt}) == 1
    rows = TILES[name][1][1]
    for tiles in dealt:
        assert len({top for _, top, _, _ in tiles}) == rows  # one or more in every row
        assert len({left for left, _, _, _ in tiles}) > 1


def test_houses_and_photographs_take_turns_and_no_house_comes_twice(monkeypatch):
    houses = []
    monkeypatch.setattr(crops, "paint_strokes", lambda picture, seed: picture)
    monkeypatch.setattr(
        crops, "draw_facade", lambda side, seed, index: houses.append(index) or (np.zeros((side,) * 3),)
    )
    for domain, split in PARTS:
        list(draw_domain(domain, split, 9, 48, 0))
    assert len(set(houses)) == len(houses) == 24


def test_both_domains_and_splits_see_the_same_photographs():
    assert set(NAMES) < set(PHOTOGRAPHS)
    assert all(list(REGIONS[part]) == NAMES for part in PARTS)


def test_paintings_of_training_are_nearer_to_held_out_paintings_than_photographs_are_and_the_reverse():
    """What a judge of translations must be able to tell: how pictures are painted, and not what they show."""
    sets = {part: project(np.stack(drawn(*part, 24))) for part in PARTS}
    for source, target in ("AB", "BA"):
        goal = sets[target, "test"]
        assert sliced_distance(sets[target, "train"], goal) < 0.8 * sliced_distance(sets[source, "test"], goal)


@pytest.mark.parametrize("side", [32, 100, LONGEST_SIDE])
@pytest.mark.parametrize("domain, split", PARTS)
def test_boxes_are_squares_in_their_region_large_enough_and_not_plain(domain, split, side):
    for name, tiles in REGIONS[domain, split].items():
        photograph = load_photograph(name)
        boxes = [choose_box(photograph, tiles, side, np.random.default_rng(i)) for i in range(20)]
        for x, y, x_end, y_end in boxes:
            assert x_end - x == y_end - y >= side
            assert in_one(tiles, x, y, x_end, y_end)
            assert (photograph[y:y_end, x:x_end] @ LUMINANCE).std() >= CONTRAST
        assert len(set(boxes)) > 3


def in_one(tiles, x, y, x_end, y_end):
    return any(left <= x and x_end <= right and top <= y and y_end <= bottom for left, top, right, bottom in tiles)


def test_plain_crops_are_drawn_again():
    photograph = np.full((100, 100, 3), 30.0, np.float32)
    photograph[85:, 85:] = 255.0  # one bright corner
    sizes = [choose_box(photograph, [(0, 0, 100, 100)], 60, np.random.default_rng(i)) for i in range(30)]
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
    for index, picture in enumerate(islice(draw_domain(domain, split, 120, 64, 0), 0, None, 3)):
        tiles = REGIONS[domain, split][NAMES[index % len(NAMES)]]
        x, y = 4 * picture[..., 0], 4 * picture[..., 1]
        # Half a pixel more, for a resized ramp overshoots at its ends.
        assert in_one(tiles, x.min() + 0.5, y.min() + 0.5, x.max() + 0.5, y.max() + 0.5)
        assert np.diff(y, axis=0).mean() > 0.9  # never enlarged, never upside down
        rising += np.diff(x, axis=1).mean() > 0
    assert 10 <= rising <= 30  # about half of them are mirrored
    # Domain B is painted, every picture with strokes of its own.
    assert len(set(seen)) == (120 if domain == "B" else 0)


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
            ("B", "test", 1, 113, 0),
            "Crops of 113 pixels cannot be cut from the bundled photographs; ask for a side of 32 to 112 pixels.",
        ),
        (
            ("A", "test", 1, 31, 0),
            "Crops of 31 pixels cannot be cut from the bundled photographs; ask for a side of 32 to 112 pixels.",
        ),
    ],
)
def test_impossible_requests_are_refused_at_once(arguments, message):
    with pytest.raises(UserError) as caught:
        draw_domain(*arguments)
    assert str(caught.value) == message
