# Helper functions of the rules for trained methods.
RUNS_TO_MAKE = {key: ITEMS[key] for key in TRAINING_ROOMS}


def training_run(wildcards):
    return RUNS_TO_MAKE[wildcards.method][wildcards.run]


def training_dataset(wildcards):
    """The manifest of a training's dataset."""
    return f"data/prepared/{training_run(wildcards).dataset}.tsv"


def training_networks(wildcards):
    """The feature network that a training's losses are taken over, where there is one."""
    network = training_run(wildcards).frozen_network
    return [network] if network else []


def training_weights(wildcards):
    return [weights_path(network) for network in training_networks(wildcards)]


def training_code(wildcards):
    modules = [f"translation.{wildcards.method}.{part}" for part in PARTS["train"]]
    modules += [module for network in training_networks(wildcards) for module in network_modules(network)]
    return sources("cli.train", *modules)


def evaluation_networks(wildcards):
    return TRAINING_ROOMS[wildcards.method].evaluation.networks


def evaluation_code(wildcards):
    modules = [f"translation.{wildcards.method}.{part}" for part in PARTS["evaluate"]]
    modules += [module for network in evaluation_networks(wildcards) for module in network_modules(network)]
    return sources("cli.evaluate", *modules)


def training_labels(wildcards, shows):
    """How the report tells pictures of trainings apart."""
    return {
        "training": wildcards.run.partition("/")[2],
        "dataset": training_run(wildcards).dataset,
        "shows": shows,
    }


def training_options(wildcards):
    """Dataset, seed and settings of one training. All cells of a sweep share their seed, so that only the
    swept setting differs."""
    run = training_run(wildcards)
    learnt_with = TRAINING_ROOMS[wildcards.method].settings_model.model_fields
    return options(
        dataset=dataset_folder(run.dataset),
        seed=derive_seed(PARAMS.seed, wildcards.method, *wildcards.run.split("/")[:2]),
        settings=run.model_dump(include=set(learnt_with)),
        **{"weights": file for file in training_weights(wildcards)},
    )


def evaluation_options(wildcards):
    run, room = training_run(wildcards), TRAINING_ROOMS[wildcards.method]
    # What a run says besides its settings and its dataset is printed on its page.
    printed = set(room.item_model.model_fields) - set(room.settings_model.model_fields) - {"dataset"}
    return options(
        dataset=dataset_folder(run.dataset),
        seed=derive_seed(PARAMS.seed, "evaluation"),
        settings=room.evaluation.model_dump(),
        **run.model_dump(include=printed),
    )


def training_threads(wildcards):
    return training_run(wildcards).threads


def training_devices(wildcards):
    return training_run(wildcards).devices


def training_memory(wildcards, attempt):
    return reserved_mb(training_run(wildcards).training_mb, attempt)


def evaluation_memory(wildcards, attempt):
    return reserved_mb(training_run(wildcards).evaluation_mb, attempt)


def training_minutes(wildcards, attempt):
    # A day for each attempt; a training that needs longer goes on from its checkpoint.
    return attempt * 24 * 60
