# Weights of the feature networks, and the training of the slim one.
rule download_weights:
    output:
        "data/weights/{name}.h5",
    log:
        "logs/download_weights/{name}.log",
    retries: 2
    localrule: True
    conda:
        CPU_ENVIRONMENT
    message:
        "Download the weights of {wildcards.name}"
    shell:
        "aiart fetch weights {wildcards.name} -o {output} > {log} 2>&1"


rule distill:
    input:
        pictures=distill_pictures(),
        code=sources("cli/distill.py", "networks/*.py", "params/networks.py", "images/*.py"),
        weights=[
            teacher.weights or weights_path("vgg19")
            for teacher in PARAMS.distill.teachers
            if teacher.network == "vgg19"
        ],
    output:
        weights="results/networks/vgg19_slim.npz",
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
        mem_mb=6000,
        runtime=240,
        gpu=1,
    params:
        options=options(seed=derive_seed(PARAMS.seed, "distill"), settings=PARAMS.distill.model_dump()),
    message:
        "Distil vgg19_slim from {input.weights}"
    shell:
        "aiart distill -o {output.weights} --history {output.history} --report {output.report}"
        " --state results/.state/distill.npz --weights {input.weights:q}"
        " --threads {threads} --gpus {resources.gpu} {params.options} > {log} 2>&1"
