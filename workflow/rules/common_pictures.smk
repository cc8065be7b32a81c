# Helper functions of the rules for style transfer and Deep Dream.
def picture_options(room, path, settings, without):
    """Seed and settings of one picture, and the file of its frames. All cells of a sweep share their noise, so that
    only the swept setting differs."""
    frames = {"animation": f"results/{room.key}/{path}.gif"} if path.startswith("animations/") else {}
    return options(
        seed=derive_seed(PARAMS.seed, room.key, *path.split("/")[:2]),
        settings=settings.model_dump(exclude=without),
        **frames,
    )


def frames_modules(path, *modules):
    """Modules that an animation needs beside those of a single picture."""
    return ["gallery.animation", *modules] if path.startswith("animations/") else []


PAINTINGS_TO_MAKE = ITEMS["style_transfer"]
# Animations have no map of their regions beside them.
WITH_REGIONS = [
    path for path, item in PAINTINGS_TO_MAKE.items() if item.regions and not path.startswith("animations/")
]


def painting_contents(wildcards):
    return content_file(PAINTINGS_TO_MAKE[wildcards.painting].content)


def painting_styles(wildcards):
    return [style_file(name) for name in PAINTINGS_TO_MAKE[wildcards.painting].styles]


def painting_palette(wildcards):
    palette = PAINTINGS_TO_MAKE[wildcards.painting].palette_name
    return [] if palette is None else [either_file(palette)]


def painting_masks(wildcards):
    return [mask_file(name) for name in PAINTINGS_TO_MAKE[wildcards.painting].mask_names]


def painting_style_masks(wildcards):
    return [mask_file(name) for name in PAINTINGS_TO_MAKE[wildcards.painting].style_mask_names]


def painting_weights(wildcards):
    return weights_path(PAINTINGS_TO_MAKE[wildcards.painting].network)


def painting_code(wildcards):
    return sources(
        "cli.stylize",
        *[module for network in painting_judges(wildcards) for module in network_modules(network)],
        *frames_modules(wildcards.painting),
    )


def painting_judges(wildcards):
    """The network that paints, and what else judges the painting."""
    return judges_of(PAINTINGS_TO_MAKE[wildcards.painting].network)


def painting_judges_weights(wildcards):
    """Of the others than the network that paints."""
    return [weights_path(network) for network in painting_judges(wildcards)[1:]]


def painting_networks(wildcards):
    return canonical_json({network: NETWORKS[network].judging() for network in painting_judges(wildcards)})


def painting_labels(wildcards):
    """How the report tells paintings apart."""
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return {
        "picture": wildcards.painting.partition("/")[2],
        "photograph": painting.content,
        "painting": " + ".join(painting.styles),
    }


def painting_options(wildcards):
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    others = {
        "palette": painting_palette(wildcards),
        "mask": painting_masks(wildcards),
        "style-mask": painting_style_masks(wildcards),
    }
    if wildcards.painting in WITH_REGIONS:
        others["region-map"] = [f"results/style_transfer/{wildcards.painting}.regions.png"]
    without = {"content", "style", "palette", "masks", "style_masks"}
    given = picture_options(PARAMS.style_transfer, wildcards.painting, painting, without)
    return " ".join([given, options(**{name: files for name, files in others.items() if files})]).strip()


def painting_threads(wildcards):
    # One thread a picture and several pictures at once: as fast on two cores as the other way round, and
    # the bytes do not depend on the number of cores. Only large or deep ones are worth more.
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return 1 if painting.long_side <= NETWORKS[painting.network].one_thread_side else 4


def painting_memory(wildcards, attempt):
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return reserved_mb(painting_mb(painting, painting.long_side**2), attempt)


DREAMS_TO_MAKE = ITEMS["deep_dream"]


def dream_photograph(wildcards):
    return content_file(DREAMS_TO_MAKE[wildcards.dream].picture)


def dream_guide(wildcards):
    guide = DREAMS_TO_MAKE[wildcards.dream].guide
    if guide is None:
        return []
    return either_file(guide)


def dream_weights(wildcards):
    return weights_path(DREAMS_TO_MAKE[wildcards.dream].network)


def dream_code(wildcards):
    return sources(
        "cli.dream",
        *network_modules(DREAMS_TO_MAKE[wildcards.dream].network),
        *frames_modules(wildcards.dream, "deep_dream.zoom"),
    )


def dream_network(wildcards):
    return network_facts(DREAMS_TO_MAKE[wildcards.dream].network)


def dream_labels(wildcards):
    """How the report tells dreams apart."""
    dream = DREAMS_TO_MAKE[wildcards.dream]
    return {
        "picture": wildcards.dream.partition("/")[2],
        "photograph": dream.picture,
        "network": dream.network,
    }


def dream_options(wildcards):
    dream = DREAMS_TO_MAKE[wildcards.dream]
    return picture_options(PARAMS.deep_dream, wildcards.dream, dream, {"picture", "guide"})


def dream_memory(wildcards, attempt):
    dream = DREAMS_TO_MAKE[wildcards.dream]
    return reserved_mb(dream_mb(dream, dream.long_side**2), attempt)
