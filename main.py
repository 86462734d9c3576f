"""Trains on one data folder within one wall-clock budget and leaves submission.csv in the working directory.

    python main.py --data_dir DIR [--budget 9h]

Starts the headless run of hyperbudget with the competition's search space and builds the program on first use. Other options
(--seed 3, --out results/x) are handed on to `hyperbudget run`. Returns 0 whenever a complete submission of this run stands, else the
run's own exit code. Needs Python 3.8 or newer and nothing but its standard library; Node.js 20.19 or newer does the work.
"""
import time

STARTED = time.monotonic()
STARTED_EPOCH = time.time()

import argparse
import csv
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(ROOT, "bin", "hyperbudget.js")
SPACE = os.path.join(ROOT, "search-spaces", "imagenet100.yaml")
# Seconds: an hour, of which starting has taken a little.
SHORTEST_FOR_SPACE = 3540
SUBMISSION = os.path.abspath("submission.csv")
FORWARDED = [signal.SIGINT, signal.SIGTERM]
IMAGE = re.compile(r"\.(jpe?g|png|webp|gif|tiff?|avif)$", re.IGNORECASE)
USUAL_IMAGE = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)
USAGE = 2


def say(message):
    print("main.py: " + message, file=sys.stderr, flush=True)


def parse_duration(text):
    """Seconds of 90s, 6m, 9h, 1h30m, 2d or a plain number of seconds."""
    compact = re.sub(r"\s+", "", text.lower())
    number = r"(\d+(?:\.\d*)?|\.\d+)"
    plain = re.fullmatch(number, compact)
    if plain:
        total = float(compact)
    else:
        parts = re.fullmatch("".join("(?:%s%s)?" % (number, unit) for unit in "dhms"), compact)
        groups = parts.groups() if parts else ()
        total = sum(float(value or 0) * unit for value, unit in zip(groups, (86400, 3600, 60, 1)))
    if total <= 0:
        raise argparse.ArgumentTypeError("expected a duration above zero, got %r; try 90s, 6m, 9h or 1h30m" % text)
    return total


def parse_instant(text):
    """Seconds since 1970 of such a number, or of an ISO 8601 time; without a zone it is local."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text)).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError("expected seconds since 1970 or an ISO 8601 time, got %r" % text)


class Children:
    """Runs one child after the other, each in a process group of its own, and passes signals on to it."""

    def __init__(self):
        self.process = None
        self.received = []
        for number in FORWARDED:
            signal.signal(number, self.forward)
        # A terminal that goes away does not end a run.
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def forward(self, number, _frame):
        self.received.append(number)
        if self.process is not None:
            self.send(number)

    def send(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def run(self, command, directory=None, deadline=None):
        """The child's exit code, 128 + n when signal n ended it; at the deadline (monotonic seconds) it is killed."""
        if self.received:
            return 128 + self.received[0]
        try:
            # A run ends with this process.
            environment = dict(os.environ, HYPERBUDGET_PARENT=str(os.getpid()))
            self.process = subprocess.Popen(command, cwd=directory, start_new_session=True, env=environment)
        except OSError as error:
            say("%s: %s; try installing Node.js 20.19 or newer" % (command[0], error.strerror))
            return 1
        for number in self.received:
            self.send(number)
        try:
            code = self.process.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say("%s is still going when the budget has ended; it is killed" % os.path.basename(command[0]))
            self.send(signal.SIGKILL)
            code = self.process.wait()
        self.process = None
        return code if code >= 0 else 128 - code


def build(children, deadline):
    """Whether the program is there, built now when it was not; not longer than until the deadline (monotonic seconds)."""
    if os.path.exists(os.path.join(ROOT, "dist", "cli", "main.js")):
        return True
    npm = shutil.which("npm") or "npm"
    steps = [[npm, "run", "build"]]
    if not os.path.isdir(os.path.join(ROOT, "node_modules")):
        steps.insert(0, [npm, "ci"])
    for step in steps:
        say("the program is not built yet: npm %s in %s (part of the budget)" % (" ".join(step[1:]), ROOT))
        if children.run(step, ROOT, deadline) != 0:
            say("npm %s failed; try it by hand in %s" % (" ".join(step[1:]), ROOT))
            return False
    return True


