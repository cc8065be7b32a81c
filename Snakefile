# A reproducible AI-art studio. What is made is said in params.yaml; `snakemake --cores all` makes it.
#
#   data/photographs, data/paintings     built-in pictures        workflow/rules/datasets.smk
#   data/prepared                        pictures to train on     workflow/rules/datasets.smk
#   data/own, data/content, data/style   what you bring           data/README.md
#   data/weights, data/downloads         what is fetched          workflow/rules/networks.smk, datasets.smk
#   results/style_transfer/…             style transfer           workflow/rules/style_transfer.smk
#   results/deep_dream/…                 Deep Dream               workflow/rules/deep_dream.smk
#   results/pix2pix/…, results/cyclegan/…  trained models         workflow/rules/translation.smk
#   results/<room>/grids/<sweep>.png     comparison grids         workflow/rules/gallery.smk
#   results/figures                      for dvc metrics, plots   workflow/rules/versions.smk
#   results/index.html, album.html       the page of all results  workflow/rules/versions.smk
import gc

from snakemake.utils import min_version

min_version("9.20")
# What is loaded by now stays: to go through it again whenever something is read would take a fifth of the start.
gc.freeze()


include: "workflow/rules/here.smk"


# With --sdm conda apptainer jobs run in this image, in the conda environments that Snakemake makes there; the image of
# the Dockerfile has all that they need by itself.
container: "docker://condaforge/miniforge3:25.3.0-3"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/common_gallery.smk"
include: "workflow/rules/common_networks.smk"
include: "workflow/rules/common_datasets.smk"
include: "workflow/rules/common_pictures.smk"
include: "workflow/rules/common_translation.smk"
include: "workflow/rules/common_order.smk"
include: "workflow/rules/warm_starts.smk"
include: "workflow/rules/one_run.smk"
include: "workflow/rules/keep_results.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/style_transfer.smk"
include: "workflow/rules/deep_dream.smk"
include: "workflow/rules/translation.smk"
include: "workflow/rules/gallery.smk"
include: "workflow/rules/versions.smk"
include: "workflow/rules/records.smk"


rule all:
    default_target: True
    input:
        # All that DVC tracks: what is left out here could be recorded under params that it was not made with.
        rules.data.input,
        [room_targets(room) for room in ROOMS.values()],
        FIGURES if any(room.items() for room in ROOMS.values()) else [],
        PAGE,
        ALBUM,
    localrule: True
