"""
A training step in PyTorch: eager, channels last, the fused optimiser; float32 (with TF32 on a graphics card) or autocast in
bfloat16 or float16, the latter with a gradient scaler.
"""

from worker import Pieces, norm, read_job, serve

job = read_job()
import torch
import torch.nn.functional as F

torch.set_num_threads(job["threads"])
device = torch.device("cuda" if job["device"] == "gpu" else "cpu")
lower = {"bf16": torch.bfloat16, "f16": torch.float16}.get(job["precision"])
torch.backends.cudnn.benchmark = True
torch.backends.cudnn.allow_tf32 = True
torch.backends.cuda.matmul.allow_tf32 = True


def same(x, layer, value):
    """Pads as TensorFlow does: the odd pixel at the end."""
    side, size, stride = x.shape[-1], layer["size"], layer["stride"]
    total = max(0, (-(-side // stride) - 1) * stride + size - side)
    begin = total // 2
    return F.pad(x, (begin, total - begin, begin, total - begin), value=value) if total else x


class Trainer:
    """
    `exact` pads strided convolutions as the other frameworks do, for the comparison of the numbers; what is timed pads
    them evenly inside the convolution, as PyTorch users do, which costs no copy.
    """

    def __init__(self, job, data):
        self.job, self.exact = job, True
        weights, norms = Pieces(data.weights), Pieces(data.norms)
        self.weights, self.norms, self.statistics, self.layers = [], [], [], []

        def parameter(values):
            return torch.from_numpy(values.copy()).to(device).requires_grad_()

        for layer in job["layers"]:
            own = []
            if layer["kind"] == "convolution":
                kernel = weights.take(layer["size"], layer["size"], layer["in"], layer["out"]).transpose(3, 2, 0, 1)
                kernel = torch.from_numpy(kernel.copy()).to(device).contiguous(memory_format=torch.channels_last)
                own = [kernel.requires_grad_()]
                self.weights += own
            elif layer["kind"] == "norm":
                own = [parameter(norms.take(layer["channels"])) for _ in range(2)]
                self.norms += own
                moving = [make(layer["channels"], device=device) for make in (torch.zeros, torch.ones)]
                self.statistics += moving
                own = own + moving
            elif layer["kind"] == "dense":
                own = [parameter(weights.take(layer["in"], layer["out"]).T), parameter(norms.take(layer["out"]))]
                self.weights.append(own[0])
                self.norms.append(own[1])
            self.layers.append((layer, own))
        weights.finish()
        norms.finish()
        self.sources = self.weights + self.norms + self.statistics
        self.averages = [v.detach().clone() for v in self.sources]
        self.parameters = sum(v.numel() for v in self.weights + self.norms)
        groups = [
            {"params": self.weights, "weight_decay": job["weightDecay"]},
            {"params": self.norms, "weight_decay": 0.0},
        ]
        self.scaler = torch.amp.GradScaler(device.type, enabled=lower == torch.float16)
        self.optimiser = torch.optim.SGD(
            groups, job["learningRate"], momentum=job["momentum"], nesterov=True, fused=True
        )

    def forward(self, images):
        values = []
        for layer, own in self.layers:
            kind, inputs = layer["kind"], [values[place] for place in layer["inputs"]]
            if kind == "images":
                y = images.permute(0, 3, 1, 2).float().sub_(128).mul_(1 / 64)
            elif kind == "convolution":
                if self.exact:
                    y = F.conv2d(same(inputs[0], layer, 0.0), own[0], stride=layer["stride"])
                else:
                    y = F.conv2d(inputs[0], own[0], stride=layer["stride"], padding=layer["size"] // 2)
            elif kind == "norm":
                scale, offset, mean, variance = own
                y = F.batch_norm(
                    inputs[0], mean, variance, scale, offset, True, self.job["statisticsRate"], self.job["epsilon"]
                )
            elif kind == "relu":
                y = F.relu(inputs[0], inplace=True)
            elif kind == "add":
                y = inputs[0] + inputs[1]
            elif kind == "maxPool":
                if self.exact:
                    y = F.max_pool2d(same(inputs[0], layer, float("-inf")), layer["size"], layer["stride"])
                else:
                    y = F.max_pool2d(inputs[0], layer["size"], layer["stride"], layer["size"] // 2)
            elif kind == "averagePool":
                y = F.avg_pool2d(inputs[0], layer["size"], layer["stride"], ceil_mode=True)
            elif kind == "globalAverage":
                y = inputs[0].mean((2, 3))
            elif kind == "dense":
                y = F.linear(inputs[0], own[0], own[1])
            else:
                raise ValueError(f"unknown layer {kind}")
            values.append(y)
        return values[-1]

    def step(self, images, labels):
        job = self.job
        with torch.autocast(device.type, lower, enabled=lower is not None):
            logits = self.forward(torch.from_numpy(images).to(device))
        labels = torch.from_numpy(labels).to(device).long()
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=job["labelSmoothing"])
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        for group in self.optimiser.param_groups:
            group["lr"] = job["learningRate"]
        self.scaler.step(self.optimiser)
        self.scaler.update()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.sources, job["averageRate"])
        return loss.item()

    def state(self):
        count, trained = len(self.weights), len(self.weights) + len(self.norms)
        groups = {
            "weights": self.weights,
            "norms": self.norms,
            "statistics": self.statistics,
            "weights.average": self.averages[:count],
            "norms.average": self.averages[count:trained],
            "statistics.average": self.averages[trained:],
        }
        return {name: norm(v.detach().cpu().numpy() for v in group) for name, group in groups.items()}


what = {"bf16": "bfloat16 autocast", "f16": "float16 autocast"}.get(job["precision"], "float32")
serve(job, Trainer, f"PyTorch {torch.__version__}, channels last, {what}")
