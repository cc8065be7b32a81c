"""aiart page -o results/index.html"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import add_limit, check_suffix, print_command
from aiart.cli.outputs import check_outputs
from aiart.errors import UserError
from aiart.page.write import write_page
from aiart.params.load import checked
from aiart.params.merge import merged_params
from aiart.params.reading import parse_json
from aiart.params.root import Params
from aiart.plain_files import read_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", default="results/index.html", help="page to write, beside the results")
    parser.add_argument("--album", help="also write the page in one file, with small copies of all pictures, .html")
    parser.add_argument("--params", nargs="+", default=["params.yaml"], help="files that say what was asked for")
    parser.add_argument("--settings-file", help="a file that says it as one JSON object, .json, instead of those")
    add_limit(parser)


def run(options: argparse.Namespace) -> None:
    print_command()
    for path in filter(None, (options.output, options.album)):
        check_suffix(path, (".html",))
    check_outputs(options.output, options.album, inputs=[*options.params, options.settings_file])
    page = Path(options.output)
    try:
        count = write_page(page, _params(options), options.album and Path(options.album))
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; make it first, or make room for it.") from None
    print(f"{page}: {count} pictures; open it in a browser, or by `aiart show`")


def _params(options: argparse.Namespace) -> Params:
    if options.settings_file is None:
        return merged_params(options.params, {})
    try:
        return checked(Params, parse_json(read_text(options.settings_file)), options.settings_file)
    except ValueError as error:
        raise UserError(f"{options.settings_file}: {error}.") from None
