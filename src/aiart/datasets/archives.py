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
from pathlib import Path, PurePosixPath, PureWindowsPath

from aiart.errors import UserError

GIB = 1 << 30
_CHUNK = 1 << 20
# What the standard library raises over damaged archives; UnicodeDecodeError is a ValueError.
_DAMAGE = (
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
    gzip.BadGzipFile,
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
    appears there by one rename.
    limit_bytes: the most bytes all files together may have unpacked. limit_files: the most entries.
    drop_top_folder: where everything lies in one folder, its content becomes that of `folder`.
    Raises UserError for absolute names, names with `..`, links, devices, names that occur twice, encrypted
    files, more than the limits, and archives that are damaged, cut short or of another kind.
    """
    archive, folder = Path(archive), Path(folder)
    extract = _extractor(archive)
    if not archive.is_file():
        raise UserError(f"{archive}: no such archive; fetch it or give its path.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder}: is there already; delete it to unpack {archive.name} again.")
    temporary = folder.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        temporary.mkdir(parents=True)
        extract(archive, temporary, _Guard(archive, limit_bytes, limit_files))
        os.replace(_top_folder(temporary) if drop_top_folder else temporary, folder)
    except _DAMAGE as error:
        raise UserError(
            f"{archive}: is damaged, cut short or not a {_kind(archive)} archive ({error}); "
            "delete it and fetch it again."
        ) from error
    except OSError as error:
        raise UserError(
            f"{folder}: {archive.name} cannot be unpacked there ({error.strerror or error}); "
            "make room or permission for it, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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


class _Guard:
    """Looks at each entry before it is unpacked."""

    def __init__(self, archive: Path, limit_bytes: int, limit_files: int):
        self.archive = archive
        self.limit_bytes = limit_bytes
        self.limit_files = limit_files
        self.bytes = 0
        self.entries = 0
        self.files: set[PurePosixPath] = set()
        self.folders: set[PurePosixPath] = set()

    def admit(self, name: str, size: int, kind: str) -> None:
        """kind: `file`, `folder`, or what else it is. Raises UserError for what does not belong."""
        path = PurePosixPath(name)
        windows = PureWindowsPath(name)
        # An archive is judged alike on every system.
        if path.is_absolute() or windows.drive or windows.root:
            raise self._refusal(f"has an absolute name, {name!r}")
        if ".." in windows.parts:
            raise self._refusal(f"has a name that leads out of its folder, {name!r}")
        if "\\" in name or "\0" in name:
            raise self._refusal(f"has a name with a backslash or a zero in it, {name!r}")
        if kind not in ("file", "folder"):
            raise self._refusal(f"holds {kind}, {name!r}")
        self._count(size)
        if kind == "folder":
            taken = path in self.files
            self.folders.add(path)
        else:
            taken = path in self.files or path in self.folders or not path.parts
            self.files.add(path)
        if taken or any(parent in self.files for parent in path.parents):
            raise self._refusal(f"holds two entries called {name!r}")
        self.folders.update(path.parents)

    def _count(self, size: int) -> None:
        self.entries += 1
        if self.entries > self.limit_files:
            raise self._refusal(f"holds more than {self.limit_files:,} entries")
        self.bytes += max(size, 0)  # a header may state a negative one
        if self.bytes > self.limit_bytes:
            raise self._refusal(f"unpacks to more than {self.limit_bytes:,} bytes")

    def _refusal(self, what: str) -> UserError:
        return UserError(f"{self.archive}: {what}, so it was not unpacked; get the archive from a source you trust.")


def _extract_zip(archive: Path, folder: Path, guard: _Guard) -> None:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            # orig_filename: zipfile mends names in `filename`, and a name that needs mending is refused here
            guard.admit(info.orig_filename, info.file_size, _zip_kind(info))
        # Only after all names were looked at: reading stops at the size that an entry states, so that the sum
        # above bounds what is written, and its CRC is checked at the end.
        for info in file.infolist():
            file.extract(info, folder)


def _zip_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 1:
        return "an encrypted file"
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return "a link"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a device"
    return "folder" if info.is_dir() else "file"


def _extract_tar(archive: Path, folder: Path, guard: _Guard) -> None:
    with gzip.open(archive) as stream:
        with tarfile.open(fileobj=stream, mode="r:") as file:
            # On Pythons older than 3.11.4, which have no filters, the guard alone has to do.
            file.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            for member in file:
                # The size is looked at before the content is decompressed.
                guard.admit(member.name, member.size, _tar_kind(member))
                file.extract(member, folder, set_attrs=False)
            # tarfile takes a damaged or missing header for the end; the true end is a block of zeros.
            stream.seek(file.offset)
            if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise tarfile.ReadError("unexpected end of data")
        for chunk in _rest(stream):
            # gzip compares its CRC only at the end, which tarfile does not read; nothing may hide there either.
            if chunk.strip(b"\0"):
                raise tarfile.ReadError("something follows the end of the archive")


def _rest(stream) -> Iterator[bytes]:
    read = 0
    while chunk := stream.read(_CHUNK):
        read += len(chunk)
        if read > 64 * _CHUNK:
            raise tarfile.ReadError("padding follows the end of the archive")
        yield chunk


def _tar_kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    if member.isdir():
        return "folder"
    return "file" if member.isreg() else "a device"
