# Helper functions of the rules for datasets.
def datasets_to_make():
    """Names of all datasets that params.yaml trains on, and their kind."""
    return {
        item.dataset: room.dataset_kind
        for room in TRAINING_ROOMS.values()
        for item in items_to_make(room).values()
    }


def own_datasets():
    """Those that are neither built in nor in the catalogue: folders that the user put into data/datasets."""
    return [name for name in datasets_to_make() if name not in SYNTHETIC and name not in DATASETS]


def own_dataset_files(wildcards):
    folder = Path("data/datasets", wildcards.name)
    files = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        near = ", ".join([*SYNTHETIC, *sorted(DATASETS)])
        raise WorkflowError(
            f"params.yaml asks for the dataset {wildcards.name}: put its pictures into {folder}, or choose one of {near}."
        )
    return files
