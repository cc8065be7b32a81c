# What DVC compares versions by, and how a version gets rid of what it no longer needs.


rule figures:
    input:
        metrics=all_items(".json"),
        histories=all_items(".csv"),
        pictures=[path for room in ROOMS.values() for path in room_targets(room) if path.endswith(".png")],
        code=sources("cli.figures"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        FIGURES,
    log:
        "logs/figures.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=500,
        runtime=10,
    params:
        # For Snakemake to compare: what is put together from inputs it leaves out.
        settings=canonical_json(FIGURE_SETTINGS),
        arguments=lambda w, input: arguments_file(
            metrics=[*input.metrics],
            histories=[*input.histories],
            pictures=[*input.pictures],
            settings=FIGURE_SETTINGS,
        ),
    message:
        "Gather the figures of all results"
    shell:
        # The other files in this folder are named in the one that is the output.
        "aiart figures {params.arguments} -o results/figures > {log} 2>&1"


rule page:
    input:
        shown=page_inputs(),
        code=page_sources(),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        page=PAGE,
        album=report(
            ALBUM,
            caption="../report/album.rst",
            category="All results",
            labels={"page": "everything, to compare and to filter"},
        ),
    log:
        "logs/page.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: text_file(page_settings()),
    message:
        "Make the page of results"
    shell:
        # Its thumbnails are named in it.
        "aiart page -o {output.page:q} --album {output.album:q} --settings-file {params.settings} > {log} 2>&1"


rule tidy:
    log:
        "logs/tidy.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    params:
        snakefile=workflow.main_snakefile,
        rooms=[f"results/{key}" for key in ROOMS],
    message:
        "Remove results that params.yaml no longer asks for"
    shell:
        "aiart tidy {params.rooms} --snakefile {params.snakefile:q} 2>&1 | tee {log}"
