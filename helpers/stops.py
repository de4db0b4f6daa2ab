"""Stops that are pressed: when one may come in, and why it never breaks an import in two.

Half of torch cannot be imported again: a stop pressed in the middle of a slow import would leave a kernel that has to
be restarted. So a stop waits until the import is whole, and comes in there: in the code that was stopped, never in what
is run later. Imports nothing of ours, and nothing slow.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable

WAITED = "A stop came while {} was loading: it waited; press it again if you still want it."


class Stops:
    """While this context is entered a stop waits, but for the stretches `with stops.welcome()`: there it comes in.

    late: makes what is raised at the end of the context if a stop came in none of these stretches.
    Outside the main thread, where no stop arrives, it does nothing.
    """

    def __init__(self):
        self.late: Callable[[], BaseException] = KeyboardInterrupt
        self._pressed, self._open, self._old, self._outside = False, False, None, None

    def __enter__(self) -> "Stops":
        """From here on a stop waits."""
        self._outside = sys._getframe(1)
        if threading.current_thread() is threading.main_thread() and callable(
            signal.getsignal(signal.SIGINT)
        ):
            self._old = signal.signal(signal.SIGINT, self._came)
        return self

    @contextlib.contextmanager
    def welcome(self):
        """In this stretch a stop comes in at once, also one that has been waiting: it raises KeyboardInterrupt."""
        self._open = True
        try:
            if self._pressed:
                raise KeyboardInterrupt
            yield
        finally:
            self._open = False

    def __exit__(self, kind, error, trace) -> None:
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)  # stops belong again to whom they belonged
        if self._pressed and kind is None:
            raise self.late()

    def _came(self, number, frame):
        if self._open and (load := _load(frame, self._outside)):
            self._pressed = True  # whatever happens there: the next stretch, or the end, lets it in
            _when_whole(load, self._waited)
            return
        comes_in, self._open, self._pressed = (
            self._open,
            False,
            True,
        )  # closed first: a second one finds it closed
        if comes_in:
            raise KeyboardInterrupt

    def _waited(self):
        comes_in, self._open = self._open, False
        if comes_in:
            raise KeyboardInterrupt


@contextlib.contextmanager
def no_interrupt():
    """A stop waits until what stands in here is whole; then it comes as it would have come."""
    if threading.current_thread() is not threading.main_thread() or not callable(
        signal.getsignal(signal.SIGINT)
    ):
        yield
        return
    waiting = []
    old = signal.signal(signal.SIGINT, lambda *came: waiting.append(came))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
    if waiting:  # what stood where it came may be over: what counts is what is going on here
        old(signal.SIGINT, sys._getframe())


def importing(frame, outside=None) -> bool:
    """Whether something is being imported where `frame` stands, in calls made from `outside`."""
    return _load(frame, outside) is not None


def let_imports_finish() -> None:
    """From now on a stop waits for imports; in a notebook in every cell, since a kernel sets its own way before each.

    It comes in as soon as the outermost import is whole, before the next line. Where it cannot, because a debugger
    follows the lines or the import fails, it is dropped, and a line says so.
    Only where stops come as Python has them: a handler of somebody else's stays.
    """
    if shell := getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)():
        shell.events.register("pre_execute", _wait_for_imports)  # registered twice, it is called once
    _wait_for_imports()


def _wait_for_imports():
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _patient)


def _patient(number, frame):
    load = _load(frame)
    if load is None:
        raise KeyboardInterrupt
    names = load.f_locals
    name = names.get("name") or getattr(names.get("module"), "__name__", "a module")
    _when_whole(load, _come_in, lambda: print(WAITED.format(name), flush=True))


def _come_in():
    raise KeyboardInterrupt


def _load(frame, outside=None):
    """The frame in which the outermost import began that is going on in `frame`, or None."""
    found = None
    while frame is not None and frame is not outside:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            found = frame
        frame = frame.f_back
    return found


def _nothing():
    pass


def _when_whole(load, come_in, drop=_nothing):
    """Call `come_in` where the import `load` was asked for, as soon as it is whole; `drop` where that cannot be.

    Python calls a trace function before the next line of that frame, or as it returns; what it raises is raised there.
    """
    asked, failed = load.f_back, False
    tracer = sys.gettrace()
    if getattr(tracer, "__module__", None) == __name__:
        return  # one is waiting already
    if asked is None or tracer is not None:
        drop()
        return

    def step(frame, event, argument):
        nonlocal failed
        if event == "exception":
            failed = True  # it may be caught: then there is a next line
            return step
        sys.settrace(None)
        frame.f_trace = None
        if event == "return" and failed:
            drop()  # the error goes on: a stop does not hide it
        else:
            come_in()

    def elsewhere(frame, event, argument):
        return None

    asked.f_trace = step
    sys.settrace(elsewhere)
