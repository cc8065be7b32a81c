# Weights of the feature networks, and the training of the slim one.
SLIM_WEIGHTS = "src/aiart/networks/vgg19_slim.npz"


def weights_path(network):
    """The weights file of a network: the project's own, the user's, or the downloaded one."""
    if network == "vgg19_slim":
        return SLIM_WEIGHTS
    return getattr(PARAMS.networks, network) or f"data/weights/{network}.h5"


def distill_pictures():
    """Files of the folders to learn from; built-in ones are made first."""
    files = []
    for folder in [*PARAMS.distill.pictures, *PARAMS.distill.held_out]:
        built_in = {"data/photographs": PHOTOGRAPHS, "data/paintings": PAINTERS}.get(folder.rstrip("/"))
        if built_in:
            files += [f"{folder.rstrip('/')}/{name}.png" for name in built_in]
        else:
            files += sorted(str(p) for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES[:3])
    return files


rule download_weights:
    output:
        "data/weights/{name}.h5",
    log:
        "logs/download_weights/{name}.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    retries: 2
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
        seed=derive_seed(PARAMS.seed, "distill"),
        settings=canonical_json(PARAMS.distill.model_dump()),
    message:
        "Distil vgg19_slim from {input.weights}"
    shell:
        "aiart distill -o {output.weights} --history {output.history} --report {output.report}"
        " --state results/.state/distill.npz --weights {input.weights} --seed {params.seed}"
        " --threads {threads} --gpus {resources.gpu} --settings {params.settings:q} > {log} 2>&1"
