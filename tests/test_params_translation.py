import pytest

from aiart.errors import UserError
from aiart.params import checked
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix, Pix2PixRun
from aiart.params.root import Params


def test_the_defaults_are_the_published_ones():
    p, c = Pix2Pix(), CycleGAN()
    for settings in (p, c):
        assert (settings.image_side, settings.loaded_side, settings.batch) == (256, 286, 1)
        assert (settings.generator_learning_rate, settings.beta_1, settings.beta_2) == (2e-4, 0.5, 0.999)
        assert (settings.epochs, settings.decay_epochs, settings.receptive_field) == (200, 100, 70)
        assert settings.gan_loss == "least_squares"
    assert p.lambda_l1 == 100 and p.dropout == 0.5
    assert (c.lambda_a, c.lambda_b, c.lambda_identity, c.pool_capacity) == (10, 10, 0.5, 50)


@pytest.mark.parametrize(
    ("preset", "norm", "epsilon", "affine", "gan_loss"),
    [
        ("documents", "instance", 1e-3, True, "least_squares"),
        ("paper", "batch", 1e-5, True, "vanilla"),
        ("pytorch", "instance", 1e-5, False, "least_squares"),
    ],
)
def test_presets_of_pix2pix(preset, norm, epsilon, affine, gan_loss):
    s = Pix2Pix(preset=preset)
    assert (s.norm, s.norm_epsilon, s.norm_affine, s.gan_loss) == (norm, epsilon, affine, gan_loss)


def test_a_setting_beside_a_preset_wins():
    assert Pix2Pix(preset="paper", gan_loss="hinge").gan_loss == "hinge"
    assert Pix2Pix(**Pix2Pix(preset="paper", norm="none").model_dump()).norm == "none"


@pytest.mark.parametrize(("side", "blocks", "found"), [(64, None, 6), (128, None, 6), (132, None, 9), (256, 3, 3)])
def test_cyclegan_chooses_its_blocks_by_size(side, blocks, found):
    assert CycleGAN(image_side=side, blocks=blocks).residual_blocks == found


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"image_side": 96}, "image_side is 96, but the U-Net halves it down to 1; use a power of two such as 128."),
        ({"load_side": 100}, "load_side is 100, smaller than image_side 256; raise it or leave it out."),
        ({"epochs": 50}, "decay_epochs is 100, more than epochs 50; lower it."),
        (
            {"lambda_l1": 0, "gan_weight": 0},
            "lambda_l1, lambda_perceptual and gan_weight are all 0, so that nothing is learnt; raise one of them.",
        ),
        ({"batch": 3, "devices": 2}, "batch is 3, no multiple of devices 2; change one of them."),
        (
            {"keep": "best", "validate_every": 0},
            "keep is best, but validate_every is 0; set it to the epochs between validations.",
        ),
        ({"receptive_field": 94}, "receptive_field is 94, but: input should be 1, 16, 34, 70, 142 or 286."),
        ({"preset": "keras"}, "preset is 'keras', but: input should be 'documents', 'paper' or 'pytorch'."),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(values, message):
    with pytest.raises(UserError) as caught:
        checked(Pix2Pix, values, "settings")
    assert str(caught.value) == f"settings: {message}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"gan_loss": "wgan_gp"}, "gan_loss is wgan_gp, which needs discriminator patchgan; change one of them."),
        (
            {"image_side": 16, "receptive_field": 16, "feature_layers": "conv3_2"},
            "feature_layers: conv3_2 needs pictures of 20 px to tell real from made, but image_side is 16; raise it or "
            "name earlier layers.",
        ),
    ],
)
def test_a_discriminator_of_features_that_cannot_be_is_refused_in_one_sentence(values, message):
    with pytest.raises(UserError) as caught:
        checked(CycleGAN, {"discriminator": "features", **values}, "settings")
    assert str(caught.value) == f"settings: {message}"


def test_runs_and_sweeps_of_a_room_take_its_defaults():
    params = Params(
        pix2pix={
            "defaults": {"image_side": 64, "epochs": 4, "decay_epochs": 2},
            "runs": {"houses": {"lambda_l1": 10, "dataset": "synthetic_facades"}},
            "sweeps": {
                "losses": {
                    "title": "L1 and GAN",
                    "first": "input",
                    "base": {"dataset": "synthetic_facades"},
                    "columns": {"lambda_l1": [0, 100]},
                    "rows": {"gan_weight": [1, 2]},
                }
            },
        }
    )
    room = params.pix2pix
    run = room.item("runs", "houses")
    assert isinstance(run, Pix2PixRun)
    assert (run.image_side, run.lambda_l1, run.dataset) == (64, 10, "synthetic_facades")
    cells = [room.sweep_cell("losses", cell) for cell in room.sweeps["losses"].cells()]
    assert [(c.gan_weight, c.lambda_l1) for c in cells] == [(1, 0), (1, 100), (2, 0), (2, 100)]
    assert "4 epochs" in room.grid_settings("losses")["caption"]
    assert room.grid_settings("losses")["first_label"] == "input"


def test_a_sweep_shows_first_only_what_its_room_has():
    sweep = {"title": "t", "first": "style", "columns": {"lambda_l1": [0]}, "base": {"dataset": "x"}}
    with pytest.raises(UserError, match=r"sweeps\.s\.first is style; here it can be input"):
        checked(Params, {"pix2pix": {"sweeps": {"s": sweep}}}, "params.yaml")
