# Helper functions of the rules that use feature networks, and of the one that trains a slim one.
def weights_path(network):
    """The weights file of a network: the project's own, the user's, or the downloaded one."""
    if NETWORKS[network].weights is None:
        return f"{SOURCES}/aiart/networks/{network}.npz"
    return getattr(PARAMS.networks, network) or str(weights_file(network))


def network_modules(network):
    """Modules of a network, which the commands load by its name: an edit of one network runs no job of another."""
    return [NETWORKS[network].module.removeprefix("aiart."), "params.network_facts"]


def student_modules(network):
    """Modules that train a network, which `aiart distill` loads by its name."""
    return [NETWORKS[network].student.removeprefix("aiart."), *network_modules(network)]


def network_facts(network):
    """What a job's record says of its network, since the table of all networks is no input of it."""
    return canonical_json(NETWORKS[network].decisive())


def distill_pictures():
    """Files of the folders to learn from; built-in ones are made first."""
    files = []
    for folder in [*PARAMS.distill.pictures, *PARAMS.distill.held_out]:
        built_in = {"data/photographs": PHOTOGRAPHS, "data/paintings": PAINTERS}.get(folder.rstrip("/"))
        if built_in:
            files += [f"{folder.rstrip('/')}/{name}.png" for name in built_in]
        else:
            files += sorted(
                str(p) for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES_TO_LEARN_FROM
            )
    return files


def distill_settings():
    """Settings of distillation, with the weights file of every VGG teacher."""
    settings = PARAMS.distill.model_dump()
    for teacher, dumped in zip(PARAMS.distill.teachers, settings["teachers"], strict=True):
        if teacher.is_vgg:
            dumped["weights"] = teacher.weights or weights_path(teacher.network)
    return settings
