# Neural style transfer: single pictures, animations, and sweeps with their grids.
STYLE_TRANSFER = PARAMS.style_transfer
STYLE_TRANSFER_CODE = sources(
    "style_transfer/*.py",
    "images/*.py",
    "networks/registry.py",
    "networks/vgg*.py",
    "networks/weights.py",
    "networks/precision.py",
    "params/style_transfer.py",
    "params/layers.py",
    "cli/stylize.py",
    "cli/runtime.py",
)

# Every painting by its path below results/style_transfer, without suffix.
PAINTINGS_TO_MAKE = {}
for name in STYLE_TRANSFER.pictures:
    PAINTINGS_TO_MAKE[f"pictures/{name}"] = STYLE_TRANSFER.picture(name)
for name in STYLE_TRANSFER.animations:
    PAINTINGS_TO_MAKE[f"animations/{name}"] = STYLE_TRANSFER.animation(name)
for sweep in STYLE_TRANSFER.sweeps:
    for cell_name, cell in cell_names(STYLE_TRANSFER.sweeps[sweep]).items():
        PAINTINGS_TO_MAKE[f"sweeps/{sweep}/{cell_name}"] = STYLE_TRANSFER.sweep_cell(sweep, cell)


def painting_contents(wildcards):
    return content_file(PAINTINGS_TO_MAKE[wildcards.painting].content)


def painting_styles(wildcards):
    return [style_file(name) for name in PAINTINGS_TO_MAKE[wildcards.painting].styles]


def painting_weights(wildcards):
    return weights_path(PAINTINGS_TO_MAKE[wildcards.painting].network)


def painting_seed(wildcards):
    # All cells of a sweep share their noise, so that only the swept setting differs.
    run = wildcards.painting.split("/")[:2]
    return derive_seed(PARAMS.seed, "style_transfer", *run)


def painting_settings(wildcards):
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return canonical_json(painting.model_dump(exclude={"content", "style"}))


def painting_threads(wildcards):
    # One thread a picture and several pictures at once: as fast on two cores as the other way round, and
    # the bytes do not depend on the number of cores. Only large or deep ones are worth more.
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    return 1 if painting.network == "vgg19_slim" and painting.long_side <= 768 else 4


def painting_memory(wildcards):
    # Measured by benchmarks/style_transfer.py: start-up, then bytes for each pixel, with room to spare.
    painting = PAINTINGS_TO_MAKE[wildcards.painting]
    bytes_per_pixel = 900 if painting.network == "vgg19_slim" else 4500
    return 1200 + bytes_per_pixel * painting.long_side**2 // 10**6


def sweep_first(wildcards):
    """The photograph or painting that a sweep shows before its cells."""
    sweep = STYLE_TRANSFER.sweeps[wildcards.sweep]
    painting = STYLE_TRANSFER.sweep_cell(wildcards.sweep, sweep.cells()[0])
    if sweep.first is None:
        return []
    return content_file(painting.content) if sweep.first == "content" else style_file(painting.styles[0])


STYLE_TRANSFER_TARGETS = [
    *expand("results/style_transfer/pictures/{name}.png", name=STYLE_TRANSFER.pictures),
    *expand("results/style_transfer/animations/{name}.gif", name=STYLE_TRANSFER.animations),
    *expand("results/style_transfer/grids/{name}.png", name=STYLE_TRANSFER.sweeps),
    *expand(
        "results/style_transfer/curves/{name}.png",
        name=[name for name, sweep in STYLE_TRANSFER.sweeps.items() if sweep.curves],
    ),
]


rule style_transfer:
    localrule: True
    input:
        STYLE_TRANSFER_TARGETS,


rule stylize:
    input:
        content=painting_contents,
        styles=painting_styles,
        weights=painting_weights,
        code=STYLE_TRANSFER_CODE,
        environment=CPU_ENVIRONMENT_FILE,
    output:
        picture="results/style_transfer/{painting}.png",
        history="results/style_transfer/{painting}.csv",
        metrics="results/style_transfer/{painting}.json",
    log:
        run="logs/style_transfer/{painting}.log",
        timings="logs/style_transfer/{painting}.timings.json",
    benchmark:
        "logs/style_transfer/{painting}.tsv"
    wildcard_constraints:
        painting="pictures/[^/]+|sweeps/[^/]+/[^/]+",
    conda:
        CPU_ENVIRONMENT
    threads: painting_threads
    resources:
        mem_mb=painting_memory,
        runtime=60,
        gpu=1,
    params:
        seed=painting_seed,
        settings=painting_settings,
    message:
        "Paint {wildcards.painting}"
    shell:
        "aiart stylize {input.content:q} {input.styles:q} -o {output.picture:q} --weights {input.weights:q}"
        " --history {output.history:q} --metrics {output.metrics:q} --timings {log.timings:q}"
        " --seed {params.seed} --threads {threads} --gpus {resources.gpu} --settings {params.settings:q}"
        " > {log.run:q} 2>&1"


