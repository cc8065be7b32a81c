# What all rooms make, and helper functions of the rules that show it.
FIGURES = "results/figures/figures.csv"
PAGE = "results/index.html"
ALBUM = "results/album.html"
FIGURE_SETTINGS = {
    "headline": {key: list(room.headline) for key, room in ROOMS.items()},
    "losses": {key: list(room.losses) for key, room in ROOMS.items()},
}
ITEMS = {key: room.items() for key, room in ROOMS.items()}


def room_targets(room):
    """Everything that params.yaml asks of a room."""
    results = f"results/{room.key}"
    suffixes = {"pictures": ".png", "animations": ".gif", "runs": ".png"}
    return [
        *[f"{results}/{kind}/{name}{suffixes[kind]}" for kind in room.kinds for name in getattr(room, kind)],
        *expand("{results}/grids/{name}.png", results=results, name=room.sweeps),
        *expand(
            "{results}/curves/{name}.png",
            results=results,
            name=[name for name, sweep in room.sweeps.items() if sweep.curves],
        ),
        *expand("{results}/plots/{name}.png", results=results, name=room.sweeps if room.axes else []),
    ]


def sweep_files(wildcards, suffix):
    """Files of all cells of a sweep, in the order of the grid."""
    cells = ROOMS[wildcards.room].sweeps[wildcards.sweep].cells()
    return [f"results/{wildcards.room}/sweeps/{wildcards.sweep}/{cell.name}{suffix}" for cell in cells]


def sweep_first(wildcards):
    """The photograph, painting or map that a sweep shows before its cells."""
    room = ROOMS[wildcards.room]
    sweep = room.sweeps[wildcards.sweep]
    first = sweep.cells()[0]
    cell = room.sweep_cell(wildcards.sweep, first)
    if sweep.first is None:
        return []
    if sweep.first == "input":
        return f"results/{room.key}/sweeps/{wildcards.sweep}/{first.name}.input.png"
    if sweep.first == "regions":
        cells = (f"sweeps/{wildcards.sweep}/{cell.name}" for cell in sweep.cells())
        return (
            f"results/{room.key}/{next(path for path in cells if ITEMS[room.key][path].regions)}.regions.png"
        )
    if sweep.first == "style":
        return style_file(cell.styles[0])
    return content_file(getattr(cell, sweep.first))


def page_inputs():
    """What the page of results shows, and what was made of what."""
    pictures = [path for items in ITEMS.values() for item in items.values() for path in named_pictures(item)]
    return [
        *[file for suffix in (".png", ".json", ".csv") for file in all_items(suffix)],
        *[path for room in ROOMS.values() for path in room_targets(room) if path.endswith(".gif")],
        *dict.fromkeys(pictures),
    ]


def page_settings():
    """What was asked for, in the order of params.yaml, which is that of the page."""
    return ordered_json(PARAMS.model_dump(include={"seed", *ROOMS}))


def page_sources():
    """Its Python, template, styles and scripts."""
    others = [path for path in (PACKAGE / "page").rglob("*") if path.suffix in (".js", ".css", ".jinja")]
    return [
        *sources("cli.page"),
        *sorted(f"{SOURCES}/aiart/{path.relative_to(PACKAGE).as_posix()}" for path in others),
    ]


def all_items(suffix):
    """Files of everything that params.yaml asks for, by suffix."""
    return [f"results/{key}/{item}{suffix}" for key, items in ITEMS.items() for item in items]
