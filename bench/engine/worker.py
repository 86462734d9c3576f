"""What the Python workers have in common: the job, the data in host memory, and the loop that answers the bench line by line."""

import json
import os
import sys
import time

import numpy as np


def read_job():
    """The job that the bench wrote for this worker; its threads are in the environment before a framework is imported."""
    with open(sys.argv[1], encoding="utf8") as file:
        job = json.load(file)
    os.environ["OMP_NUM_THREADS"] = str(job["threads"])
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    return job


class Data:
    """First values of the parameters, and a few batches of uint8 images with their labels."""

    def __init__(self, job):
        files, side = job["files"], job["side"]
        self.weights = np.fromfile(files["weights"], np.float32)
        self.norms = np.fromfile(files["norms"], np.float32)
        self.images = np.fromfile(files["images"], np.uint8).reshape(-1, job["batch"], side, side, 3)
        self.labels = np.fromfile(files["labels"], np.int32).reshape(-1, job["batch"])


class Pieces:
    """Cuts a flat vector into parameters, in the order of the layers."""

    def __init__(self, flat):
        self.flat, self.begin = flat, 0

    def take(self, *shape):
        end = self.begin + int(np.prod(shape))
        if end > len(self.flat):
            raise ValueError("the network has more parameters than the file of their first values")
        piece = self.flat[self.begin : end].reshape(shape)
        self.begin = end
        return piece

    def finish(self):
        if self.begin != len(self.flat):
            raise ValueError("the network has fewer parameters than the file of their first values")


def norm(arrays):
    """Euclidean norm over all elements of some arrays."""
    return float(np.sqrt(sum(float(np.sum(np.square(np.asarray(a, np.float64)))) for a in arrays)))


def answer(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def serve(job, make, description):
    """
    Answers `steps`, `state` and `timed` until the bench closes the line. `make(job, data)` gives a trainer with
    `step(images, labels)` -> loss, `state()` -> norms by group and `parameters`. Its numbers are compared with those of
    the other workers until `timed` is said, which sets `exact` to False.
    """
    data = Data(job)
    trainer = make(job, data)
    answer({"parameters": trainer.parameters, "description": description})
    count = 0
    for line in sys.stdin:
        command = json.loads(line)
        if "steps" in command:
            seconds, losses, cpu = [], [], time.process_time()
            for _ in range(command["steps"]):
                place = count % len(data.images)
                begin = time.perf_counter()
                losses.append(trainer.step(data.images[place], data.labels[place]))
                seconds.append(time.perf_counter() - begin)
                count += 1
            answer({"stepSeconds": seconds, "losses": losses, "cpuSeconds": time.process_time() - cpu})
        elif "state" in command:
            answer(trainer.state())
        elif "timed" in command:
            trainer.exact = False
            answer({})
