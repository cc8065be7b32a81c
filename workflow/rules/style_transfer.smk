# Neural style transfer: cells of sweeps, which their grids show, single pictures, and animations.


rule stylize:
    input:
        content=painting_contents,
        styles=painting_styles,
        palette=painting_palette,
        masks=painting_masks,
        style_masks=painting_style_masks,
        weights=painting_weights,
        judges=painting_judges_weights,
        code=painting_code,
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
        painting=r"sweeps/[^/]+/[^/]+(?<!\.regions)",
    priority: lambda w: picture_priority(f"results/style_transfer/{w.painting}.png")
    conda:
        CPU_ENVIRONMENT
    threads: painting_threads
    resources:
        mem_mb=painting_memory,
        runtime=by_attempt(60),
        gpu=1,
    params:
        options=painting_options,
        networks=painting_networks,
    message:
        "Paint {wildcards.painting}"
    shell:
        "aiart stylize {input.content:q} {input.styles:q} -o {output.picture:q} --weights {input.weights:q}"
        " --history {output.history:q} --metrics {output.metrics:q} --timings {log.timings:q}"
        " --state results/.state/style_transfer/{wildcards.painting:q}.npz"
        " --threads {threads} --gpus {resources.gpu} {params.options} > {log.run:q} 2>&1"


use rule stylize as stylize_picture with:
    output:
        picture=report(
            "results/style_transfer/{painting}.png",
            caption="../report/painting.rst",
            category=PARAMS.style_transfer.title,
            subcategory="Pictures",
            labels=painting_labels,
        ),
        history="results/style_transfer/{painting}.csv",
        metrics="results/style_transfer/{painting}.json",
    wildcard_constraints:
        painting=r"pictures/[^/]+(?<!\.regions)",


use rule stylize as stylize_regions with:
    output:
        picture="results/style_transfer/{painting}.png",
        history="results/style_transfer/{painting}.csv",
        metrics="results/style_transfer/{painting}.json",
        regions="results/style_transfer/{painting}.regions.png",
    wildcard_constraints:
        painting=alternatives(map(re.escape, WITH_REGIONS)),


ruleorder: stylize_regions > stylize > stylize_picture


use rule stylize as animate with:
    output:
        animation=report(
            "results/style_transfer/{painting}.gif",
            caption="../report/painting.rst",
            category=PARAMS.style_transfer.title,
            subcategory="Animations",
            labels=painting_labels,
        ),
        picture="results/style_transfer/{painting}.png",
        history="results/style_transfer/{painting}.csv",
        metrics="results/style_transfer/{painting}.json",
    wildcard_constraints:
        painting="animations/[^/]+",
    priority: LONG
    message:
        "Paint and animate {wildcards.painting}"
