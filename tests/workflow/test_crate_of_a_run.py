"""The crate of a gallery that `dvc repro` made, as whoever downloads it has it."""

from __future__ import annotations

import json
import zipfile

import pytest
import requests
from helpers.checkout import Checkout

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(repository, tmp_path_factory):
    path = tmp_path_factory.mktemp("crate") / "gallery.crate.zip"
    repository.checkout.run(
        "src/aiart/bin/aiart", "crate", "-o", str(path), "--author", "Ada Lovelace", "--license", "CC-BY-4.0"
    )
    return path


def test_unpacked_it_is_a_checkout_in_which_there_is_nothing_to_do(archive, tmp_path):
    # As `unzip` does it: with links and modes.
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            mode, target = entry.external_attr >> 16, tmp_path / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            if mode & 0o170000 == 0o120000:
                target.symlink_to(packed.read(entry).decode())
            elif not entry.is_dir():
                target.write_bytes(packed.read(entry))
                target.chmod(mode & 0o777)
    assert "Nothing to be done" in Checkout(tmp_path).run("snakemake", "-n")


def test_made_again_it_has_the_same_bytes(archive, repository, tmp_path):
    again = tmp_path / "again.zip"
    repository.checkout.run(
        "src/aiart/bin/aiart", "crate", "-o", str(again), "--author", "Ada Lovelace", "--license", "CC-BY-4.0"
    )
    assert again.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize("profile", ["workflow-run-crate", "workflow-ro-crate"])
def test_a_validator_accepts_it(archive, profile, monkeypatch):
    models = pytest.importorskip("rocrate_validator.models", reason="needs `pip install -e .[crate]`")
    services = pytest.importorskip("rocrate_validator.services")
    context = _context()

    def answer(session, request, **options):
        """The context alone is there, without a network: whatever else is asked for is not."""
        found = requests.Response()
        found.request, found.url = request, request.url
        found.status_code, found._content = (200, context) if request.url == CONTEXT else (404, b"")
        found.headers["Content-Type"] = "application/ld+json"
        return found

    monkeypatch.setattr(requests.Session, "send", answer)
    settings = models.ValidationSettings(
        rocrate_uri=models.URI(str(archive)),
        profile_identifier=profile,
        requirement_severity=models.Severity.REQUIRED,
        no_cache=True,
    )
    result = services.validate(settings)
    assert not result.has_issues(), [issue.message for issue in result.get_issues()]


CONTEXT = "https://w3id.org/ro/crate/1.1/context"
OF_SCHEMA_ORG = [
    "CreateAction",
    "CreativeWork",
    "ComputerLanguage",
    "Dataset",
    "Person",
    "PropertyValue",
    "SoftwareApplication",
    "SoftwareSourceCode",
    "about",
    "additionalType",
    "agent",
    "author",
    "codeRepository",
    "contentSize",
    "datePublished",
    "description",
    "encodingFormat",
    "exampleOfWork",
    "hasPart",
    "identifier",
    "instrument",
    "isPartOf",
    "license",
    "mainEntity",
    "mentions",
    "name",
    "object",
    "programmingLanguage",
    "result",
    "softwareVersion",
    "url",
    "value",
    "version",
    "workExample",
]
OF_BIOSCHEMAS = {
    **{name: f"https://bioschemas.org/{name}" for name in ("ComputationalWorkflow", "FormalParameter")},
    **{name: f"https://bioschemas.org/ComputationalWorkflow#{name}" for name in ("input", "output")},
}


def _context() -> bytes:
    """As much of it as a crate of ours takes; the validator refuses other terms."""
    others = {"File": "http://schema.org/MediaObject", "conformsTo": "http://purl.org/dc/terms/conformsTo"}
    terms = {name: f"http://schema.org/{name}" for name in OF_SCHEMA_ORG} | OF_BIOSCHEMAS | others
    return json.dumps({"@context": terms}).encode()