def identity(path):
    """Tells an old file from one that was put in its place."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def image_ids(folder):
    """What the ids of the images in a folder may be: the names up to the first dot, or without the ending. Hidden files are none."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if IMAGE.search(entry.name) and not os.path.isdir(entry.path)]
    visible = [name for name in names if not name.startswith(".")]
    # A GIF, TIFF or AVIF file beside a usual one of the same name is passed over.
    usual = {IMAGE.sub("", name) for name in visible if USUAL_IMAGE.search(name)}
    visible = [name for name in visible if USUAL_IMAGE.search(name) or IMAGE.sub("", name) not in usual]
    return [sorted(name.split(".")[0] for name in visible), sorted(IMAGE.sub("", name) for name in visible)]


def complete(path, test_folder):
    """Whether a submission has the right header and one row for each test image."""
    try:
        possible = image_ids(test_folder)
        with open(path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, ValueError, csv.Error):
        return False
    ids = sorted(row[0] for row in rows[1:])
    return rows[:1] == [["image_id", "label"]] and len(set(ids)) == len(ids) and ids in possible


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data_dir", required=True, help="folder with train.csv, val.csv, train/, val/ and test/")
    parser.add_argument(
        "--budget",
        type=parse_duration,
        default=os.environ.get("HYPERBUDGET_BUDGET", "9h"),
        help="wall-clock budget from the start of this script on; default: HYPERBUDGET_BUDGET, else 9h",
    )
    parser.add_argument(
        "--started-at",
        type=parse_instant,
        default=STARTED_EPOCH,
        help="when the budget began: seconds since 1970 or an ISO 8601 time; default: the start of this script",
    )
    parser.add_argument(
        "--space",
        help="search space, a file or auto; default: search-spaces/imagenet100.yaml, where less than an hour is left auto",
    )
    parser.add_argument("--node", default="node", help="the Node.js program; default: node")
    options, others = parser.parse_known_args()
    data = os.path.abspath(options.data_dir)
    if not os.path.isdir(data):
        say("--data_dir: expected a folder, got %s; try the folder that holds train.csv" % data)
        return USAGE

    children = Children()
    before = identity(SUBMISSION)
    deadline = STARTED + options.budget - (STARTED_EPOCH - options.started_at)
    if not build(children, deadline):
        return 1
    # What the run may overstep on a busy machine, and what looking at the submission takes.
    margin = min(10.0, 0.005 * options.budget)
    left = deadline - margin - time.monotonic()
    if left <= 0:
        say("--budget: expected more than %.1f s, got %.1f s; try a longer one" % (options.budget - left, options.budget))
        return USAGE
    if options.space:
        space = "auto" if options.space == "auto" else os.path.abspath(options.space)
    elif left + margin > SHORTEST_FOR_SPACE:
        space = SPACE
    else:
        # The competition's rungs would not fit, and a refused budget leaves no submission at all.
        space = "auto"
        say("less than an hour is too short for %s; a space made for the budget is searched" % os.path.basename(SPACE))
    command = [options.node, PROGRAM, "run", "--data", data, "--space", space]
    command += ["--budget", "%.1fs" % (options.budget - margin), "--started-at", "%.3f" % options.started_at]
    code = children.run(command + ["--headless"] + others, deadline=deadline)

    if identity(SUBMISSION) == before or not complete(SUBMISSION, os.path.join(data, "test")):
        say("no complete submission.csv; the run ended with exit code %d" % code)
        return code or 1
    if code != 0:
        say("the run ended with exit code %d; a complete submission.csv stands all the same" % code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
