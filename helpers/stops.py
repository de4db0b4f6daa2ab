"""Stops that are pressed: when one may come in, and why it never breaks an import in two.

Half of torch cannot be imported again: a stop pressed in the middle of a slow import would leave a kernel that has to
be restarted. So a stop waits until the import is whole. Imports nothing of ours, and nothing slow.
"""

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Callable

SOON = 0.1  # seconds after which a stop that had to wait for an import is tried again


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
        if self._open and importing(frame, self._outside):
            _again_soon()
            return
        comes_in, self._open, self._pressed = (
            self._open,
            False,
            True,
        )  # closed first: a second one finds it closed
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
    if waiting:
        old(*waiting[0])


def importing(frame, outside=None) -> bool:
    """Whether something is being imported where `frame` stands, in calls made from `outside`."""
    while frame is not None and frame is not outside:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def let_imports_finish() -> None:
    """From now on a stop waits for imports; in a notebook until the cell ends, as the kernel then sets its own way.

    Only where stops come as Python has them: a handler of somebody else's stays.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _patient)


def _patient(number, frame):
    if importing(frame):
        _again_soon()
    else:
        raise KeyboardInterrupt


def _again_soon():
    timer = threading.Timer(SOON, _thread.interrupt_main)
    timer.daemon = True
    timer.start()
