"""Unpacking archives of unknown make: nothing lands outside the folder, and a folder is whole or absent."""

from __future__ import annotations

import gzip
import lzma
import os
import secrets
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aiart.datasets.archive_guard import NAME_BYTES, BoundedReader, Guard
from aiart.datasets.tree import check_named
from aiart.errors import UserError

GIB = 1 << 30
_CHUNK = 1 << 20
# What one entry of a .tar may have for headers: names, and attributes that some systems store there.
_TAR_HEADERS = 1 << 20
_TAR_GLOBALS = 1000
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


# What the standard library raises over damaged archives; UnicodeDecodeError is a ValueError.
_DAMAGE = (
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,  # bzip2's, and seeking to where a header points
    OverflowError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def unpack(
    archive: str | Path,
    folder: str | Path,
    *,
    limit_bytes: int = 16 * GIB,
    limit_files: int = 500_000,
    drop_top_folder: bool = False,
) -> None:
    """Unpack a .zip, .tar.gz or .tgz into `folder`, which must be absent or empty.

    Only plain files and folders with relative names are taken. Everything is unpacked beside `folder` first and
    appears there by one rename. Headers are read only as far as an honest archive needs them.
    limit_bytes: the most bytes all files together may have unpacked. limit_files: the most entries.
    drop_top_folder: where everything lies in one folder, its content becomes that of `folder`.
    Raises UserError for absolute, empty, overlong and deep names and those with `..`, links, devices, sparse files,
    names that occur twice, encrypted files, methods of compression that Python lacks, more than the limits, and
    archives that are damaged, cut short or of another kind.
    """
    archive, folder = Path(archive), Path(folder)
    check_named(folder)
    extract = _extractor(archive)
    if not archive.is_file():
        what = "is no file" if archive.exists() else "no such archive"
        raise UserError(f"{archive}: {what}; fetch it or give its path.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder}: is there already; delete it to unpack {archive.name} again.")
    temporary = folder.with_name(f".tmp-{secrets.token_hex(8)}")
    guard = Guard(archive, limit_bytes, limit_files)
    try:
        with _writing(archive, folder):
            temporary.mkdir(parents=True)
        extract(archive, temporary, guard)
        with _writing(archive, folder):
            os.replace(_top_folder(temporary) if drop_top_folder else temporary, folder)
    except RecursionError as error:  # tarfile follows a chain of headers so
        raise guard.refusal("has a longer chain of headers than any file needs") from error
    except PermissionError as error:
        raise UserError(f"{archive}: cannot be read ({error.strerror}); give yourself permission for it.") from error
    except _DAMAGE as error:
        raise UserError(
            f"{archive}: is damaged, cut short or not a {_kind(archive)} archive ({error}); "
            "delete it and fetch it again."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _writing(archive: Path, folder: Path) -> Iterator[None]:
    """Blame the folder for errors of the file system: all others come from the archive, whatever they are called."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{folder}: {archive.name} cannot be unpacked there ({error.strerror or error}); "
            "make room or permission for it, or choose another folder."
        ) from error


def check_counts(folder: str | Path, expected: Mapping[str, int]) -> None:
    """Raise UserError unless each subfolder holds its number of files, dot-files not counted."""
    for name, count in expected.items():
        part = Path(folder) / name
        try:
            found = sum(entry.is_file() and not entry.name.startswith(".") for entry in part.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(
                f"{part}: is missing, and should hold {count:,} files; delete {folder} and fetch it again."
            ) from None
        if found != count:
            raise UserError(f"{part}: holds {found:,} files instead of {count:,}; delete {folder} and fetch it again.")


def _kind(archive: Path) -> str:
    return ".zip" if archive.suffix.lower() == ".zip" else ".tar.gz"


def _extractor(archive: Path):
    name = archive.name.lower()
    if name.endswith(".zip"):
        return _extract_zip
    if name.endswith((".tar.gz", ".tgz")):
        return _extract_tar
    raise UserError(f"{archive}: cannot be unpacked; use an archive that ends in .zip, .tar.gz or .tgz.")


def _top_folder(folder: Path) -> Path:
    """The only folder inside, leaving out what macOS adds to archives; `folder` itself if there are several."""
    inside = [path for path in folder.iterdir() if path.name not in ("__MACOSX", ".DS_Store")]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _extract_zip(archive: Path, folder: Path, guard: Guard) -> None:
    with archive.open("rb") as stream:
        headers = BoundedReader(stream, guard, max(_TAR_HEADERS, NAME_BYTES * guard.limit_files))
        with zipfile.ZipFile(headers) as file:
            for info in file.infolist():
                # orig_filename: zipfile mends names in `filename`, and a name that needs mending is refused here
                guard.admit(info.orig_filename, info.file_size, _zip_kind(info))
                if info.compress_type not in _ZIP_METHODS:
                    raise UserError(
                        f"{archive}: compresses {info.orig_filename!r} by method {info.compress_type}, which is not "
                        "supported; pack it again by the usual one, Deflate."
                    )
            headers.budget = None
            # Only after all names were looked at: reading stops at the size that an entry states, so that the sum
            # above bounds what is written, and its CRC is checked at the end.
            for info in file.infolist():
                if info.filename.endswith("/"):
                    _make_folder(info.filename, folder, guard)
                    continue
                with file.open(info) as source:
                    _save(source, info.filename, folder, guard)


def _zip_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x41:  # bit 6: strong encryption
        return "an encrypted file"
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return "a link"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device"
    return "folder" if info.filename.endswith("/") else "file"


def _extract_tar(archive: Path, folder: Path, guard: Guard) -> None:
    with gzip.open(archive) as stream:
        headers = BoundedReader(stream, guard, _TAR_HEADERS)
        with tarfile.open(fileobj=headers, mode="r:") as file:
            while (member := file.next()) is not None:
                # The size is looked at before the content is decompressed.
                guard.admit(member.name, member.size, _tar_kind(member))
                if len(file.pax_headers) > _TAR_GLOBALS:  # each entry gets a copy
                    raise guard.refusal("has headers larger than any that belong to files")
                headers.budget = None
                if member.isdir():
                    _make_folder(member.name, folder, guard)
                else:
                    _save(file.extractfile(member), member.name, folder, guard)
                file.members = []  # which would otherwise keep the headers of all
                headers.budget = _TAR_HEADERS
            # tarfile takes a damaged or missing header for the end; the true end is a block of zeros.
            stream.seek(file.offset)
            if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise tarfile.ReadError("unexpected end of data")
        for chunk in _rest(stream):
            # gzip compares its CRC only at the end, which tarfile does not read; nothing may hide there either.
            if chunk.strip(b"\0"):
                raise tarfile.ReadError("something follows the end of the archive")


def _make_folder(name: str, folder: Path, guard: Guard) -> None:
    with _writing(guard.archive, folder):
        (folder / name).mkdir(parents=True, exist_ok=True)


def _save(source: BinaryIO, name: str, folder: Path, guard: Guard) -> None:
    """Write an entry, without its owner, mode and date."""
    path = folder / name
    with _writing(guard.archive, folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            target = path.open("xb")
        except FileExistsError:
            # On file systems that do not tell capitals from small letters.
            raise guard.refusal(f"holds two entries that come to lie at one place, {path.name!r}") from None
    with target:
        while chunk := source.read(_CHUNK):
            with _writing(guard.archive, folder):
                target.write(chunk)


def _rest(stream) -> Iterator[bytes]:
    read = 0
    while chunk := stream.read(_CHUNK):
        read += len(chunk)
        if read > 64 * _CHUNK:
            raise tarfile.ReadError("padding follows the end of the archive")
        yield chunk


def _tar_kind(member: tarfile.TarInfo) -> str:
    if member.issparse():
        return "a sparse file"
    if member.issym() or member.islnk():
        return "a link"
    if member.isdir():
        return "folder"
    return "file" if member.isreg() else "a device"
