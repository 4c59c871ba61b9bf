"""What is not a scan is refused in one sentence that names the file and says what to do."""

import gzip
import zipfile
from pathlib import Path

import pytest

from engine.errors import RespinError, UnreadableScan, UnsupportedScan
from engine.files import read
from engine.sniff import Format, sniff
from tests.phantoms import write_phantom


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound .nii file."""
    return write_phantom(tmp_path_factory.mktemp("sound") / "a.nii", shape=(12, 14, 16)).read_bytes()


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(RespinError) as caught:
        read(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty (0 bytes)"),
        (b"<!DOCTYPE html><html>" + b" " * 600, "is a web page"),
        (b"subject,age\n1,44\n" * 60, "is text"),
        (bytes(range(256)) * 4, "is not a scan that Respin knows"),
        (b"\x1f\x8b\x08\0", "is damaged"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xfe" * 400, "is damaged"),
    ],
)
def test_what_only_calls_itself_a_scan_is_refused(tmp_path: Path, content: bytes, said: str):
    assert said in refusal(tmp_path / "case.nii.gz", content)


def test_a_truncated_nii_is_refused_with_the_numbers(tmp_path: Path, scan: bytes):
    said = refusal(tmp_path / "a.nii", scan[:-1000])
    assert f"promises {len(scan):,} bytes and the file has {len(scan) - 1000:,}" in said


def test_a_header_cut_short_is_refused(tmp_path: Path, scan: bytes):
    assert "header is damaged" in refusal(tmp_path / "a.nii", scan[:200])


def test_a_truncated_gzip_is_refused(tmp_path: Path, scan: bytes):
    assert "is damaged" in refusal(tmp_path / "a.nii.gz", gzip.compress(scan)[:-400])


def test_a_gzip_that_breaks_half_way_is_refused(tmp_path: Path, scan: bytes):
    packed = bytearray(gzip.compress(scan))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    assert "is damaged" in refusal(tmp_path / "a.nii.gz", bytes(packed))


@pytest.mark.parametrize("side", [12, 90])
def test_a_gzip_whose_checksum_fails_is_refused(tmp_path: Path, side: int):
    sound = write_phantom(tmp_path / "sound.nii", shape=(side, side, side)).read_bytes()
    packed = bytearray(gzip.compress(sound, 1))
    packed[-6] ^= 0xFF
    assert "is damaged" in refusal(tmp_path / "a.nii.gz", bytes(packed))


@pytest.mark.parametrize(("name", "pack"), [("a.nii.gz", bytes), ("a.nii", gzip.compress)])
def test_the_content_counts_and_not_the_name(tmp_path: Path, scan: bytes, name: str, pack: type[bytes]):
    (tmp_path / name).write_bytes(pack(scan))
    found = read(tmp_path / name)
    assert found.volume.shape == (12, 14, 16)
    assert "read as what it is" in found.warnings[0]


@pytest.mark.parametrize("magic", [b"ni1\0", bytes(4)])
def test_one_half_of_a_pair_is_refused(tmp_path: Path, scan: bytes, magic: bytes):
    said = refusal(tmp_path / "a.hdr", scan[:344] + magic + scan[348:])
    assert ".hdr/.img pair" in said


def test_a_nifti_without_its_mark_is_no_analyze(tmp_path: Path, scan: bytes):
    assert "header is damaged" in refusal(tmp_path / "a.nii", scan[:344] + bytes(4) + scan[348:])


def test_a_missing_file_and_a_folder_with_nothing_are_refused(tmp_path: Path):
    with pytest.raises(UnreadableScan, match=r"none\.nii is not there"):
        read(tmp_path / "none.nii")
    with pytest.raises(UnreadableScan, match="is empty"):
        read(tmp_path)
    with pytest.raises(UnreadableScan, match="is a folder"):
        sniff(tmp_path)


def test_no_permission_is_said_in_words(tmp_path: Path, scan: bytes, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.nii").write_bytes(scan)

    def forbid(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)  # root may open anything, so the system cannot say it
    with pytest.raises(UnreadableScan, match=r"a\.nii cannot be read: you have no permission"):
        read(tmp_path / "a.nii")


def test_other_formats_are_known_by_their_first_bytes(tmp_path: Path):
    heads = {
        Format.NRRD: b"NRRD0005\ntype: short\n",
        Format.METAIMAGE: b"ObjectType = Image\nNDims = 3\n",
        Format.DICOM: bytes(128) + b"DICM" + bytes(64),
        Format.MGH: b"\0\0\0\1" + bytes(400),
    }
    for kind, head in heads.items():
        (tmp_path / "a").write_bytes(head)
        assert sniff(tmp_path / "a").format is kind
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("1.dcm", b"")
    assert sniff(tmp_path / "a.zip").format is Format.DICOM_ZIP


def test_more_than_can_be_worked_on_is_refused_before_it_is_allocated(tmp_path: Path, scan: bytes):
    (tmp_path / "a.nii").write_bytes(scan)
    with pytest.raises(UnsupportedScan, match=r"a\.nii needs 9 GB of memory"):
        sniff(tmp_path / "a.nii").check_memory(9 * 10**9)


@pytest.mark.parametrize("name", ["q.nii", "q.img", "q"])
def test_the_header_of_a_pair_under_another_name_is_refused(tmp_path: Path, scan: bytes, name: str):
    said = refusal(tmp_path / name, scan[:344] + b"ni1\0" + scan[348:])
    assert said == f"{name} is one half of a .hdr/.img pair; name it .hdr, beside its .img file."
