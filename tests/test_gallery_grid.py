import itertools

import numpy as np
import pytest

import aiart.gallery.grid as grid
from aiart.gallery.grid import draw_grid, wrap_row
from aiart.gallery.typesetting import SMALLEST_SIZE, fit_labels, fit_text

LONG = [
    "style_layers = conv4_3",
    "1e-05",
    "expressionist + woodblock_waves",
    "Donaudampfschifffahrtsgesellschaft",
]
COLOURS = [(200, 30, 30), (30, 160, 30), (30, 30, 200), (180, 120, 20), (120, 20, 160), (20, 140, 160)]


def flat(colour, height=48, width=64):
    return np.broadcast_to(np.float32(colour), (height, width, 3)).copy()


@pytest.fixture
def drawn(monkeypatch):
    """draw_grid that also returns the layout it drew from."""
    layouts = []

    def recording(*args):
        layouts.append(lay_out(*args))
        return layouts[-1]

    lay_out = grid.lay_out
    monkeypatch.setattr(grid, "lay_out", recording)
    return lambda *args, **kwargs: (draw_grid(*args, **kwargs), layouts[-1])


def busy_grid(drawn, **changes):
    arguments = {
        "column_labels": LONG,
        "row_labels": ["style_layers = conv4_3", "1e-05", "expressionist + woodblock_waves " * 6],
        "title": "Which layers carry the style, and how much of it is left after many iterations?",
        "row_title": "total_variation_weight",
        "column_title": "style layers",
        "caption": "VGG19 · L-BFGS · 500 iterations · 512 × 384 pixels · α = 1, β = 10⁴, λ = 1e-05 – " * 2,
        "cell_notes": [["SSIM 0.91", "", "0.5", "structural similarity 0.1234"]] * 3,
        "cell_long_side": 128,
    }
    # The last row is so low that its label is taller than its pictures.
    rows = [[flat(COLOURS[row], 64 if row < 2 else 12) for _ in LONG] for row in range(3)]
    return drawn(rows, **arguments | changes)


def boxes(layout):
    return [placed.box for placed in layout.texts] + list(layout.pictures.values()) + layout.rules


@pytest.mark.parametrize("cell_long_side", [64, 128, 256])
def test_nothing_overlaps_and_nothing_leaves_the_paper(drawn, cell_long_side):
    page, layout = busy_grid(drawn, cell_long_side=cell_long_side)
    assert page.shape == (layout.height, layout.width, 3)
    # title, column title, row title, caption, 4 labels, 3 row labels, 3 × 3 notes
    assert len(layout.texts) == 4 + 4 + 3 + 9
    for one, other in itertools.combinations(boxes(layout), 2):
        assert not one.overlaps(other), (one, other)
    for box in boxes(layout):
        assert box.left >= 0 and box.top >= 0 and box.right <= layout.width and box.bottom <= layout.height


@pytest.mark.parametrize("cell_long_side", [64, 128, 256])
def test_all_ink_stays_inside_its_box(drawn, cell_long_side):
    page, layout = busy_grid(drawn, cell_long_side=cell_long_side)
    for placed in layout.texts:
        box = placed.box
        inside = page[box.top : box.bottom, box.left : box.right]
        assert inside.min() < 130, placed.text.lines  # there is ink
    for box in boxes(layout):
        # One pixel more than the box for the hairline around pictures.
        page[max(box.top - 1, 0) : box.bottom + 1, max(box.left - 1, 0) : box.right + 1] = 255
    assert (page == 255).all()


def test_neighbouring_labels_stay_apart(drawn):
    _, layout = busy_grid(drawn, column_labels=["i" * 200] * 4)
    boxes = [placed.box for placed in layout.texts if placed.text.lines[0].startswith("iiii")]
    assert len(boxes) == 4
    assert all(one.width > 100 for one in boxes)
    assert all(right.left - left.right >= 8 for left, right in itertools.pairwise(boxes))


