# Which job is begun first where several could be. People soon see one picture; of the rest the long ones go first, so
# that short ones fill the cores beside them to the end.
def first_picture():
    """One picture that params.yaml asks for, a single one if there is any, and the pictures that it is made of."""
    items = {
        f"results/{key}/{path}.png": item
        for key, items in ITEMS.items()
        if key not in TRAINING_ROOMS
        for path, item in items.items()
        if not path.startswith("animations/")
    }
    first = min(items, key=lambda path: "/sweeps/" in path, default=None)
    return {first, *named_pictures(items[first])} if first else set()


FIRST_PICTURE = first_picture()
# Trainings wait for the first; all that is not named here has the priority 0.
FOR_TRAININGS, TRAININGS, LONG = 20, 10, 5


def picture_priority(file):
    """The priority of the job that makes a picture, or unpacks or fetches one."""
    return 30 if file in FIRST_PICTURE else 0
