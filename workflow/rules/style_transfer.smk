# Neural style transfer: single pictures, animations, and sweeps with their grids.
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
    input:
        STYLE_TRANSFER_TARGETS,
    localrule: True


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
        options=painting_options,
    message:
        "Paint {wildcards.painting}"
    shell:
        "aiart stylize {input.content:q} {input.styles:q} -o {output.picture:q} --weights {input.weights:q}"
        " --history {output.history:q} --metrics {output.metrics:q} --timings {log.timings:q}"
        " --threads {threads} --gpus {resources.gpu} {params.options} > {log.run:q} 2>&1"


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
        options=painting_options,
    message:
        "Paint and animate {wildcards.painting}"
    shell:
        "aiart stylize {input.content:q} {input.styles:q} -o {output.picture:q} --weights {input.weights:q}"
        " --animation {output.animation:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --timings {log.timings:q} --threads {threads} --gpus {resources.gpu} {params.options}"
        " > {log.run:q} 2>&1"


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
        options=lambda w: options(settings=STYLE_TRANSFER.grid_settings(w.sweep)),
    message:
        "Draw the grid {wildcards.sweep}"
    shell:
        "aiart grid {input.pictures:q} --metrics {input.metrics:q} --first {input.first:q} -o {output.grid:q}"
        " --table {output.table:q} {params.options} > {log:q} 2>&1"


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
        options=lambda w: options(settings=STYLE_TRANSFER.curve_settings(w.sweep)),
    message:
        "Plot the losses of {wildcards.sweep}"
    shell:
        "aiart curves {input.histories:q} -o {output:q} --timings-folder logs/style_transfer/sweeps/{wildcards.sweep}"
        " --time-output {log.over_time:q} {params.options} > {log.run:q} 2>&1"
