# Helper functions of the rules for datasets.
def datasets_to_make():
    """Names of all datasets that params.yaml trains on, and their kind."""
    return {
        item.dataset: room.dataset_kind
        for key, room in TRAINING_ROOMS.items()
        for item in ITEMS[key].values()
    }


def own_datasets():
    """Those that somebody brought, in data/own/datasets."""
    return [name for name in datasets_to_make() if is_own(name)]


def own_dataset_files(wildcards):
    """Its pictures, those behind links too."""
    folder = dataset_folder(wildcards.name)
    try:
        return [str(path) for path in files_below(folder) if path.suffix.lower() in SUFFIXES]
    except UserError as error:
        raise WorkflowError(str(error))
