import numpy as np
import pytest

from aiart.images import match_colour_statistics, match_luminance, preserve_luminance_colours

# Rec. ITU-R BT.601, and the other two rows of YIQ as in FCC 47 CFR 73.682.
YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def correlated(seed, mean, spread, size=(40, 30)):
    """A picture of normally distributed colours, far enough from 0 and 255 not to be clipped."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(3, 3))
    mixing /= np.linalg.norm(mixing, axis=1, keepdims=True)
    return (mean + np.clip(rng.normal(size=(*size, 3)), -3, 3) @ mixing.T * spread).astype(np.float32)


def statistics(image):
    samples = image.reshape(-1, 3).astype(np.float64)
    return samples.mean(axis=0), np.cov(samples, rowvar=False, bias=True)


def test_luma_is_the_paintings_and_chroma_the_contents():
    painted = correlated(1, [120, 130, 125], 8)
    content = correlated(2, [125, 120, 130], 8)
    mixed = preserve_luminance_colours(painted, content) @ YIQ.T
    np.testing.assert_allclose(mixed[..., 0], (painted @ YIQ.T)[..., 0], atol=1e-3)
    np.testing.assert_allclose(mixed[..., 1:], (content @ YIQ.T)[..., 1:], atol=1e-1)


def test_one_pixel_by_hand():
    painted = np.array([[[100, 100, 100]]], dtype=np.float32)  # luma 100
    content = np.array([[[60, 20, 10]]], dtype=np.float32)  # luma 17.94 + 11.74 + 1.14 = 30.82
    mixed = preserve_luminance_colours(painted, content)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, [[[129.18, 89.18, 79.18]]], atol=1e-3)


def test_colours_out_of_range_are_clipped():
    painted = np.full((1, 1, 3), 250, dtype=np.float32)
    content = np.array([[[255, 0, 0]]], dtype=np.float32)  # luma 76.245
    np.testing.assert_allclose(preserve_luminance_colours(painted, content), [[[255, 173.755, 173.755]]])


def test_luminance_of_pictures_of_unequal_size_is_refused():
    with pytest.raises(ValueError) as caught:
        preserve_luminance_colours(np.zeros((4, 6, 3)), np.zeros((4, 5, 3)))
    assert str(caught.value) == ("painted is 4 × 6 pixels and content 4 × 5; resize one to the other first.")


@pytest.mark.parametrize("function", [preserve_luminance_colours, match_colour_statistics, match_luminance])
def test_an_array_of_another_shape_is_named(function):
    picture = np.zeros((4, 4, 3))
    with pytest.raises(ValueError, match=r"has shape \(4, 4\); give an array of shape \(height, width, 3\)\.$"):
        function(picture, np.zeros((4, 4)))


def test_mean_and_covariance_become_the_targets_whatever_the_sizes():
    source = correlated(3, [90, 130, 150], 25, size=(40, 30))
    target = correlated(4, [140, 120, 110], 15, size=(17, 53))
    matched = match_colour_statistics(source, target)
    assert matched.shape == source.shape
    assert matched.dtype == np.float32
    assert matched.min() > 0 and matched.max() < 255  # nothing was clipped
    mean, covariance = statistics(matched)
    target_mean, target_covariance = statistics(target)
    np.testing.assert_allclose(mean, target_mean, atol=1e-3)
    np.testing.assert_allclose(covariance, target_covariance, atol=1e-2)


def test_a_picture_matched_to_itself_is_unchanged():
    source = correlated(5, [120, 120, 120], 20)
    np.testing.assert_allclose(match_colour_statistics(source, source), source, atol=1e-3)


def test_the_result_is_clipped():
    source = correlated(6, [120, 120, 120], 20)
    target = np.zeros((2, 2, 3), dtype=np.float32)
    target[0] = 255
    matched = match_colour_statistics(source, target)
    assert matched.min() == 0
    assert matched.max() == 255


def grey(values):
    return np.repeat(np.asarray(values, dtype=np.float32)[..., np.newaxis], 3, axis=2)


def test_grey_to_grey_matches_mean_and_contrast():
    rng = np.random.default_rng(7)
    source = grey(rng.uniform(100, 150, (20, 20)))
    target = grey(rng.uniform(30, 60, (20, 20)))
    mean, covariance = statistics(match_colour_statistics(source, target))
    target_mean, target_covariance = statistics(target)
    np.testing.assert_allclose(mean, target_mean, atol=1e-3)
    np.testing.assert_allclose(covariance, target_covariance, atol=1e-2)


def test_colour_to_grey_is_grey():
    target = grey(np.random.default_rng(8).uniform(100, 150, (20, 20)))
    matched = match_colour_statistics(correlated(9, [120, 140, 100], 20), target)
    np.testing.assert_allclose(matched, grey(matched[..., 0]), atol=1e-3)
    np.testing.assert_allclose(statistics(matched)[1], statistics(target)[1], atol=1e-2)


def test_rounding_noise_in_the_chroma_of_a_grey_source_is_not_amplified():
    rng = np.random.default_rng(10)
    clean = grey(rng.uniform(60, 190, (40, 40)))
    noisy = np.rint(clean + rng.uniform(-0.5, 0.5, clean.shape)).astype(np.float32)
    clean = np.rint(clean)
    target = correlated(11, [130, 110, 120], 25)
    difference = match_colour_statistics(noisy, target) - match_colour_statistics(clean, target)
    assert np.abs(difference).max() < 2  # the noise itself is ±1


def test_a_flat_source_takes_the_mean_of_the_target():
    target = correlated(12, [130, 110, 120], 20)
    matched = match_colour_statistics(np.full((5, 5, 3), 77, dtype=np.float32), target)
    np.testing.assert_allclose(matched, np.broadcast_to(statistics(target)[0], (5, 5, 3)), atol=1e-3)


def test_a_single_pixel_takes_the_colour_of_a_single_pixel():
    one, other = np.full((1, 1, 3), 10.0), np.array([[[20.0, 30.0, 40.0]]])
    np.testing.assert_allclose(match_colour_statistics(one, other), other)


# Luminance


def test_luma_gets_the_targets_mean_and_deviation_and_chroma_stays():
    source = correlated(13, [90, 130, 110], 20, size=(40, 30))
    target = correlated(14, [150, 120, 140], 8, size=(17, 53))
    matched = match_luminance(source, target)
    assert matched.dtype == np.float32 and matched.min() > 0 and matched.max() < 255  # nothing was clipped
    found, wanted = (picture @ YIQ[0] for picture in (matched, target))
    np.testing.assert_allclose([found.mean(), found.std()], [wanted.mean(), wanted.std()], atol=1e-2)
    np.testing.assert_allclose((matched @ YIQ.T)[..., 1:], (source @ YIQ.T)[..., 1:], atol=1e-1)


def test_a_source_of_one_luma_gets_no_contrast_but_the_mean():
    target = correlated(15, [130, 110, 120], 20)
    matched = match_luminance(np.full((5, 5, 3), 77, np.float32), target)
    np.testing.assert_allclose(matched, (target @ YIQ[0]).mean(), atol=1e-3)


# Strength


RECOLOURINGS = [preserve_luminance_colours, match_colour_statistics, match_luminance]


@pytest.mark.parametrize("recolour", RECOLOURINGS)
def test_strength_0_changes_no_byte_and_1_is_the_whole(recolour):
    one, other = correlated(16, [90, 130, 150], 25), correlated(17, [140, 120, 110], 15)
    assert recolour(one, other, 0).tobytes() == one.tobytes()
    assert recolour(one, other, 1).tobytes() == recolour(one, other).tobytes()


@pytest.mark.parametrize("recolour", RECOLOURINGS)
@pytest.mark.parametrize("strength", [0.25, 0.5])
def test_strength_between_is_a_picture_between(recolour, strength):
    one, other = correlated(18, [90, 130, 150], 25), correlated(19, [140, 120, 110], 15)
    mixed = recolour(one, other, strength)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, (1 - strength) * one + strength * recolour(one, other), atol=1e-3)


def test_luma_stays_at_every_strength():
    painted, content = correlated(20, [120, 130, 125], 8), correlated(21, [125, 120, 130], 8)
    for strength in (0.0, 0.3, 1.0):
        mixed = preserve_luminance_colours(painted, content, strength)
        np.testing.assert_allclose(mixed @ YIQ[0], painted @ YIQ[0], atol=1e-3)
