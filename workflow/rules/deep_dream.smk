# Deep Dream: cells of sweeps, which their grids show, single pictures, and zooms.


rule dream:
    input:
        picture=dream_photograph,
        guide=dream_guide,
        weights=dream_weights,
        code=dream_code,
        environment=CPU_ENVIRONMENT_FILE,
    output:
        picture="results/deep_dream/{dream}.png",
        history="results/deep_dream/{dream}.csv",
        metrics="results/deep_dream/{dream}.json",
    log:
        run="logs/deep_dream/{dream}.log",
        timings="logs/deep_dream/{dream}.timings.json",
    benchmark:
        "logs/deep_dream/{dream}.tsv"
    wildcard_constraints:
        dream="sweeps/[^/]+/[^/]+",
    priority: lambda w: picture_priority(f"results/deep_dream/{w.dream}.png")
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=dream_memory,
        runtime=by_attempt(60),
        gpu=1,
    params:
        options=dream_options,
        network=dream_network,
    message:
        "Dream {wildcards.dream}"
    shell:
        "aiart dream {input.picture:q} --guide={input.guide:q} -o {output.picture:q}"
        " --weights {input.weights:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --timings {log.timings:q} --threads {threads} --gpus {resources.gpu} {params.options}"
        " > {log.run:q} 2>&1"


use rule dream as dream_picture with:
    output:
        picture=report(
            "results/deep_dream/{dream}.png",
            caption="../report/dream.rst",
            category=PARAMS.deep_dream.title,
            subcategory="Pictures",
            labels=dream_labels,
        ),
        history="results/deep_dream/{dream}.csv",
        metrics="results/deep_dream/{dream}.json",
    wildcard_constraints:
        dream="pictures/[^/]+",


use rule dream as zoom with:
    output:
        animation=report(
            "results/deep_dream/{dream}.gif",
            caption="../report/dream.rst",
            category=PARAMS.deep_dream.title,
            subcategory="Animations",
            labels=dream_labels,
        ),
        picture="results/deep_dream/{dream}.png",
        history="results/deep_dream/{dream}.csv",
        metrics="results/deep_dream/{dream}.json",
    wildcard_constraints:
        dream="animations/[^/]+",
    priority: LONG
    message:
        "Dream and zoom {wildcards.dream}"
