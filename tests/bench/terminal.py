"""The terminal program as its user meets it: run in a real pty of 80 by 24 and timed from the outside.

Queries of the program are not answered, as a bare terminal would not. The clock starts at `exec`. A frame is what stands
between the marks of a synchronized update, or a write when there are none; what it shows is read off a small screen
that knows the few sequences a frame is made of.
"""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

COLUMNS, ROWS = 80, 24
END_OF_FRAME = b"\x1b[?2026l"
SEQUENCE = re.compile(rb"\x1b\[([?>=]?)([0-9;]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78]")


class Screen:
    """Cells of a terminal: text, cursor positions and erasing; colours do not count."""

    def __init__(self):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0

    def feed(self, frame):
        at = 0
        while at < len(frame):
            if frame[at] == 0x1B:
                found = SEQUENCE.match(frame, at)
                if not found:
                    return
                self.sequence(found)
                at = found.end()
                continue
            end = frame.find(b"\x1b", at)
            end = len(frame) if end < 0 else end
            for letter in frame[at:end].decode(errors="replace"):
                if letter == "\r":
                    self.column = 0
                elif letter == "\n":
                    self.row = min(self.row + 1, ROWS - 1)
                elif letter >= " ":
                    if self.column < COLUMNS:
                        self.cells[self.row][self.column] = letter
                    self.column += 1
            at = end

    def sequence(self, found):
        private, numbers, kind = found.group(1), found.group(2), found.group(3)
        if private or kind is None:
            return
        numbers = [int(number or 0) for number in numbers.split(b";")] if numbers else []
        first = numbers[0] if numbers else 0
        if kind == b"H":
            self.row = min(max(first, 1), ROWS) - 1
            self.column = max(numbers[1] if len(numbers) > 1 else 1, 1) - 1
        elif kind == b"C":
            self.column += max(first, 1)
        elif kind == b"G":
            self.column = max(first, 1) - 1
        elif kind == b"J":
            self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        elif kind == b"K":
            self.cells[self.row][self.column:] = [" "] * (COLUMNS - self.column)

    def text(self):
        return "\n".join("".join(line) for line in self.cells)


class Session:
    """The program in its terminal. Times are seconds since `exec`."""

    def __init__(self, command, variables=None):
        self.screen, self.pending, self.frames, self.written = Screen(), b"", 0, 0
        self.start = time.perf_counter()
        self.process, self.master = pty.fork()
        if self.process == 0:
            environment = {**os.environ, "TERM": "xterm-256color", **(variables or {})}
            for name in ("NO_COLOR", "TMUX"):
                environment.pop(name, None)
            # The size of a new pty is nothing by nothing.
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execve(command[0], command, environment)

    def clock(self):
        return time.perf_counter() - self.start

    def turn(self, wait):
        """Takes what the program wrote within `wait` seconds; whether a frame was completed, or None at the end."""
        if not select.select([self.master], [], [], max(wait, 0))[0]:
            return False
        try:
            chunk = os.read(self.master, 1 << 16)
        except OSError:
            return None
        if not chunk:
            return None
        self.written += len(chunk)
        self.pending += chunk
        end = self.pending.rfind(END_OF_FRAME)
        if end < 0:
            return False
        end += len(END_OF_FRAME)
        self.screen.feed(self.pending[:end])
        self.pending = self.pending[end:]
        self.frames += 1
        return True

    def until(self, holds, limit):
        """The time of the first frame whose text fulfils `holds`; None when there is none in time."""
        while self.clock() < limit:
            framed = self.turn(limit - self.clock())
            if framed is None:
                return None
            if framed and holds(self.screen.text()):
                return self.clock()
        return None

    def key(self, key, wait=2.0):
        """Types `key`; seconds until a frame after it is complete."""
        while self.turn(0):
            pass
        begun = time.perf_counter()
        os.write(self.master, key.encode())
        while time.perf_counter() - begun < wait:
            if self.turn(wait - (time.perf_counter() - begun)):
                return time.perf_counter() - begun
        return None

    def memory(self):
        """The most memory so far in MiB, as the kernel counts it."""
        with open(f"/proc/{self.process}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

    def end(self):
        """Asks it to leave; seconds until it has."""
        begun = time.perf_counter()
        os.write(self.master, b"q")
        while self.turn(5.0) is not None:
            pass
        os.waitpid(self.process, 0)
        os.close(self.master)
        return time.perf_counter() - begun


def share(values, part):
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)]


def session(binary, folder, limit=120.0):
    """One reading of `folder` on the screen, nothing typed."""
    run = Session([str(binary), str(folder)])
    first = run.until(lambda text: text.strip() != "", limit)
    seen = lambda text: re.search(r"\.(pkl|joblib)\b", text) is not None
    rows = first if seen(run.screen.text()) else run.until(seen, limit)
    done = run.until(lambda text: re.search(r"\d found", text) and "to read" not in text
                     and "looking" not in text and " left" not in text, limit)
    figures = {"first frame": first, "first rows": rows, "all read": done, "memory": run.memory(),
               "frames": run.frames, "written": run.written}
    figures["left after"] = run.end()
    return figures


def keys(binary, folder, least=60, limit=120.0):
    """Times from key to frame while the tree streams in: down, page down, end, top, at a typist's pace."""
    times = []
    while len(times) < least:
        run = Session([str(binary), str(folder)])
        run.until(lambda text: re.search(r"\.(pkl|joblib)\b", text) is not None, limit)
        for key in "jj\x06j\x06Gkggjj\x06\x06j" * 10:
            taken = run.key(key)
            if taken is not None:
                times.append(taken)
            pause = run.clock() + 0.03
            while run.clock() < pause:
                run.turn(pause - run.clock())
            if not re.search(r"to read|left|looking", run.screen.text()):
                break
        run.end()
    return times
