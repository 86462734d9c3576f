"""A training step in Python TensorFlow: one tf.function, float32, no XLA."""

from worker import Pieces, norm, read_job, serve

job = read_job()
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
tf.config.threading.set_inter_op_parallelism_threads(job["threads"])


class Trainer:
    def __init__(self, job, data):
        self.job, self.exact = job, True
        weights, norms = Pieces(data.weights), Pieces(data.norms)
        self.weights, self.norms, self.statistics = [], [], []
        variable = lambda values: tf.Variable(values, dtype=tf.float32)
        self.layers = []
        for layer in job["layers"]:
            own = []
            if layer["kind"] == "convolution":
                own = [variable(weights.take(layer["size"], layer["size"], layer["in"], layer["out"]))]
                self.weights += own
            elif layer["kind"] == "norm":
                own = [variable(norms.take(layer["channels"])) for _ in range(2)]
                self.norms += own
                moving = [variable(tf.zeros([layer["channels"]])), variable(tf.ones([layer["channels"]]))]
                self.statistics += moving
                own = own + moving
            elif layer["kind"] == "dense":
                own = [variable(weights.take(layer["in"], layer["out"])), variable(norms.take(layer["out"]))]
                self.weights.append(own[0])
                self.norms.append(own[1])
            self.layers.append((layer, own))
        weights.finish()
        norms.finish()
        self.trained = self.weights + self.norms
        self.momentum = [variable(tf.zeros_like(v)) for v in self.trained]
        self.sources = self.trained + self.statistics
        self.averages = [variable(v) for v in self.sources]
        self.parameters = sum(int(tf.size(v)) for v in self.trained)
        batch, side = job["batch"], job["side"]
        signature = [
            tf.TensorSpec([batch, side, side, 3], tf.uint8),
            tf.TensorSpec([batch], tf.int32),
            tf.TensorSpec([], tf.float32),
        ]
        self.function = tf.function(self.train, input_signature=signature, jit_compile=False).get_concrete_function()

    def forward(self, images):
        values = []
        for layer, own in self.layers:
            kind, inputs = layer["kind"], [values[place] for place in layer["inputs"]]
            if kind == "images":
                y = (tf.cast(images, tf.float32) - 128.0) * (1 / 64)
            elif kind == "convolution":
                y = tf.nn.conv2d(inputs[0], own[0], layer["stride"], "SAME")
            elif kind == "norm":
                scale, offset, mean, variance = own
                y, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
                    x=inputs[0], scale=scale, offset=offset, mean=[], variance=[], epsilon=self.job["epsilon"]
                )
                mean.assign_add(self.job["statisticsRate"] * (tf.stop_gradient(batch_mean) - mean))
                variance.assign_add(self.job["statisticsRate"] * (tf.stop_gradient(batch_variance) - variance))
            elif kind == "relu":
                y = tf.nn.relu(inputs[0])
            elif kind == "add":
                y = inputs[0] + inputs[1]
            elif kind == "maxPool":
                y = tf.nn.max_pool2d(inputs[0], layer["size"], layer["stride"], "SAME")
            elif kind == "averagePool":
                y = tf.nn.avg_pool2d(inputs[0], layer["size"], layer["stride"], "SAME")
            elif kind == "globalAverage":
                y = tf.reduce_mean(inputs[0], [1, 2])
            elif kind == "dense":
                y = tf.nn.bias_add(tf.matmul(inputs[0], own[0]), own[1])
            else:
                raise ValueError(f"unknown layer {kind}")
            values.append(y)
        return values[-1]

    def train(self, images, labels, learning_rate):
        job = self.job
        rest = job["labelSmoothing"] / job["classes"]
        targets = tf.one_hot(labels, job["classes"], 1 - job["labelSmoothing"] + rest, rest)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, self.forward(images)))
        gradients = tape.gradient(loss, self.trained)
        for place, (v, slot, gradient) in enumerate(zip(self.trained, self.momentum, gradients)):
            if place < len(self.weights):
                gradient += job["weightDecay"] * v
            tf.raw_ops.ResourceApplyMomentum(
                var=v.handle,
                accum=slot.handle,
                lr=learning_rate,
                grad=gradient,
                momentum=job["momentum"],
                use_nesterov=True,
            )
        for v, average in zip(self.sources, self.averages):
            average.assign_add(job["averageRate"] * (v - average))
        return loss

    def step(self, images, labels):
        rate = tf.constant(self.job["learningRate"], tf.float32)
        return float(self.function(tf.constant(images), tf.constant(labels), rate))

    def state(self):
        count, trained = len(self.weights), len(self.trained)
        groups = {
            "weights": self.weights,
            "norms": self.norms,
            "statistics": self.statistics,
            "weights.average": self.averages[:count],
            "norms.average": self.averages[count:trained],
            "statistics.average": self.averages[trained:],
        }
        return {name: norm(v.numpy() for v in group) for name, group in groups.items()}


serve(job, Trainer, f"TensorFlow {tf.__version__}, tf.function")
