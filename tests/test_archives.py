"""Archives made to do harm, archives cut short, and manifests of what they held."""

import gzip
import hashlib
import io
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from helpers.measured import run_measured

from aiart.cli import main
from aiart.datasets import catalogue
from aiart.datasets.archives import check_counts, unpack
from aiart.datasets.files import RemoteFile
from aiart.datasets.manifest import ManifestEntry, read_manifest, write_manifest
from aiart.errors import UserError

GOOD = {"set/trainA/1.jpg": b"one" * 1000, "set/trainA/2.jpg": b"two", "set/trainB/1.jpg": b"", "set/readme.txt": b"r"}
DISTRUST = "so it was not unpacked; get the archive from a source you trust."


def make_zip(path, entries=(), members=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in dict(entries).items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        for info, content in members:
            file.writestr(info, content)
    return path


def make_tar(path, entries=(), members=()):
    with tarfile.open(path, "w:gz") as file:
        for name, content in dict(entries).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for info, content in members:
            file.addfile(info, io.BytesIO(content))
    return path


def make(path, *args, **kwargs):
    return (make_zip if path.suffix == ".zip" else make_tar)(path, *args, **kwargs)


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refusal(archive, tmp_path, **limits):
    """The one sentence; nothing is written anywhere."""
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(UserError) as error:
        unpack(archive, tmp_path / "out" / "folder", **limits)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    return str(error.value)


archives = pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz", "A.ZIP"])
def test_good_archives(tmp_path, name):
    archive = tmp_path / name
    (make_zip if name.lower().endswith("zip") else make_tar)(archive, GOOD)
    unpack(archive, tmp_path / "whole")
    assert tree(tmp_path / "whole") == GOOD
    unpack(archive, tmp_path / "new" / "inside", drop_top_folder=True)
    assert tree(tmp_path / "new" / "inside") == {k.removeprefix("set/"): v for k, v in GOOD.items()}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "new", "whole"])
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["inside"]


@archives
def test_exactly_at_the_limits(tmp_path, name):
    unpack(make(tmp_path / name, GOOD), tmp_path / "out", limit_files=4, limit_bytes=3004)
    assert tree(tmp_path / "out") == GOOD


@archives
def test_two_top_folders_stay(tmp_path, name):
    entries = {"a/1": b"1", "b/1": b"2"}
    unpack(make(tmp_path / name, entries), tmp_path / "out", drop_top_folder=True)
    assert tree(tmp_path / "out") == entries


def test_what_macos_adds_does_not_count_as_a_top_folder(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"set/1": b"1", "__MACOSX/set/._1": b"x", ".DS_Store": b"x"})
    unpack(archive, tmp_path / "out", drop_top_folder=True)
    assert tree(tmp_path / "out") == {"1": b"1"}


def test_a_tar_of_the_current_folder(tmp_path):
    root = tarfile.TarInfo(".")
    root.type = tarfile.DIRTYPE
    inner = tarfile.TarInfo("./sub")
    inner.type = tarfile.DIRTYPE
    archive = make_tar(tmp_path / "a.tgz", {"./x": b"1", "./sub/y": b"2"}, [(root, b""), (inner, b"")])
    unpack(archive, tmp_path / "out")
    assert tree(tmp_path / "out") == {"x": b"1", "sub/y": b"2"}


def test_a_tar_cannot_set_owners_modes_or_dates(tmp_path):
    info = tarfile.TarInfo("tool")
    info.mode, info.mtime, info.uid, info.size = 0o4777, 1, 12345, 1
    unpack(make_tar(tmp_path / "a.tgz", members=[(info, b"x")]), tmp_path / "out")
    found = (tmp_path / "out" / "tool").stat()
    assert stat.S_IMODE(found.st_mode) & 0o7133 == 0
    assert found.st_mtime > 1e9
    assert found.st_uid == os.getuid()


@archives
@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("../evil", "has a name that leads out of its folder, '../evil'"),
        ("a/../../evil", "has a name that leads out of its folder, 'a/../../evil'"),
        ("a/..", "has a name that leads out of its folder, 'a/..'"),
        ("..\\evil", "has a name that leads out of its folder, '..\\\\evil'"),
        ("/evil", "has an absolute name, '/evil'"),
        ("//evil", "has an absolute name, '//evil'"),
        ("C:evil", "has an absolute name, 'C:evil'"),
        ("\\evil", "has an absolute name, '\\\\evil'"),
        ("a\\evil", "has a name with a backslash or a zero in it, 'a\\\\evil'"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path, name, entry, what):
    archive = make(tmp_path / name, {"good.txt": b"1", entry: b"evil"})
    assert refusal(archive, tmp_path) == f"{archive}: {what}, {DISTRUST}"


