# A reproducible AI-art studio. What is made is said in params.yaml; `snakemake --cores all` makes it.
#
#   data/photographs, data/paintings     built-in pictures        workflow/rules/datasets.smk
#   data/weights, data/downloads         what is fetched          workflow/rules/networks.smk, datasets.smk
#   results/style_transfer/…             style transfer           workflow/rules/style_transfer.smk
#   results/<room>/grids/<sweep>.png     comparison grids         in each room's file
from snakemake.utils import min_version

min_version("9.20")


configfile: "params.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/style_transfer.smk"


rule all:
    default_target: True
    input:
        STYLE_TRANSFER_TARGETS,
    localrule: True
