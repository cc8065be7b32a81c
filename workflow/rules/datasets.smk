# Pictures that go in: built-in photographs and paintings, and real ones that params.yaml asks for.
from aiart.datasets.catalogue import PICTURES
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS


def picture_file(folder, built_in, name):
    """Path of a picture by its name: the user's own file, a built-in one, or one from the catalogue."""
    if own := user_picture(folder, name):
        return own
    if name in built_in:
        return f"data/{'photographs' if folder == 'content' else 'paintings'}/{name}.png"
    if name in PICTURES:
        return f"data/downloads/{name}.jpg"
    raise WorkflowError(
        f"params.yaml asks for the picture {name}: put {name}.jpg or {name}.png into data/{folder}, "
        f"or choose one of {', '.join([*built_in, *sorted(PICTURES)])}."
    )


def content_file(name):
    return picture_file("content", PHOTOGRAPHS, name)


def style_file(name):
    return picture_file("style", PAINTERS, name)


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
        seed=lambda wildcards: derive_seed(PARAMS.seed, "painting", wildcards.name),
        side=PARAMS.inputs.painting_side,
    message:
        "Paint {wildcards.name}"
    shell:
        "aiart picture painting {wildcards.name} -o {output}"
        " --seed {params.seed} --side {params.side} > {log} 2>&1"


rule download_picture:
    output:
        "data/downloads/{name}.jpg",
    log:
        "logs/download_picture/{name}.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    retries: 2
    message:
        "Download the picture {wildcards.name}"
    shell:
        "aiart fetch picture {wildcards.name} -o {output} > {log} 2>&1"


rule data:
    localrule: True
    input:
        expand("data/photographs/{name}.png", name=PHOTOGRAPHS),
        expand("data/paintings/{name}.png", name=PAINTERS),
