# What goes in: built-in photographs, paintings and datasets, and real ones that params.yaml asks for.
rule photograph:
    input:
        code=sources("cli.picture.photograph"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        "data/photographs/{name}.png",
    log:
        "logs/photograph/{name}.log",
    wildcard_constraints:
        name="|".join(PHOTOGRAPHS),
    priority: lambda w: picture_priority(f"data/photographs/{w.name}.png")
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Unpack the photograph {wildcards.name}"
    shell:
        "aiart picture photograph {wildcards.name} -o {output} > {log} 2>&1"


rule painting:
    input:
        code=lambda w: sources("cli.picture.painting", f"datasets.paintings.{w.name}"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        "data/paintings/{name}.png",
    log:
        "logs/painting/{name}.log",
    wildcard_constraints:
        name="|".join(PAINTERS),
    priority: lambda w: picture_priority(f"data/paintings/{w.name}.png")
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        options=lambda w: options(
            seed=derive_seed(PARAMS.seed, "painting", w.name), side=PARAMS.inputs.painting_side
        ),
    message:
        "Paint {wildcards.name}"
    shell:
        "aiart picture painting {wildcards.name} -o {output} {params.options} > {log} 2>&1"


rule download_picture:
    output:
        "data/downloads/{name}.{suffix}",
    log:
        "logs/download_picture/{name}.{suffix}.log",
    priority: lambda w: picture_priority(f"data/downloads/{w.name}.{w.suffix}")
    retries: 2
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=30,
    params:
        # Fetched again when the catalogue names another file.
        file=lambda w: PICTURES[w.name].file.described(),
    message:
        "Download the picture {wildcards.name}"
    shell:
        "aiart fetch picture {wildcards.name} -o {output} > {log} 2>&1"


rule synthetic_dataset:
    input:
        code=lambda w: sources("cli.dataset", "datasets.manifest", SYNTHETIC[w.name].drawn_by),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        "data/prepared/{name}.tsv",
    log:
        "logs/dataset/{name}.log",
    benchmark:
        "logs/dataset/{name}.tsv"
    wildcard_constraints:
        name=alternatives(name for name in SYNTHETIC if not is_own(name)),
    priority: FOR_TRAININGS
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        options=lambda w: options(
            seed=derive_seed(PARAMS.seed, "dataset", w.name),
            settings=getattr(PARAMS.inputs, w.name).model_dump(),
        ),
    message:
        "Draw the dataset {wildcards.name}"
    shell:
        "aiart dataset make {wildcards.name} -o data/prepared/{wildcards.name} --manifest {output}"
        " {params.options} > {log} 2>&1"


rule download_dataset:
    output:
        "data/prepared/{name}.tsv",
    log:
        "logs/dataset/{name}.log",
    wildcard_constraints:
        name=alternatives(name for name in DATASETS if not is_own(name)),
    priority: FOR_TRAININGS
    retries: 2
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=600,
    params:
        file=lambda w: DATASETS[w.name].file.described(),
    message:
        "Download the dataset {wildcards.name}"
    shell:
        # Into data/prepared and data/downloads, as without a workflow.
        "aiart fetch dataset {wildcards.name} --manifest {output} > {log} 2>&1"


rule own_dataset:
    input:
        pictures=own_dataset_files,
        code=sources("cli.dataset", "datasets.manifest"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        "data/prepared/{name}.tsv",
    log:
        "logs/dataset/{name}.log",
    wildcard_constraints:
        name=alternatives(own_datasets()),
    priority: FOR_TRAININGS
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=30,
    params:
        options=lambda w: options(kind=datasets_to_make()[w.name]),
    message:
        "Check the dataset {wildcards.name}"
    shell:
        "aiart dataset check data/own/datasets/{wildcards.name} --manifest {output} {params.options} > {log} 2>&1"


rule data:
    input:
        expand("data/photographs/{name}.png", name=PHOTOGRAPHS),
        expand("data/paintings/{name}.png", name=PAINTERS),
        expand("data/prepared/{name}.tsv", name=datasets_to_make()),
    localrule: True
