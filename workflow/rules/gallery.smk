# Everything of a room by its name, and comparison grids and loss curves of every room.
for key, room in ROOMS.items():

    rule:
        name:
            key
        input:
            room_targets(room),
        localrule: True


rule grid:
    input:
        pictures=lambda w: sweep_files(w, ".strip.png" if w.room in TRAINING_ROOMS else ".png"),
        metrics=lambda w: sweep_files(w, ".json"),
        first=sweep_first,
        code=sources("cli.grid"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        grid=report(
            "results/{room}/grids/{sweep}.png",
            caption="../report/grid.rst",
            category=lambda w: ROOMS[w.room].title,
            subcategory="Grids",
            labels=lambda w: {"sweep": ROOMS[w.room].sweeps[w.sweep].title},
        ),
        table="results/{room}/grids/{sweep}.csv",
    log:
        "logs/{room}/grids/{sweep}.log",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        # For Snakemake to compare: what is put together from inputs it leaves out.
        settings=lambda w: canonical_json(ROOMS[w.room].grid_settings(w.sweep)),
        arguments=lambda w, input: arguments_file(
            *input.pictures, metrics=[*input.metrics], settings=ROOMS[w.room].grid_settings(w.sweep)
        ),
    message:
        "Draw the grid {wildcards.sweep}"
    shell:
        "aiart grid {params.arguments} --first={input.first:q} -o {output.grid:q} --table {output.table:q} > {log:q} 2>&1"


rule curves:
    input:
        histories=lambda w: sweep_files(w, ".csv"),
        code=sources("cli.curves"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        report(
            "results/{room}/curves/{sweep}.png",
            caption="../report/curves.rst",
            category=lambda w: ROOMS[w.room].title,
            subcategory="Losses",
            labels=lambda w: {"sweep": ROOMS[w.room].sweeps[w.sweep].title},
        ),
    log:
        run="logs/{room}/curves/{sweep}.log",
        # Seconds differ from run to run: the plot over time is a log, the one over evaluations a result.
        over_time="logs/{room}/curves/{sweep}_over_time.png",
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical_json(ROOMS[w.room].curve_settings(w.sweep)),
        arguments=lambda w, input: arguments_file(
            *input.histories, settings=ROOMS[w.room].curve_settings(w.sweep)
        ),
    message:
        "Plot the losses of {wildcards.sweep}"
    shell:
        "aiart curves {params.arguments} -o {output:q} --timings-folder logs/{wildcards.room}/sweeps/{wildcards.sweep}"
        " --time-output {log.over_time:q} > {log.run:q} 2>&1"


rule scatter:
    input:
        pictures=lambda w: sweep_files(w, ".png"),
        metrics=lambda w: sweep_files(w, ".json"),
        code=sources("cli.scatter"),
        environment=CPU_ENVIRONMENT_FILE,
    output:
        report(
            "results/{room}/plots/{sweep}.png",
            caption="../report/scatter.rst",
            category=lambda w: ROOMS[w.room].title,
            subcategory="Figures",
            labels=lambda w: {"sweep": ROOMS[w.room].sweeps[w.sweep].title},
        ),
    log:
        "logs/{room}/plots/{sweep}.log",
    wildcard_constraints:
        room=alternatives(key for key, room in ROOMS.items() if room.axes),
    localrule: True
    conda:
        CPU_ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical_json(ROOMS[w.room].scatter_settings(w.sweep)),
        arguments=lambda w, input: arguments_file(
            *input.pictures, metrics=[*input.metrics], settings=ROOMS[w.room].scatter_settings(w.sweep)
        ),
    message:
        "Plot the figures of {wildcards.sweep}"
    shell:
        "aiart scatter {params.arguments} -o {output:q} > {log:q} 2>&1"
