"""A clock that stands still, and logs to look at."""


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def append(path, text):
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def numbered(count, begin=0):
    return "".join(f"line {number}\n" for number in range(begin, begin + count))