def test_margins_are_even_and_gutters_equal(drawn):
    rows = [[flat(COLOURS[0])] * 3] * 3
    _, layout = drawn(rows, column_labels=["", "", ""], cell_long_side=100)
    pictures = layout.pictures
    first, last = pictures[0, 0], pictures[2, 2]
    assert first.left == first.top == layout.width - last.right == layout.height - last.bottom == 12
    across = {pictures[0, i + 1].left - pictures[0, i].right for i in range(2)}
    down = {pictures[i + 1, 0].top - pictures[i, 0].bottom for i in range(2)}
    assert across == down == {4}


def test_each_picture_stands_at_its_place_and_keeps_its_colours(drawn):
    rows = [[flat(colour) for colour in COLOURS[:3]], [flat(colour) for colour in COLOURS[3:]]]
    page, layout = drawn(rows, column_labels=["a", "b", "c"], row_labels=["d", "e"], cell_long_side=80)
    for (row, column), box in layout.pictures.items():
        assert (box.height, box.width) == (60, 80)
        inside = page[box.top : box.bottom, box.left : box.right]
        assert np.abs(inside - COLOURS[row * 3 + column]).max() < 0.01
    assert len(layout.pictures) == 6
    assert layout.pictures[0, 0].right < layout.pictures[0, 1].left < layout.pictures[0, 2].left
    assert layout.pictures[0, 0].bottom < layout.pictures[1, 0].top


def test_labels_stand_over_their_column_and_beside_their_row(drawn):
    rows = [[flat(COLOURS[0])] * 3] * 2
    _, layout = drawn(rows, column_labels=["a", "b", "c"], row_labels=["d", "e"])
    placed = {text.text.lines[0]: text.box for text in layout.texts}
    for column, label in enumerate("abc"):
        box, picture = placed[label], layout.pictures[0, column]
        assert box.bottom < picture.top
        assert abs((box.left + box.right) - (picture.left + picture.right)) <= 2
    for row, label in enumerate("de"):
        box, picture = placed[label], layout.pictures[row, 0]
        assert box.right < picture.left
        assert abs((box.top + box.bottom) - (picture.top + picture.bottom)) <= 2


def test_a_different_label_changes_only_the_label():
    def with_label(label):
        return draw_grid([[flat(COLOURS[0]), flat(COLOURS[1])]], column_labels=["same", label])

    one, other = with_label("β = 1"), with_label("β = 2")
    changed_rows, changed_columns = np.nonzero((one != other).any(axis=-1))
    picture_top = np.nonzero((one == COLOURS[0]).all(axis=-1))[0].min()
    assert 0 < changed_rows.size < 400
    assert changed_rows.max() < picture_top
    assert changed_columns.min() > one.shape[1] / 2


def test_the_same_arguments_give_the_same_bytes(drawn):
    assert busy_grid(drawn)[0].tobytes() == busy_grid(drawn)[0].tobytes()


