"""Tables of measurements as CSV files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiart.digits import rounded
from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.plain_files import refuse_pipe

if TYPE_CHECKING:
    import pandas


def write_table(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `rows` as CSV in UTF-8 with a header line; every line ends in one newline.

    Columns stand in the order in which they first occur; a value that a row lacks is left empty. Every
    float is written with six significant digits. The same rows give the same bytes, and a
    file that is already there is replaced only on success.

    Raises:
        ValueError: no rows.
    """
    if not rows:
        raise ValueError("a table needs at least one row")
    _write(path, rounded(rows))


def write_frame(path: str | Path, frame: "pandas.DataFrame") -> None:
    """`write_table` of a table that is one already, and may have no rows."""
    _write(path, rounded(frame.to_dict("records")), frame.columns)


def _write(path: str | Path, rows: Sequence[Mapping[str, Any]], columns: "pandas.Index | None" = None) -> None:
    import pandas

    # As objects, or pandas would turn the integers of a column with an empty place into floats.
    frame = pandas.DataFrame(rows, columns=columns, dtype=object)
    with atomic_write(Path(path)) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def read_table(path: str | Path) -> "pandas.DataFrame":
    """Read a table of `write_table`; its floats are exactly those that stand there.

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
