"""The feature networks. To add one, write its module in `networks/` and its row here.

Needs no TensorFlow: params, rules and listings ask this table, and `networks.registry` loads what it names.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiart.params.layers import Layer, googlenet_layers, vgg_layers
from aiart.params.network_facts import NetworkFacts
from aiart.remote_file import RemoteFile

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
CHOLLET = "https://github.com/fchollet/deep-learning-models/releases/download"

# Memory was measured by benchmarks/style_transfer.py. Hashes of weights are those of keras/src/applications/*.py
# (keras-team/keras 3422977), their sizes are from Keras's download logs.
NETWORKS: dict[str, NetworkFacts] = {
    "vgg19_slim": NetworkFacts(
        about="a quarter-width VGG-19 that comes with the project (1.3 M parameters; conv5_2 … conv5_4 of GoogLeNet)",
        module="aiart.networks.vgg",
        weights=None,
        weights_form="`.npz` or `.safetensors` with `block1_conv1/kernel` and so on",
        student="aiart.networks.distillation.vgg_student",
        blocks=5,
        layers=vgg_layers((16, 32, 64, 128, 128)),
        learned_from=(
            *("VGG-19",) * 8,
            *("VGG-19 pruned 16 times, and GoogLeNet",) * 5,
            *("GoogLeNet, not VGG-19",) * 3,
        ),
        preprocessing="caffe",
        content_layers="conv3_2",
        style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        dream_layers="conv4_3",
        loss_layers=("conv1_2", "conv2_2", "conv3_2"),
        effect_layers=("conv1_1", "conv2_1", "conv3_1"),
        structure_layer="conv3_1",
        judgement_layer="conv4_3",
        # Activations of VGG are in the hundreds, and the KID's kernel (x·y/d + 1)³ is meant for features of about 1.
        unit_scale=True,
        painting_bytes=900,
        dream_bytes=700,
        one_thread_side=768,
    ),
    "googlenet_slim": NetworkFacts(
        about="three quarters of GoogLeNet, the first dreamer, that come with the project (2.0 M parameters)",
        module="aiart.networks.googlenet",
        weights=None,
        weights_form="`.npz` or `.safetensors` with `conv1/7x7_s2/kernel` and so on",
        student="aiart.networks.distillation.googlenet_student",
        blocks=4,
        layers=googlenet_layers((48, 144, 192, 360, 384, 384, 384, 396, 624)),
        learned_from=("GoogLeNet",) * 9,
        preprocessing="caffe",
        dream_layers="inception_4c",
        loss_layers=("conv1", "conv2", "inception_3a"),
        effect_layers=("conv1", "conv2", "inception_3a"),
        structure_layer="inception_3a",
        judgement_layer="inception_4e",
        unit_scale=True,
        dream_bytes=700,
    ),
    "vgg19": NetworkFacts(
        about="VGG-19 trained on ImageNet (Simonyan and Zisserman 2015)",
        remark="ten times slower",
        module="aiart.networks.vgg",
        weights=RemoteFile(
            name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            urls=(
                f"{KERAS}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
                f"{CHOLLET}/v0.1/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            ),
            size=80_134_624,
            md5="253f8cb515780f3b799900260a226db6",
            licence="CC BY",
            credit="K. Simonyan and A. Zisserman, Visual Geometry Group, University of Oxford; converted for Keras",
        ),
        weights_form="Keras's `.h5` without top, `.npz` or `.safetensors` with `block1_conv1/kernel` and so on",
        layers=vgg_layers((64, 128, 256, 512, 512)),
        preprocessing="caffe",
        content_layers="conv3_2",
        style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        dream_layers="conv4_3",
        loss_layers=("conv1_2", "conv2_2", "conv3_2"),
        effect_layers=("conv1_1", "conv2_1", "conv3_1"),
        structure_layer="conv3_1",
        judgement_layer="conv4_3",
        unit_scale=True,
        painting_bytes=4500,
        dream_bytes=4500,
    ),
    "inception_v3": NetworkFacts(
        about="InceptionV3 trained on ImageNet (Szegedy et al. 2016)",
        remark="what the field computes its KID and FID with",
        module="aiart.networks.inception",
        weights=RemoteFile(
            name="inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            urls=(
                f"{KERAS}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
                f"{CHOLLET}/v0.5/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            ),
            size=87_910_968,
            md5="bcbd6486424b2319ff4ef7d526e38f63",
            licence="Apache-2.0",
            credit="C. Szegedy et al., Google; converted for Keras",
        ),
        weights_form="Keras's `.h5` without top, `.npz` or `.safetensors` in the order of Keras's layers",
        # Receptive fields are those of the longest branch; 1311 is also the figure of Araujo, Norris and Sim (2019).
        layers=(
            Layer("mixed0", 256, 8, 63),
            Layer("mixed1", 288, 8, 95),
            Layer("mixed2", 288, 8, 127),
            Layer("mixed3", 768, 16, 159),
            Layer("mixed4", 768, 16, 351),
            Layer("mixed5", 768, 16, 543),
            Layer("mixed6", 768, 16, 735),
            Layer("mixed7", 768, 16, 927),
            Layer("mixed8", 1280, 32, 1055),
            Layer("mixed9", 2048, 32, 1183),
            Layer("mixed10", 2048, 32, 1311),
        ),
        preprocessing="tf",
        # Below this the last modules have no pixel left (keras.applications refuses it too).
        least_side=75,
        dream_layers="mixed4",
        judgement_layer="mixed10",
        # InceptionV3's own size, at which the field computes the FID.
        judgement_side=299,
        dream_bytes=4500,
    ),
}
DEFAULT_NETWORK = "vgg19_slim"
DEFAULT_DREAMER = "googlenet_slim"
# Two, so that no model is judged by nothing but the network that a loss of it was taken over.
DEFAULT_JUDGES = ("vgg19_slim", "googlenet_slim")
# Judges paintings beside the network that painted them. It comes with the project: a figure that depended on what was
# downloaded would differ between machines. Of another architecture, and another teacher than VGG-19.
INDEPENDENT_JUDGE = "googlenet_slim"

STYLE_NETWORKS = tuple(name for name, facts in NETWORKS.items() if facts.content_layers and facts.style_layers)
DREAM_NETWORKS = tuple(name for name, facts in NETWORKS.items() if facts.dream_layers)
STUDENT_NETWORKS = tuple(name for name, facts in NETWORKS.items() if facts.student)
LOSS_NETWORKS = tuple(name for name, facts in NETWORKS.items() if facts.loss_layers)
JUDGEMENT_NETWORKS = tuple(name for name, facts in NETWORKS.items() if facts.judgement_layer)


def judges_of(painter: str) -> list[str]:
    """Names of the networks that judge what a network painted, itself first."""
    return list(dict.fromkeys((painter, INDEPENDENT_JUDGE)))


def choices(names: Iterable[str]) -> str:
    """What a user should know who has to choose among networks, as a sentence."""
    known = []
    for name in names:
        facts = NETWORKS[name]
        cost = f"is a download of {facts.weights.size / 1e6:.0f} MB" if facts.weights else "comes with the project"
        known.append(f"`{name}` {cost}" + (f" and {facts.remark}" if facts.remark else ""))
    return "; ".join(known) + "."