rule animate:
    input:
        content=painting_contents,
        styles=painting_styles,
        weights=painting_weights,
        code=[*STYLE_TRANSFER_CODE, *sources("gallery/animation.py")],
        environment=CPU_ENVIRONMENT_FILE,
    output:
        animation=report(
            "results/style_transfer/{painting}.gif",
            caption="../report/animation.rst",
            category="Style transfer",
            subcategory="Animations",
            labels={"animation": "{painting}"},
        ),
        picture="results/style_transfer/{painting}.png",
        history="results/style_transfer/{painting}.csv",
        metrics="results/style_transfer/{painting}.json",
    log:
        run="logs/style_transfer/{painting}.log",
        timings="logs/style_transfer/{painting}.timings.json",
    benchmark:
        "logs/style_transfer/{painting}.tsv"
    wildcard_constraints:
        painting="animations/[^/]+",
    conda:
        CPU_ENVIRONMENT
    threads: painting_threads
    resources:
        mem_mb=painting_memory,
        runtime=60,
        gpu=1,
    params:
        seed=painting_seed,
        settings=painting_settings,
    message:
        "Paint and animate {wildcards.painting}"
    shell:
        "aiart stylize {input.content:q} {input.styles:q} -o {output.picture:q} --weights {input.weights:q}"
        " --animation {output.animation:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --timings {log.timings:q} --seed {params.seed} --threads {threads} --gpus {resources.gpu}"
        " --settings {params.settings:q} > {log.run:q} 2>&1"


rule style_transfer_grid:
    input:
        pictures=lambda w: sweep_files("style_transfer", w.sweep, ".png"),
        metrics=lambda w: sweep_files("style_transfer", w.sweep, ".json"),
        first=sweep_first,
        code=sources("gallery/*.py", "images/*.py", "cli/grid.py"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        grid=report(
            "results/style_transfer/grids/{sweep}.png",
            caption="../report/grid.rst",
            category="Style transfer",
            subcategory="Grids",
            labels={"sweep": "{sweep}"},
        ),
        table="results/style_transfer/grids/{sweep}.csv",
    log:
        "logs/style_transfer/grids/{sweep}.log",
    benchmark:
        "logs/style_transfer/grids/{sweep}.tsv"
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical_json(STYLE_TRANSFER.grid_settings(w.sweep)),
    message:
        "Draw the grid {wildcards.sweep}"
    shell:
        "aiart grid {input.pictures:q} --metrics {input.metrics:q} --first {input.first:q} -o {output.grid:q}"
        " --table {output.table:q} --settings {params.settings:q} > {log:q} 2>&1"


rule style_transfer_curves:
    input:
        histories=lambda w: sweep_files("style_transfer", w.sweep, ".csv"),
        code=sources("gallery/curves.py", "gallery/tables.py", "cli/curves.py"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        report(
            "results/style_transfer/curves/{sweep}.png",
            caption="../report/curves.rst",
            category="Style transfer",
            subcategory="Losses",
            labels={"sweep": "{sweep}"},
        ),
    log:
        run="logs/style_transfer/curves/{sweep}.log",
        # Seconds differ from run to run: the plot over time is a log, the one over evaluations a result.
        over_time="logs/style_transfer/curves/{sweep}_over_time.png",
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical_json(STYLE_TRANSFER.curve_settings(w.sweep)),
        timings=lambda w: [
            f.replace("results/", "logs/") + ".timings.json"
            for f in sweep_files("style_transfer", w.sweep, "")
        ],
    message:
        "Plot the losses of {wildcards.sweep}"
    shell:
        "aiart curves {input.histories:q} -o {output:q} --timings {params.timings:q}"
        " --time-output {log.over_time:q} --settings {params.settings:q} > {log.run:q} 2>&1"