@pytest.mark.parametrize(
    ("kind", "target"), [(tarfile.SYMTYPE, "/etc"), (tarfile.SYMTYPE, "good"), (tarfile.LNKTYPE, "good")]
)
def test_links_in_tar(tmp_path, kind, target):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = kind, target
    archive = make_tar(tmp_path / "a.tar.gz", {"good": b"1"}, [(link, b"")])
    assert refusal(archive, tmp_path) == f"{archive}: holds a link, 'link', {DISTRUST}"


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_in_tar(tmp_path, kind):
    device = tarfile.TarInfo("null")
    device.type = kind
    archive = make_tar(tmp_path / "a.tar.gz", members=[(device, b"")])
    assert refusal(archive, tmp_path) == f"{archive}: holds a device, 'null', {DISTRUST}"


@pytest.mark.parametrize(
    ("mode", "what"), [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "a device"), (stat.S_IFCHR, "a device")]
)
def test_links_and_devices_in_zip(tmp_path, mode, what):
    info = zipfile.ZipInfo("x")
    info.create_system, info.external_attr = 3, (mode | 0o777) << 16
    archive = make_zip(tmp_path / "a.zip", {"good": b"1"}, [(info, b"/etc/passwd")])
    assert refusal(archive, tmp_path) == f"{archive}: holds {what}, 'x', {DISTRUST}"


def test_encrypted_zip(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"secret": b"1"})
    raw = bytearray(archive.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    assert refusal(archive, tmp_path) == f"{archive}: holds an encrypted file, 'secret', {DISTRUST}"


@archives
@pytest.mark.parametrize("second", ["a/x", "./a/x", "a//x", "a/x/y", "a"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_occur_twice(tmp_path, name, second):
    member = zipfile.ZipInfo(second) if name == "a.zip" else tarfile.TarInfo(second)
    archive = make(tmp_path / name, {"a/x": b""}, [(member, b"")])
    assert refusal(archive, tmp_path) == f"{archive}: holds two entries called {second!r}, {DISTRUST}"


@archives
def test_bomb_by_size(tmp_path, name):
    archive = make(tmp_path / name, {"1": b"x", "zeros": bytes(5_000_000)})
    assert archive.stat().st_size < 20_000
    assert refusal(archive, tmp_path, limit_bytes=5_000_000) == (
        f"{archive}: unpacks to more than 5,000,000 bytes, {DISTRUST}"
    )


@archives
def test_bomb_by_number(tmp_path, name):
    archive = make(tmp_path / name, {str(n): b"" for n in range(11)})
    assert refusal(archive, tmp_path, limit_files=10) == f"{archive}: holds more than 10 entries, {DISTRUST}"


def test_bomb_behind_the_end_of_a_tar(tmp_path):
    archive = make_tar(tmp_path / "a.tar.gz", {"1": b"x"})
    plain = gzip.decompress(archive.read_bytes())
    for more, what in [(bytes(80 << 20), "padding"), (b"x", "something")]:
        archive.write_bytes(gzip.compress(plain + more, 1))
        assert f"({what} follows the end of the archive)" in refusal(archive, tmp_path)


def test_a_zip_that_states_too_small_a_size(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"zeros": bytes(1_000_000)})
    raw = archive.read_bytes()
    # 1 byte, in the entry and in the directory
    archive.write_bytes(raw.replace((1_000_000).to_bytes(4, "little"), (1).to_bytes(4, "little")))
    assert "is damaged, cut short or not a .zip archive (Bad CRC-32 for file 'zeros')" in refusal(archive, tmp_path)


def damage(archive, error):
    kind = ".zip" if archive.suffix == ".zip" else ".tar.gz"
    return f"{archive}: is damaged, cut short or not a {kind} archive ({error}); delete it and fetch it again."


NOISE = {f"{n}.bin": hashlib.sha256(bytes([n])).digest() * 50 for n in range(20)}


# ---- headers that do harm


HEADERS = "has headers larger than any that belong to files"


@archives
@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("/".join("d" * 1500) + "/x", "has a name of 3,001 bytes, 'd/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/'…"),
        ("/".join("d" * 100), "nests folders 100 deep, 'd/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/'…"),
        ("a/" + "n" * 300, f"has a name of 302 bytes, 'a/{'n' * 38}'…"),
        ("ä" * 128, f"has a name of 256 bytes, '{'ä' * 40}'…"),
        ("../" + "n" * 2000, f"has a name of 2,003 bytes, '../{'n' * 37}'…"),
        (".", "has a file without a name, '.'"),
        ("", "has a file without a name, ''"),
    ],
    ids=["deep and long", "deep", "long", "long in UTF-8", "long and outside", "dot", "empty"],
)
def test_names_that_no_file_system_takes(tmp_path, name, entry, what):
    archive = make(tmp_path / name, {"good.txt": b"1", entry: b"x"})
    assert refusal(archive, tmp_path) == f"{archive}: {what}, {DISTRUST}"


