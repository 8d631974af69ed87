"""A Gateway behind https is judged where its certificate is trusted, and only there."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from fixtures.serving import serving
from tests.plugin.conftest import Playing, Running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that signs itself, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate, and is not there")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost -keyout {path} -out {path}.crt"
    )
    subprocess.run([openssl, *words.split()], check=True, capture_output=True)
    with path.open("a") as whole:
        whole.write(Path(f"{path}.crt").read_text())
    return path


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def test_a_certificate_that_nobody_trusts_is_told_in_one_line(
    run: Running, playing: Playing, certificate: Path
) -> None:
    playing("met")
    with serving(tls=context(certificate)) as url:
        result = run(url)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: no Gateway can be reached at https://*CERTIF*"]
    )


def test_the_authority_that_was_named_is_trusted_for_rest_and_stream(
    run: Running, playing: Playing, certificate: Path
) -> None:
    playing("met")
    with serving(tls=context(certificate)) as url:
        assert run(url, "--gateway-ca", f"{certificate}.crt").ret == 0


def test_what_the_machine_trusts_is_trusted(
    run: Running,
    playing: Playing,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    playing("met")
    with serving(tls=context(certificate)) as url:
        assert run(url).ret == 0