def test_pictures_of_other_aspect_are_centred_and_undistorted(drawn):
    tall, wide, square = flat(COLOURS[0], 90, 30), flat(COLOURS[1], 30, 60), flat(COLOURS[2], 50, 50)
    _, layout = drawn([[tall, wide, square]], column_labels=["a", "b", "c"], cell_long_side=120)
    shapes = [(box.height, box.width) for box in layout.pictures.values()]
    assert shapes == [(120, 40), (60, 120), (120, 120)]
    middles = {box.top + box.height // 2 for box in layout.pictures.values()}
    assert len(middles) == 1
    centres = [box.left + box.width // 2 for box in layout.pictures.values()]
    assert centres[1] - centres[0] == centres[2] - centres[1] == 125


def test_none_leaves_its_place_blank(drawn):
    full = [[flat(COLOURS[row * 2 + column]) for column in range(2)] for row in range(2)]
    holed = [[full[0][0], None], full[1]]
    full_page, full_layout = drawn(full, column_labels=["a", "b"])
    page, layout = drawn(holed, column_labels=["a", "b"])
    assert (0, 1) not in layout.pictures and len(layout.pictures) == 3
    hole = full_layout.pictures[0, 1]
    place = np.s_[hole.top - 1 : hole.bottom + 1, hole.left - 1 : hole.right + 1]
    assert (page[place] == 255).all()
    full_page[place] = 255
    assert np.array_equal(page, full_page)


def test_a_wrapped_row_keeps_each_label_and_note_with_its_picture(drawn):
    labels, notes = [f"1e-0{number}" for number in range(9)], [f"0.{number}" for number in range(9)]
    cells = [[flat(COLOURS[number % 6]) for number in range(9)]]
    page, layout = drawn(cells, column_labels=labels, cell_notes=[notes], columns=5)
    placed = {text.text.lines[0]: text.box for text in layout.texts}
    assert sorted(layout.pictures) == [(0, i) for i in range(5)] + [(1, i) for i in range(4)]
    for number, box in enumerate(layout.pictures[place] for place in sorted(layout.pictures)):
        assert page[box.top, box.left] == pytest.approx(COLOURS[number % 6], abs=0.01)
        label, note = placed[labels[number]], placed[notes[number]]
        for text in (label, note):
            assert box.left <= text.left and text.right <= box.right
        assert 0 <= box.top - label.bottom < 10 and 0 <= note.top - box.bottom < 10
    # The next line's labels are nearer to their own pictures than to those above.
    assert placed["1e-05"].top - placed["0.0"].bottom > layout.pictures[1, 0].top - placed["1e-05"].bottom


@pytest.mark.parametrize(
    ("count", "columns", "lengths"), [(10, 5, [5, 5]), (9, 6, [5, 4]), (3, 5, [3]), (7, 3, [3, 3, 1])]
)
def test_wrap_row(count, columns, lengths):
    lines = wrap_row(list(range(count)), columns)
    assert [len(line) for line in lines] == lengths
    assert [item for line in lines for item in line] == list(range(count))


@pytest.mark.parametrize("label", LONG)
@pytest.mark.parametrize("width", [30, 60, 128])
def test_fitted_text_is_complete_and_fits(label, width):
    text = fit_text(label, width, 12)
    assert text.width <= width
    assert "".join(text.lines).replace(" ", "") == label.replace(" ", "")


def test_text_is_wrapped_before_it_shrinks_and_words_break_last():
    assert fit_text("expressionist + woodblock_waves", 128, 11).lines == (
        "expressionist +",
        "woodblock_waves",
    )
    assert fit_text("expressionist + woodblock_waves", 128, 11).size == 11
    assert fit_text("woodblock_waves", 70, 11).lines == ("woodblock_", "waves")
    shrunk = fit_text("characteristically", 100, 12)
    assert shrunk.lines == ("characteristically",) and SMALLEST_SIZE <= shrunk.size < 12
    broken = fit_text("characteristically", 50, 12)
    assert broken.size == SMALLEST_SIZE and len(broken.lines) > 1
    assert fit_text("1e-05 1e-06", 50, 12).lines == ("1e-05", "1e-06")


def test_labels_side_by_side_have_one_size():
    short, long = fit_labels(["a", "characteristically"], 100, 12)
    assert short.size == long.size < 12


@pytest.mark.parametrize(
    ("cells", "arguments"),
    [
        ([[None, None]], {"column_labels": ["a", "b"]}),
        ([[flat(COLOURS[0])]], {"column_labels": ["a", "b"]}),
        ([[flat(COLOURS[0])], [None, None]], {"column_labels": ["a"]}),
        ([[flat(COLOURS[0])]], {"column_labels": ["a"], "row_labels": ["b", "c"]}),
        ([[flat(COLOURS[0])]], {"column_labels": ["a"], "row_title": "b"}),
        ([[flat(COLOURS[0])]], {"column_labels": ["a"], "cell_notes": [["b", "c"]]}),
        ([[flat(COLOURS[0])]] * 2, {"column_labels": ["a"], "columns": 1}),
        ([[flat(COLOURS[0])]], {"column_labels": ["a"], "columns": 0}),
    ],
)
def test_what_does_not_match_is_refused(cells, arguments):
    with pytest.raises(ValueError):
        draw_grid(cells, **arguments)
