# A reproducible AI-art studio. What is made is said in params.yaml; `snakemake --cores all` makes it.
#
#   data/photographs, data/paintings     built-in pictures        workflow/rules/datasets.smk
#   data/datasets                        pictures to train on     workflow/rules/datasets.smk
#   data/weights, data/downloads         what is fetched          workflow/rules/networks.smk, datasets.smk
#   results/style_transfer/…             style transfer           workflow/rules/style_transfer.smk
#   results/deep_dream/…                 Deep Dream               workflow/rules/deep_dream.smk
#   results/pix2pix/…, results/cyclegan/…  trained models         workflow/rules/translation.smk
#   results/<room>/grids/<sweep>.png     comparison grids         workflow/rules/gallery.smk
from snakemake.utils import min_version

min_version("9.20")


configfile: "params.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/style_transfer.smk"
include: "workflow/rules/deep_dream.smk"
include: "workflow/rules/translation.smk"
include: "workflow/rules/gallery.smk"


rule all:
    default_target: True
    input:
        [room_targets(room) for room in ROOMS.values()],
    localrule: True