def test_names_that_are_not_utf8(tmp_path):
    archive = make_tar(tmp_path / "a.tar.gz", {"\udcffpicture.jpg": b"x"})
    assert refusal(archive, tmp_path) == f"{archive}: has a name that is not UTF-8, '\\udcffpicture.jpg', {DISTRUST}"


def test_more_folders_than_entries_may_be(tmp_path):
    entries = {f"{n}/b/c/d/e/f/g/h/i/j": b"" for n in range(20)}
    archive = make_zip(tmp_path / "a.zip", entries)
    assert refusal(archive, tmp_path, limit_files=20) == f"{archive}: holds more than 20 entries, {DISTRUST}"


def test_names_of_many_bytes_together(tmp_path):
    archive = make_tar(tmp_path / "a.tgz", {f"{n:0250}/{n:0250}/{n:0250}": b"" for n in range(100)})
    assert "has names of more than" in refusal(archive, tmp_path, limit_files=100)


def raw_header(kind, size, name=b"x"):
    header = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT))
    header[: len(name)], header[156:157], header[124:136] = name, kind, b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_of_hundreds_of_megabytes(tmp_path, kind):
    archive, size = tmp_path / "a.tar.gz", 300 << 20
    with gzip.open(archive, "wb", 1) as file:
        file.write(raw_header(kind, size))
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
        file.write(raw_header(b"0", 0) + bytes(1024))
    code = "import sys; from aiart.datasets.archives import unpack; unpack(*sys.argv[1:])"
    ended = run_measured(code, archive, tmp_path / "out" / "folder")
    assert f"{archive}: {HEADERS}, {DISTRUST}" in ended.errors
    assert ended.peak < 100 << 20
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_chain_of_headers(tmp_path, kind):
    content = {tarfile.GNUTYPE_LONGNAME: b"name\0"}.get(kind, b"12 path=abc\n")
    link = raw_header(kind, len(content)) + content.ljust(512, b"\0")
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(link * 5000 + raw_header(b"0", 0) + bytes(1024)))
    said = refusal(archive, tmp_path)
    assert said in (
        f"{archive}: {HEADERS}, {DISTRUST}",
        f"{archive}: has a longer chain of headers than any file needs, {DISTRUST}",
    )


