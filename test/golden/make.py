"""Writes the golden files beside this script: what PyTorch computes for three small models and for single operations.

Each model's file holds its initial weights, one batch, the loss, every gradient, and for each optimizer the losses of ten steps on that
batch and the weights after them. Gradients and weights are computed in float64; losses in float64 and in float32. Arrays are stored as
little-endian float32 in base64; of the weights after training only every n-th element (`every`), which keeps the files small.

Weights are laid out as Tenon's layers have them: dense [inputs, outputs], convolution [height, width, channels, filters].

Run with the Python of bench/setup: bench/.venv/bin/python test/golden/make.py
"""

import base64
import json
import pathlib

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent
STEPS = 10
# Adam's epsilon, added to the root of the uncorrected second moment, as Keras and Tenon do.
EPSILON = 1e-7

OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.002, betas=(0.9, 0.999)),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.002, betas=(0.9, 0.95), weight_decay=0.1),
}


def encode(tensor, every=1):
    flat = tensor.detach().reshape(-1)[::every]
    dtype = torch.int32 if not tensor.is_floating_point() else torch.float32
    data = flat.to(dtype).numpy().tobytes()
    return {
        "dtype": "i32" if dtype == torch.int32 else "f32",
        "shape": list(tensor.shape),
        **({"every": every} if every > 1 else {}),
        "data": base64.b64encode(data).decode(),
    }


def correct_epsilon(optimizer, step):
    """PyTorch adds epsilon to the corrected root: divided by the same correction, the two forms are equal."""
    for group in optimizer.param_groups:
        if "betas" in group:
            group["eps"] = EPSILON / (1 - group["betas"][1] ** step) ** 0.5


def train(loss_of, weights, batch, make_optimizer, dtype):
    parameters = {name: value.to(dtype).clone().requires_grad_() for name, value in weights.items()}
    optimizer = make_optimizer(list(parameters.values()))
    losses = []
    for step in range(1, STEPS + 1):
        correct_epsilon(optimizer, step)
        optimizer.zero_grad()
        loss = loss_of(parameters, *[part.to(dtype) if part.is_floating_point() else part for part in batch])
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses, parameters


def write_model(name, loss_of, weights, batch, every):
    # What the file holds are float32 numbers: start from exactly those.
    weights = {key: value.float() for key, value in weights.items()}
    batch = [part.float() if part.is_floating_point() else part for part in batch]
    parameters = {key: value.double().requires_grad_() for key, value in weights.items()}
    loss = loss_of(parameters, *[part.double() if part.is_floating_point() else part for part in batch])
    loss.backward()
    # Where a gradient is zero but for rounding (softmax ignores the key's bias), Adam's steps are rounding, too: nothing to compare.
    real = [key for key, value in parameters.items() if value.grad.abs().max() > 1e-10]
    runs = {}
    for optimizer, make in OPTIMIZERS.items():
        losses, final = train(loss_of, weights, batch, make, torch.float64)
        losses32, final32 = train(loss_of, weights, batch, make, torch.float32)
        print(name, optimizer, "float32 differs by", max(((final32[key] - final[key]).abs().max() / final[key].abs().max()).item() for key in real))
        runs[optimizer] = {"losses": losses, "losses32": losses32, "weights": {key: encode(final[key], every) for key in real}}
    write(
        name,
        {
            "weights": {key: encode(value) for key, value in weights.items()},
            "x": encode(batch[0]),
            "y": encode(batch[1]),
            "loss": loss.item(),
            "gradients": {key: encode(parameters[key].grad) for key in real},
            "optimizers": runs,
        },
    )


def write(name, content):
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


def draw(*shape, scale=1.0):
    return torch.randn(shape, dtype=torch.float64) * scale


def dense(p, name, x):
    return x @ p[f"{name}/kernel"] + p[f"{name}/bias"]


def layer_norm(x, gamma, beta, epsilon):
    return F.layer_norm(x, x.shape[-1:], gamma, beta, epsilon)


def textbook_loss(p, x, y):
    return F.cross_entropy(dense(p, "dense_1", F.relu(dense(p, "dense", x))), y)


def cnn_loss(p, x, y):
    convolved = F.conv2d(x.permute(0, 3, 1, 2), p["conv2d/kernel"].permute(3, 2, 0, 1), p["conv2d/bias"])
    pooled = F.max_pool2d(F.relu(convolved), 2).permute(0, 2, 3, 1)
    return F.cross_entropy(dense(p, "dense", pooled.flatten(1)), y)


