# Weights of the feature networks, and the training of a slim one.
rule download_weights:
    output:
        "data/weights/{name}{suffix}",
    log:
        "logs/download_weights/{name}{suffix}.log",
    wildcard_constraints:
        suffix=r"\.\w+",
    retries: 2
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=30,
    params:
        # Fetched again when the catalogue names another file.
        file=lambda w: WEIGHTS[w.name].described(),
    message:
        "Download the weights of {wildcards.name}"
    shell:
        "aiart fetch weights {wildcards.name} -o {output} > {log} 2>&1"


rule distill:
    input:
        pictures=distill_pictures(),
        code=sources("cli.distill", *student_modules(PARAMS.distill.student)),
        weights=[teacher["weights"] for teacher in distill_settings()["teachers"] if teacher["weights"]],
    output:
        weights=f"results/networks/{PARAMS.distill.student}.npz",
        history="results/networks/distill_history.csv",
        report="results/networks/distill_errors.csv",
    log:
        "logs/distill.log",
    benchmark:
        "logs/distill.tsv"
    conda:
        CPU_ENVIRONMENT
    threads: 2
    resources:
        mem_mb=lambda w, attempt: reserved_mb(PARAMS.distill.memory_mb, attempt),
        runtime=by_attempt(240),
        gpu=1,
        training_gpu=1,
    params:
        options=options(seed=derive_seed(PARAMS.seed, "distill"), settings=distill_settings()),
    message:
        f"Distil {PARAMS.distill.student}"
    shell:
        "aiart distill -o {output.weights} --history {output.history} --report {output.report}"
        " --state results/.state/distill.npz"
        " --threads {threads} --gpus {resources.gpu} {params.options} > {log} 2>&1"