def test_thousands_of_global_attributes(tmp_path):
    content = b"".join(b"12 k%04d=xy\n" % n for n in range(2000))
    archive = tmp_path / "a.tar.gz"
    padded = content.ljust(-(-len(content) // 512) * 512, b"\0")
    plain = raw_header(tarfile.XGLTYPE, len(content)) + padded + raw_header(b"0", 0) + bytes(1024)
    archive.write_bytes(gzip.compress(plain))
    assert refusal(archive, tmp_path) == f"{archive}: {HEADERS}, {DISTRUST}"


def test_an_honest_global_attribute(tmp_path):
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", pax_headers={"comment": "a commit"}) as file:
        info = tarfile.TarInfo("n" * 200)
        info.size = 1
        file.addfile(info, io.BytesIO(b"1"))
    unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert tree(tmp_path / "out") == {"n" * 200: b"1"}


@pytest.mark.parametrize("attributes", [
    {"GNU.sparse.map": "0,1,9999999,1", "GNU.sparse.size": "10000000", "GNU.sparse.name": "a"},
    {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a", "GNU.sparse.realsize": "10"},
])  # fmt: skip
def test_sparse_files(tmp_path, attributes):
    info = tarfile.TarInfo("a")
    info.pax_headers, content = attributes, b"1\n0\n1\n".ljust(512, b"\0") + b"x"
    info.size = len(content)
    archive = make_tar(tmp_path / "a.tar.gz", members=[(info, content)])
    assert refusal(archive, tmp_path) == f"{archive}: holds a sparse file, 'a', {DISTRUST}"


def test_a_zip_directory_of_more_than_its_entries_take(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for n in range(40):
            info = zipfile.ZipInfo(f"{n}")
            info.comment = bytes(60_000)
            file.writestr(info, b"")
    assert refusal(archive, tmp_path, limit_files=100) == f"{archive}: {HEADERS}, {DISTRUST}"


@pytest.mark.parametrize("method", [9, 93, 99])
def test_methods_of_compression_that_python_lacks(tmp_path, method):
    archive = make_zip(tmp_path / "a.zip", {"a": b"1"})
    raw = bytearray(archive.read_bytes())
    for place in (8, raw.index(b"PK\x01\x02") + 10):
        raw[place : place + 2] = method.to_bytes(2, "little")
    archive.write_bytes(raw)
    assert refusal(archive, tmp_path) == (
        f"{archive}: compresses 'a' by method {method}, which is not supported; pack it again by the usual one, "
        "Deflate."
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_content_is_blamed_on_the_archive(tmp_path, method):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("a", b"".join(NOISE.values()))
    raw = bytearray(archive.read_bytes())
    raw[60:400] = bytes(340)
    archive.write_bytes(raw)
    assert f"{archive}: is damaged, cut short or not a .zip archive (" in refusal(archive, tmp_path)


def test_an_entry_said_to_lie_before_the_archive(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"a": b"1"})
    raw = bytearray(archive.read_bytes())
    place = raw.index(b"PK\x05\x06") + 16
    raw[place : place + 4] = (5000).to_bytes(4, "little")  # of the directory, from which entries are counted
    archive.write_bytes(raw)
    assert refusal(archive, tmp_path).startswith(f"{archive}: is damaged, cut short or not a .zip archive (")


@archives
def test_an_archive_that_may_not_be_read(tmp_path, name, monkeypatch):
    archive = make(tmp_path / name, GOOD)

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("gzip.open", refuse)  # root may read everything, so modes would not do
        patch.setattr("pathlib.Path.open", refuse)
        with pytest.raises(UserError) as error:
            unpack(archive, tmp_path / "out")
    assert str(error.value) == f"{archive}: cannot be read (Permission denied); give yourself permission for it."


def test_a_folder_in_place_of_an_archive(tmp_path):
    (tmp_path / "a.zip").mkdir()
    assert refusal(tmp_path / "a.zip", tmp_path) == f"{tmp_path / 'a.zip'}: is no file; fetch it or give its path."


def test_an_archive_in_an_archive(tmp_path):
    archive = make_tar(tmp_path / "a.tar.gz", NOISE)
    archive.write_bytes(gzip.compress(archive.read_bytes()))
    assert f"{archive}: is damaged, cut short or not a .tar.gz archive (" in refusal(archive, tmp_path)


def test_entries_that_the_file_system_does_not_tell_apart(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / "a.zip", {"a/picture.jpg": b"1", "a/PICTURE.JPG": b"2"})
    unpack(archive, tmp_path / "both")
    assert len(tree(tmp_path / "both")) == 2
    real = Path.open

    def small_letters(path, *args, **kwargs):
        return real(path.with_name(path.name.lower()), *args, **kwargs)

    monkeypatch.setattr(Path, "open", small_letters)
    assert refusal(archive, tmp_path) == (
        f"{archive}: holds two entries that come to lie at one place, 'PICTURE.JPG', {DISTRUST}"
    )


@archives
@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.999])
def test_truncated(tmp_path, name, keep):
    archive = make(tmp_path / name, NOISE)
    raw = archive.read_bytes()
    archive.write_bytes(raw[: int(len(raw) * keep)])
    error = "File is not a zip file"
    if name == "a.tar.gz":
        error = "Compressed file ended before the end-of-stream marker was reached"
    assert refusal(archive, tmp_path) == damage(archive, error)


@archives
def test_a_flipped_byte_is_noticed_or_harmless(tmp_path, name):
    entries = {"a.bin": NOISE["1.bin"]}
    archive = make(tmp_path / name, entries)
    raw = archive.read_bytes()
    noticed = 0
    for position in range(len(raw)):
        if name == "a.zip" and not 35 <= position < raw.index(b"PK\x01\x02"):
            continue  # names, dates and modes have no checksum in a zip
        archive.write_bytes(raw[:position] + bytes([raw[position] ^ 0x55]) + raw[position + 1 :])
        try:
            unpack(archive, tmp_path / "out")
        except UserError:
            noticed += 1
        else:  # padding, or the name and date of the .tar within the .gz
            assert tree(tmp_path / "out") == entries
            shutil.rmtree(tmp_path / "out")
    assert noticed >= 50


def test_a_tar_whose_inside_is_cut_short(tmp_path):
    archive = make_tar(tmp_path / "a.tar.gz", NOISE)
    plain = gzip.decompress(archive.read_bytes())
    # in a file, in a header, between two entries, and with a header damaged
    for cut in (plain[:1000], plain[:3000], plain[:2560], plain[:2600] + b"x" + plain[2601:]):
        archive.write_bytes(gzip.compress(cut))
        assert refusal(archive, tmp_path) == damage(archive, "unexpected end of data")


@archives
@pytest.mark.parametrize("content", [b"", b"<html>not here</html>", b"PK\x03\x04", b"\x1f\x8b\x08\x00"])
def test_what_is_no_archive(tmp_path, name, content):
    archive = tmp_path / name
    archive.write_bytes(content)
    assert f"{archive}: is damaged, cut short or not a " in refusal(archive, tmp_path)


def test_one_kind_under_the_name_of_the_other(tmp_path):
    archive = make_zip(tmp_path / "b.zip", GOOD).rename(tmp_path / "a.tar.gz")
    assert refusal(archive, tmp_path) == damage(archive, "Not a gzipped file (b'PK')")


def test_other_kinds_and_none(tmp_path):
    assert refusal(tmp_path / "a.rar", tmp_path) == (
        f"{tmp_path / 'a.rar'}: cannot be unpacked; use an archive that ends in .zip, .tar.gz or .tgz."
    )
    assert refusal(tmp_path / "a.zip", tmp_path) == (
        f"{tmp_path / 'a.zip'}: no such archive; fetch it or give its path."
    )


@archives
def test_what_is_there_is_not_overwritten(tmp_path, name):
    archive = make(tmp_path / name, GOOD)
    folder = tmp_path / "mine"
    folder.mkdir()
    unpack(archive, folder)  # empty, so it may
    (folder / "work.txt").write_text("mine")
    with pytest.raises(UserError) as error:
        unpack(archive, folder)
    assert str(error.value) == f"{folder}: is there already; delete it to unpack {name} again."
    assert tree(folder) == GOOD | {"work.txt": b"mine"}


@archives
def test_a_folder_that_cannot_be_made(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=f"{name} cannot be unpacked there \\(Not a directory\\); make room"):
        unpack(make(tmp_path / name, GOOD), tmp_path / "file" / "x")


# ---- counts


def fill(folder, **counts):
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / ".DS_Store").write_text("")
        for number in range(count):
            (folder / name / f"{number}.jpg").write_text(str(number))
    return folder


def test_counts(tmp_path):
    fill(tmp_path, train=3, val=0)
    check_counts(tmp_path, {"train": 3, "val": 0})
    check_counts(tmp_path, {})
    for expected, message in [
        ({"train": 1004}, f"{tmp_path / 'train'}: holds 3 files instead of 1,004; "),
        ({"train": 3, "val": 1}, f"{tmp_path / 'val'}: holds 0 files instead of 1; "),
        ({"test": 2}, f"{tmp_path / 'test'}: is missing, and should hold 2 files; "),
    ]:
        with pytest.raises(UserError) as error:
            check_counts(tmp_path, expected)
        assert str(error.value) == f"{message}delete {tmp_path} and fetch it again."


# ---- manifests


def digest(content):
    return hashlib.sha256(content).hexdigest()


def test_manifest(tmp_path):
    folder = tmp_path / "data"
    for name, content in {"b/2.jpg": b"two", "b/10.jpg": b"", "a b.txt": b"x", "B/ö\t1.jpg": b"y"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for hidden in (".snakemake_timestamp", "b/.DS_Store", ".cache/x"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        (folder / hidden).write_text("changes")
    path = folder / "manifest.tsv"
    write_manifest(folder, path)
    assert path.read_bytes().decode() == (
        "path\tsha256\tbytes\n"
        f'"B/ö\t1.jpg"\t{digest(b"y")}\t1\n'
        f"a b.txt\t{digest(b'x')}\t1\n"
        f"b/10.jpg\t{digest(b'')}\t0\n"
        f"b/2.jpg\t{digest(b'two')}\t3\n"
    )
    assert read_manifest(path)[0] == ManifestEntry("B/ö\t1.jpg", digest(b"y"), 1)
    before = path.read_bytes()
    (folder / ".snakemake_timestamp").write_text("changed")
    write_manifest(folder, path)  # the manifest does not list itself
    assert path.read_bytes() == before
    (folder / "b/2.jpg").write_bytes(b"tow")
    write_manifest(folder, path)
    assert path.read_bytes() == before.replace(digest(b"two").encode(), digest(b"tow").encode())


def test_manifest_of_one_file(tmp_path):
    (tmp_path / "vgg19.h5").write_bytes(b"weights")
    write_manifest(tmp_path / "vgg19.h5", tmp_path / "m.tsv")
    assert read_manifest(tmp_path / "m.tsv") == [ManifestEntry("vgg19.h5", digest(b"weights"), 7)]


def test_manifests_of_nothing(tmp_path):
    for source, message in [
        (tmp_path / "absent", "no such file or folder, so no manifest of it can be written."),
        (tmp_path, "holds no files, so no manifest of it can be written; put its files there first."),
    ]:
        with pytest.raises(UserError) as error:
            write_manifest(source, tmp_path / "m.tsv")
        assert str(error.value) == f"{source}: {message}"
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a manifest, for it lacks the header `path sha256 bytes`; make it again."),
        (b"a,b\n", "is not a manifest, for it lacks the header `path sha256 bytes`; make it again."),
        (b"path\tsha256\tbytes\na\tb\t1\n", "row 2 is damaged; make the manifest again."),
        (b"path\tsha256\tbytes\na\t" + b"0" * 64 + b"\n", "row 2 is damaged; make the manifest again."),
        (b"path\tsha256\tbytes\na\t" + b"0" * 64 + b"\t-1\n", "row 2 is damaged; make the manifest again."),
    ],
)
def test_what_is_no_manifest(tmp_path, content, message):
    path = tmp_path / "m.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_manifest(path)
    assert str(error.value) == f"{path}: {message}"


def test_unreadable_manifests(tmp_path):
    (tmp_path / "m.tsv").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "m.tsv", tmp_path / "absent"):
        with pytest.raises(UserError, match="cannot be read as a manifest"):
            read_manifest(path)


