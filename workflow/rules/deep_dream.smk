# Deep Dream: single pictures, cells of sweeps, and zooms.


rule dream:
    input:
        picture=dream_picture,
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
        dream="pictures/[^/]+|sweeps/[^/]+/[^/]+",
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


rule zoom:
    input:
        picture=dream_picture,
        weights=dream_weights,
        code=lambda w: dream_code(w, "deep_dream.zoom", "gallery.animation"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        animation=report(
            "results/deep_dream/{dream}.gif",
            caption="../report/animation.rst",
            category="deep_dream",
            subcategory="Animations",
            labels={"animation": "{dream}"},
        ),
        picture="results/deep_dream/{dream}.png",
        history="results/deep_dream/{dream}.csv",
        metrics="results/deep_dream/{dream}.json",
    log:
        run="logs/deep_dream/{dream}.log",
        timings="logs/deep_dream/{dream}.timings.json",
    benchmark:
        "logs/deep_dream/{dream}.tsv"
    wildcard_constraints:
        dream="animations/[^/]+",
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
        "Dream and zoom {wildcards.dream}"
    shell:
        "aiart dream {input.picture:q} -o {output.picture:q} --animation {output.animation:q}"
        " --weights {input.weights:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --timings {log.timings:q} --threads {threads} --gpus {resources.gpu} {params.options}"
        " > {log.run:q} 2>&1"
