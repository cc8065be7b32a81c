# Trained methods: training, then judging and showing what was learnt.


rule train:
    input:
        dataset=training_dataset,
        weights=training_weights,
        code=training_code,
        environment=CPU_ENVIRONMENT_FILE,
    output:
        model="results/{method}/{run}.npz",
        history="results/{method}/{run}.csv",
        progress=report(
            "results/{method}/{run}.progress.png",
            caption="../report/progress.rst",
            category=lambda w: ROOMS[w.method].title,
            subcategory="Trainings",
            labels=lambda w: training_labels(w, "the making"),
        ),
    log:
        "logs/{method}/{run}/train.log",
    benchmark:
        "logs/{method}/{run}/train.tsv"
    wildcard_constraints:
        method="|".join(TRAINING_ROOMS),
        run="runs/[^/]+|sweeps/[^/]+/[^/]+",
    priority: TRAININGS
    conda:
        CPU_ENVIRONMENT
    threads: training_threads
    resources:
        mem_mb=training_memory,
        runtime=training_minutes,
        gpu=training_devices,
        # Beside what all jobs on a GPU take, so that a limit can hold for trainings alone (workflow/profiles/gpu).
        training_gpu=training_devices,
    params:
        options=training_options,
        network=lambda w: " ".join(network_facts(network) for network in training_networks(w)),
    message:
        "Train {wildcards.method} {wildcards.run}"
    shell:
        # States are no outputs: they are of use to the next training alone, and neither kept by DVC nor compared.
        "aiart train {wildcards.method} -o {output.model:q} --history {output.history:q} --progress {output.progress:q}"
        " --state results/.state/{wildcards.method}/{wildcards.run:q}.npz"
        " --logs logs/{wildcards.method}/{wildcards.run:q} --gpus {resources.gpu} {params.options} > {log:q} 2>&1"


rule evaluate:
    input:
        model="results/{method}/{run}.npz",
        dataset=training_dataset,
        weights=lambda w: [weights_path(network) for network in evaluation_networks(w)],
        code=evaluation_code,
        environment=CPU_ENVIRONMENT_FILE,
    output:
        grid=report(
            "results/{method}/{run}.png",
            caption="../report/translation.rst",
            category=lambda w: ROOMS[w.method].title,
            subcategory="Trainings",
            labels=lambda w: training_labels(w, "translations"),
        ),
        # One column of a sweep's grid: translations of the same held-out pictures under each other.
        strip="results/{method}/{run}.strip.png",
        inputs="results/{method}/{run}.input.png",
        metrics="results/{method}/{run}.json",
        table="results/{method}/{run}.pictures.csv",
    log:
        "logs/{method}/{run}/evaluate.log",
    benchmark:
        "logs/{method}/{run}/evaluate.tsv"
    wildcard_constraints:
        method="|".join(TRAINING_ROOMS),
        run="runs/[^/]+|sweeps/[^/]+/[^/]+",
    priority: LONG
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=evaluation_memory,
        runtime=by_attempt(60),
        gpu=1,
    params:
        options=evaluation_options,
        network=lambda w: " ".join(network_facts(network) for network in evaluation_networks(w)),
    message:
        "Judge {wildcards.method} {wildcards.run}"
    shell:
        "aiart evaluate {input.model:q} --weights {input.weights:q} --manifest {input.dataset:q} -o {output.metrics:q} --table {output.table:q}"
        " --grid {output.grid:q} --strip {output.strip:q} --strip-inputs {output.inputs:q}"
        " --threads {threads} --gpus {resources.gpu} {params.options} > {log:q} 2>&1"