# ---- the command, with an archive got by hand


@pytest.fixture
def by_hand(tmp_path, monkeypatch):
    archive = make_tar(tmp_path / "handmade.tar.gz", GOOD)
    file = RemoteFile(archive.name, (), archive.stat().st_size, digest(archive.read_bytes()), note="ask its owner")
    dataset = catalogue.Dataset(file, "unpaired", {"trainA": 2, "trainB": 1}, unpacked_limit=10_000)
    monkeypatch.setitem(catalogue.DATASETS, "handmade", dataset)
    return archive


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["fetch", "dataset", "handmade", *map(str, arguments)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_command_says_where_to_put_a_copy_and_takes_it(by_hand, tmp_path, capsys):
    folder, manifest = tmp_path / "sets" / "handmade", tmp_path / "sets" / "handmade.tsv"
    expected = digest(by_hand.read_bytes())
    code, _, err = run(capsys, "-o", folder, "--manifest", manifest)
    place = tmp_path / "sets" / "handmade.tar.gz"
    assert (code, err) == (
        1,
        "aiart fetch: handmade.tar.gz is not offered for download (ask its owner); put a copy with sha256 "
        f"{expected} ({by_hand.stat().st_size:,} bytes) at {place} and run the command again.\n",
    )
    place.parent.mkdir()
    place.write_bytes(by_hand.read_bytes())
    code, out, err = run(capsys, "-o", folder, "--manifest", manifest)
    assert (code, err) == (0, "")
    assert tree(folder) == {k.removeprefix("set/"): v for k, v in GOOD.items()}
    assert [e.path for e in read_manifest(manifest)] == ["readme.txt", "trainA/1.jpg", "trainA/2.jpg", "trainB/1.jpg"]
    assert place.is_file()
    code, out, _ = run(capsys, "-o", folder)
    assert code == 0
    assert f"{folder}: there already" in out
    (folder / "trainA" / "2.jpg").unlink()
    code, _, err = run(capsys, "-o", folder)
    assert code == 1
    assert "holds 1 files instead of 2" in err


def test_command_takes_an_archive_from_elsewhere(by_hand, tmp_path, capsys):
    code, _, _ = run(capsys, "-o", tmp_path / "x", "--archive", by_hand)
    assert code == 0
    assert (tmp_path / "x" / "trainA" / "2.jpg").read_bytes() == b"two"
