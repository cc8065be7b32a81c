"""Tables of measurements as CSV files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.plain_files import refuse_pipe

if TYPE_CHECKING:
    import pandas


def write_table(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `rows` as CSV in UTF-8 with a header line; every line ends in one newline.

    Columns stand in the order in which they first occur; a value that a row lacks is left empty. Every
    float is written with as many digits as give the same float back. The same rows give the same bytes,
    and a file that is already there is replaced only on success.

    Raises:
        ValueError: no rows.
    """
    import pandas

    if not rows:
        raise ValueError("a table needs at least one row")
    # As objects, or pandas would turn the integers of a column with an empty place into floats.
    frame = pandas.DataFrame(list(rows), dtype=object)
    with atomic_write(Path(path)) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def read_table(path: str | Path) -> "pandas.DataFrame":
    """Read a table of `write_table`; its floats are exactly those that were written.

    Raises:
        UserError: the file does not exist, is a pipe or a device, or is not a CSV table.
    """
    import pandas

    try:
        refuse_pipe(path)
        return pandas.read_csv(path)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such table; make it first.") from None
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a CSV table ({error}); make it again.") from None