def gpt_loss(p, x, y):
    heads = 2
    batch, time = x.shape
    width = p["tokens"].shape[1]
    split = lambda v: v.view(batch, time, heads, width // heads).transpose(1, 2)
    h = p["tokens"][x] + p["positions"]
    normed = layer_norm(h, p["norm1/gamma"], p["norm1/beta"], 1e-5)
    q, k, v = (split(dense(p, part, normed)) for part in ("query", "key", "value"))
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, time, width)
    h = h + dense(p, "output", mixed)
    normed = layer_norm(h, p["norm2/gamma"], p["norm2/beta"], 1e-5)
    h = h + dense(p, "down", F.gelu(dense(p, "up", normed), approximate="tanh"))
    logits = layer_norm(h, p["norm3/gamma"], p["norm3/beta"], 1e-5) @ p["tokens"].T
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))


def models():
    weights = {
        "dense/kernel": draw(100, 64, scale=0.1),
        "dense/bias": draw(64, scale=0.1),
        "dense_1/kernel": draw(64, 10, scale=0.2),
        "dense_1/bias": draw(10, scale=0.1),
    }
    write_model("textbook", textbook_loss, weights, [draw(32, 100), torch.randint(0, 10, (32,))], every=7)

    weights = {
        "conv2d/kernel": draw(3, 3, 1, 4, scale=0.4),
        "conv2d/bias": draw(4, scale=0.1),
        "dense/kernel": draw(36, 5, scale=0.3),
        "dense/bias": draw(5, scale=0.1),
    }
    write_model("cnn", cnn_loss, weights, [draw(4, 8, 8, 1), torch.randint(0, 5, (4,))], every=1)

    width, time, vocabulary = 16, 8, 11
    weights = {"tokens": draw(vocabulary, width, scale=0.3), "positions": draw(time, width, scale=0.3)}
    for name, inputs, outputs in [
        ("query", width, width),
        ("key", width, width),
        ("value", width, width),
        ("output", width, width),
        ("up", width, 4 * width),
        ("down", 4 * width, width),
    ]:
        weights[f"{name}/kernel"] = draw(inputs, outputs, scale=inputs**-0.5)
        weights[f"{name}/bias"] = draw(outputs, scale=0.1)
    for norm in ("norm1", "norm2", "norm3"):
        weights[f"{norm}/gamma"] = 1 + draw(width, scale=0.1)
        weights[f"{norm}/beta"] = draw(width, scale=0.1)
    tokens = torch.randint(0, vocabulary, (2, time + 1))
    write_model("gpt-block", gpt_loss, weights, [tokens[:, :-1], tokens[:, 1:]], every=3)


def operation(function, *inputs):
    """Inputs, output, a cotangent, and the gradient of every floating input."""
    inputs = [value.float() if value.is_floating_point() else value for value in inputs]
    exact = [value.double().requires_grad_() if value.is_floating_point() else value for value in inputs]
    output = function(*exact)
    cotangent = draw(*output.shape).float()
    output.backward(cotangent.double())
    return {
        "inputs": [encode(value) for value in inputs],
        "output": encode(output),
        "cotangent": encode(cotangent),
        "gradients": [encode(value.grad) for value in exact if value.is_floating_point()],
    }


def causal_attention(q, k, v):
    return F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (q, k, v)), is_causal=True).transpose(1, 2)


def operations():
    write(
        "operations",
        {
            "gelu": operation(F.gelu, draw(6, 7, scale=2)),
            "geluApproximate": operation(lambda x: F.gelu(x, approximate="tanh"), draw(6, 7, scale=2)),
            "layerNorm": operation(lambda x, gamma, beta: layer_norm(x, gamma, beta, 1e-3), draw(5, 19, scale=3), 1 + draw(19, scale=0.2), draw(19)),
            "softmax": operation(lambda x: F.softmax(x, -1), draw(5, 13, scale=3)),
            "sparseCategoricalCrossentropy": operation(F.cross_entropy, draw(6, 37, scale=3), torch.randint(0, 37, (6,))),
            "causalAttention": operation(causal_attention, draw(2, 9, 3, 4), draw(2, 9, 3, 4), draw(2, 9, 3, 4)),
        },
    )


if __name__ == "__main__":
    torch.manual_seed(2)
    models()
    operations()
