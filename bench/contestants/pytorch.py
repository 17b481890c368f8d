"""PyTorch on the processor: matrix products and whole training steps, eager, with channels last, and through torch.compile.

A step is what a training loop does for one batch: forward, loss, backward, optimizer, gradients dropped. The optimizers are PyTorch's
fused ones where the version has them for the processor, which is never slower here than the loop over parameters.
"""

import os
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from protocol import serve

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, time, width = x.shape
        split = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).reshape(batch, time, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    """GPT-2's architecture: learned positions, pre-normalisation, the head tied to the token embedding."""

    def __init__(self, layers, heads, width, context, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.02)
        self.head.weight = self.tokens.weight

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def optimizer_of(kind, parameters, rate):
    made = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
    try:
        return made(parameters, lr=rate, fused=True)
    except (RuntimeError, TypeError, ValueError):
        return made(parameters, lr=rate)


def build(case):
    """The model, its optimizer, inputs and targets of a case."""
    if case["model"] == "textbook":
        model = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
        return model, "sgd", torch.randn(case["batch"], 100), torch.randint(0, 10, (case["batch"],))
    if case["model"] == "cnn":
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
        return model, "adam", torch.randn(case["batch"], 1, 28, 28), torch.randint(0, 10, (case["batch"],))
    model = GPT(case["layers"], case["heads"], case["width"], case["context"], case["vocabulary"])
    tokens = torch.randint(0, case["vocabulary"], (case["batch"], case["context"] + 1))
    return model, "adamw", tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()


def step_of(case):
    model, kind, inputs, targets = build(case)
    if case["variant"] == "channels last":
        model, inputs = model.to(memory_format=torch.channels_last), inputs.to(memory_format=torch.channels_last)
    optimizer = optimizer_of(kind, model.parameters(), 0.01 if kind == "sgd" else 1e-4)

    def loss_of(inputs, targets):
        outputs = model(inputs)
        return F.cross_entropy(outputs.view(-1, outputs.shape[-1]), targets.view(-1))

    if case["variant"] == "torch.compile":
        loss_of = torch.compile(loss_of)

    def step():
        loss = loss_of(inputs, targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    return step, {"parameters": sum(parameter.numel() for parameter in model.parameters())}


class BasicBlock(nn.Module):
    def __init__(self, before, filters, stride):
        super().__init__()
        convolution = lambda inputs, size, stride: nn.Sequential(
            nn.Conv2d(inputs, filters, size, stride, size // 2, bias=False), nn.BatchNorm2d(filters)
        )  # fmt: skip
        self.first, self.second = convolution(before, 3, stride), convolution(filters, 3, 1)
        self.shortcut = nn.Identity() if before == filters and stride == 1 else convolution(before, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


def resnet18():
    """torchvision's ResNet-18."""
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    blocks, before = [], 64
    for stage, filters in enumerate([64, 128, 256, 512]):
        blocks += [BasicBlock(before, filters, 1 if stage == 0 else 2), BasicBlock(filters, filters, 1)]
        before = filters
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def subject_of(case):
    """The layer of a case, and its inputs."""
    batch, size = case["batch"], case.get("size")
    if case["layer"] == "lstm":
        layer = nn.LSTM(case["features"], case["units"], batch_first=True)
        return layer, torch.randn(batch, case["time"], case["features"])
    if case["layer"] == "resnet18":
        return resnet18(), torch.randn(batch, 3, size, size)
    if case["layer"] == "batchNormalization":
        return nn.BatchNorm2d(case["channels"]), torch.randn(batch, case["channels"], size, size)
    width = case["width"]
    layer = nn.TransformerEncoderLayer(width, case["heads"], 4 * width, dropout=0.0, batch_first=True)
    return layer, torch.randn(batch, case["time"], width)


def layer_of(case):
    """Forward and backward of one layer: gradients of its inputs and parameters for a cotangent of its output."""
    layer, inputs = subject_of(case)
    if "channels last" in case["variant"]:
        layer, inputs = layer.to(memory_format=torch.channels_last), inputs.to(memory_format=torch.channels_last)
    inputs.requires_grad_(True)
    forward = lambda x: layer(x)[0] if case["layer"] == "lstm" else layer(x)
    cotangent = torch.randn_like(forward(inputs))
    if "torch.compile" in case["variant"]:
        forward = torch.compile(forward)

    def step():
        forward(inputs).backward(cotangent)
        inputs.grad = None
        layer.zero_grad(set_to_none=True)

    return step, {"parameters": sum(parameter.numel() for parameter in layer.parameters())}


def product_of(case):
    m, n, k = case["m"], case["n"], case["k"]
    draw = lambda rows, columns, transposed: torch.randn(columns, rows).t() if transposed else torch.randn(rows, columns)
    a, b, c = draw(m, k, case["transposeA"]), draw(k, n, case["transposeB"]), torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c), {}


def tensors_of(case):
    def loop():
        total = 0.0
        for i in range(case["count"]):
            total += (torch.full(case["shape"], float(i)) + 1)[0, 0].item()
        return total

    return loop, {}


def compile_of(case):
    start = time.perf_counter()
    step, info = step_of(case)
    built = time.perf_counter()
    step()
    return step, {**info, "buildSeconds": built - start, "firstStepSeconds": time.perf_counter() - built}


makers = {"gemm": product_of, "step": step_of, "memory": step_of, "tensors": tensors_of, "compile": compile_of, "layer": layer_of}
serve({"name": "PyTorch", "version": torch.__version__, "details": f"{torch.get_num_threads()} threads"}, lambda case: makers[case["kind"]](case))
