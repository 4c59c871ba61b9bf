"""Small sound files of everything that Respin reads, and how each is read: what the fuzzer damages."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.files import read
from tests.phantoms import phantom, write_phantom

SHAPE = (8, 10, 6)
_DATE = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Seed:
    """One sound input.

    content: its bytes; head: so many of them at the start say what the rest is
    use:     puts bytes where they are expected and has Respin read them
    wrapped: how the bytes inside a compressed file are taken out, and put back
    """

    content: bytes
    head: int
    use: Callable[[bytes], object]
    wrapped: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]] | None = None

    @property
    def inside(self) -> bytes:
        """What is damaged where the wrapping stays sound."""
        return self.wrapped[0](self.content) if self.wrapped else self.content


def seeds(folder: Path, family: str) -> dict[str, Seed]:
    """The kinds of input of one of FAMILIES by name, their neighbours laid out in `folder`."""
    place = folder / family
    place.mkdir(parents=True)
    return {f"{family}-{name}": seed for name, seed in _MAKERS[family](place)}


def _scan(path: Path, head: int, wrapped: Any = None) -> Seed:
    def use(content: bytes) -> object:
        path.write_bytes(content)
        return read(path)

    return Seed(path.read_bytes(), head, use, wrapped)


_GZIP = (gzip.decompress, lambda content: gzip.compress(content, 1, mtime=0))


def _nifti(folder: Path) -> Iterator[tuple[str, Seed]]:
    from nibabel.analyze import AnalyzeImage
    from nibabel.nifti1 import Nifti1Pair
    from nibabel.nifti2 import Nifti2Image

    made = phantom(SHAPE, orientation="LPS")
    yield "1", _scan(write_phantom(folder / "a.nii", made), 360)
    yield "1-gz", _scan(write_phantom(folder / "b.nii.gz", made), 360, _GZIP)
    labelled = Nifti2Image(np.stack([made.data, made.data], axis=-1), made.affine)
    labelled.header.set_sform(made.affine, 1)
    labelled.header.set_qform(made.affine, 1)
    labelled.to_filename(folder / "c.nii")
    content = (folder / "c.nii").read_bytes()
    yield "2-frames", Seed(content, 560, lambda damaged: _frame(folder / "c.nii", damaged))
    for name, kind in (("pair", Nifti1Pair), ("analyze", AnalyzeImage)):
        kind(made.data, made.affine).to_filename(folder / f"{name}.hdr")
        yield name, _scan(folder / f"{name}.hdr", 348)


def _frame(path: Path, content: bytes) -> object:
    path.write_bytes(content)
    return read(path, 1)


def _foreign(folder: Path) -> Iterator[tuple[str, Seed]]:
    from nibabel.freesurfer.mghformat import MGHImage

    from tests.engine.test_foreign import write_itk

    made = phantom(SHAPE, orientation="LPS")
    for name, wrapped in (("d.mgh", None), ("e.mgz", _GZIP)):
        MGHImage(made.data, made.affine).to_filename(folder / name)
        yield name[2:], _scan(folder / name, 300, wrapped)
    for name in ("f.nrrd", "g.mha", "h.mhd"):
        write_itk(folder / name, made)
        yield name[2:], _scan(folder / name, 500)
    taken_along = b"dim[0] = 3\npixdim[1] = 1\nqform_code_name = UNKNOWN\nsrow_x = -1 0 0 11.5\n"
    converted = folder / "converted.mha"
    converted.write_bytes((folder / "g.mha").read_bytes().replace(b"DimSize", taken_along + b"DimSize"))
    yield "mha-converted", _scan(converted, 600)
    head = "NRRD0004\ntype: short\ndimension: 3\nsizes: 8 10 6\nencoding: {}\nendian: little\n\n"
    for name, packed in (("raw", bytes), ("gzip", gzip.compress)):
        path = folder / f"{name}.nrrd"
        path.write_bytes(head.format(name).encode() + packed(made.data.tobytes(order="F")))
        yield f"nrrd-{name}", _scan(path, len(head))


def _dicom(folder: Path) -> Iterator[tuple[str, Seed]]:
    from tests.dicom_phantoms import enhanced, one_slice, pack, series

    made = phantom(SHAPE, orientation="LPS")
    frames = folder / "frames" / "a.dcm"
    frames.parent.mkdir()
    frames.write_bytes(enhanced(made, range(SHAPE[2])))
    yield "frames", _scan(frames, 1400)
    pack(folder / "b.zip", series(made), zipfile.ZIP_DEFLATED)
    yield "zip", _scan(folder / "b.zip", 300, (_first_of_zip, _zip_with))
    for name in ("plain", "rle", "jpeg"):
        place = folder / name
        place.mkdir()
        for k in range(SHAPE[2]):
            slice_ = one_slice(made, k, SeriesInstanceUID="1.2.3")
            (place / f"{k}.dcm").write_bytes(slice_ if name == "plain" else _packed(slice_, name))
        yield name, _in_folder(place / "2.dcm")


def _in_folder(path: Path) -> Seed:
    def use(content: bytes) -> object:
        path.write_bytes(content)
        return read(path.parent)

    return Seed(path.read_bytes(), 1000, use)


def _packed(slice_: bytes, kind: str) -> bytes:
    """The slice with its picture run-length encoded or as JPEG 2000."""
    from PIL import Image
    from pydicom import dcmread
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEG2000Lossless, RLELossless

    header = dcmread(io.BytesIO(slice_))
    if kind == "rle":
        header.compress(RLELossless, generate_instance_uid=False)
    else:
        stream = io.BytesIO()
        picture = Image.fromarray(np.frombuffer(header.PixelData, np.uint16).reshape(header.Rows, header.Columns))
        picture.save(stream, "JPEG2000", irreversible=False)
        header.PixelData = encapsulate([stream.getvalue()])
        header["PixelData"].is_undefined_length = True
        header.file_meta.TransferSyntaxUID = JPEG2000Lossless
    out = io.BytesIO()
    header.save_as(out)
    return out.getvalue()


def _first_of_zip(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return packed.read(packed.namelist()[1])


def _zip_with(first: bytes) -> bytes:
    """A zip of slices with this one first, deflated."""
    from tests.dicom_phantoms import series

    out = io.BytesIO()
    made = series(phantom(SHAPE, orientation="LPS"), SeriesInstanceUID="1.2.3")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, slice_ in enumerate([first, *made[1:]]):
            packed.writestr(zipfile.ZipInfo(f"{number}.dcm", _DATE), slice_)
    return out.getvalue()


def _manifest(folder: Path) -> Iterator[tuple[str, Seed]]:
    from engine.bundle import FILES, open_bundle
    from engine.presets import COMPACT

    for name in FILES:
        (folder / name).write_bytes(b"")
    pair = {"low": 0.1, "high": 1.9, "start": 300}
    manifest = {
        "format": 1,
        "name": "fuzzed",
        "preset": COMPACT.to_json(),
        "latent": {"mean": [0.0] * COMPACT.autoencoder.latent, "sd": [1.0] * COMPACT.autoencoder.latent},
        "sampling": {"default_mode": "shortcut", "steps": {"shortcut": 10, "full": 20}},
        "directions": {"t1": {"t2": pair, "flair": pair}, "t2": {"t1": pair}},
        "files": dict.fromkeys(FILES, "0" * 64),
    }
    content = json.dumps(manifest).encode()

    def use(damaged: bytes) -> object:
        (folder / "manifest.json").write_bytes(damaged)
        return open_bundle(folder)

    yield "json", Seed(content, len(content), use)


def _onnx(folder: Path) -> Iterator[tuple[str, Seed]]:
    """An encoder and its neighbours in the smallest form that has their names."""
    from engine.device import Device
    from engine.stages import Stages

    _graph(folder / "encoder.onnx", "image", ["z", "skip", "drafts"])
    _graph(folder / "ms_spade.onnx", "z", ["z_prior"])
    _graph(folder / "decoder.onnx", "z", ["image"])
    path = folder / "encoder.onnx"

    def use(damaged: bytes) -> object:
        path.write_bytes(damaged)
        return Stages(folder, Device("cpu", 1)).encode(np.ones((8, 8, 8), np.float32), 0)

    content = path.read_bytes()
    yield "encoder", Seed(content, len(content), use)


def _graph(path: Path, given: str, made: list[str]) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.ones((2, 1, 1, 1, 1), np.float32), "weights")
    nodes = [helper.make_node("Conv", [given, "weights"], [name], kernel_shape=[1, 1, 1]) for name in made]
    sides = ["n", 1, "i", "j", "k"]
    image = helper.make_tensor_value_info(given, TensorProto.FLOAT, sides)
    out = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2, "i", "j", "k"]) for name in made]
    graph = helper.make_graph(nodes, "graph", [image], out, [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


def _checkpoints(folder: Path) -> Iterator[tuple[str, Seed]]:
    import torch
    from safetensors.torch import save_file

    state = {"encoder.weight": torch.ones(4, 3), "encoder.bias": torch.arange(4), "half": torch.ones(5).half()}
    torch.save({"epoch": 3, "state_dict": state}, folder / "a.ckpt")
    torch.save(state, folder / "b.pth", _use_new_zipfile_serialization=False)
    save_file(state, folder / "c.safetensors")
    for name, path in (("zip", "a.ckpt"), ("legacy", "b.pth"), ("safetensors", "c.safetensors")):
        yield name, _weights(folder / path)


def _weights(path: Path) -> Seed:
    from engine.weights_file import read_weights

    def use(content: bytes) -> object:
        path.write_bytes(content)
        return read_weights(path)

    return Seed(path.read_bytes(), min(path.stat().st_size, 900), use)


_MAKERS: dict[str, Callable[[Path], Iterator[tuple[str, Seed]]]] = {
    "nifti": _nifti, "foreign": _foreign, "dicom": _dicom, "manifest": _manifest, "onnx": _onnx,
    "checkpoint": _checkpoints,
}  # fmt: skip
FAMILIES = tuple(_MAKERS)
