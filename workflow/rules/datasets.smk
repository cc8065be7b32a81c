# Pictures that go in: built-in photographs and paintings, and real ones that params.yaml asks for.
rule photograph:
    input:
        code=sources("cli/picture.py", "datasets/photographs.py", "images/*.py"),
    output:
        "data/photographs/{name}.png",
    log:
        "logs/photograph/{name}.log",
    benchmark:
        "logs/photograph/{name}.tsv"
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Unpack the photograph {wildcards.name}"
    shell:
        "aiart picture photograph {wildcards.name} -o {output} > {log} 2>&1"


rule painting:
    input:
        code=sources("cli/picture.py", "datasets/paintings/*.py", "images/*.py"),
    output:
        "data/paintings/{name}.png",
    log:
        "logs/painting/{name}.log",
    benchmark:
        "logs/painting/{name}.tsv"
    conda:
        CPU_ENVIRONMENT
    threads: 1
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
    benchmark:
        "logs/download_picture/{name}.{suffix}.tsv"
    retries: 2
    localrule: True
    conda:
        CPU_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    message:
        "Download the picture {wildcards.name}"
    shell:
        "aiart fetch picture {wildcards.name} -o {output} > {log} 2>&1"


rule data:
    input:
        expand("data/photographs/{name}.png", name=PHOTOGRAPHS),
        expand("data/paintings/{name}.png", name=PAINTERS),
    localrule: True
