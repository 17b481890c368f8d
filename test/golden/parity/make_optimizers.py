"""Writes optimizers.json: optimizers over 20 steps, learning-rate schedules, initializers, regularizers, constraints.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_optimizers.py

The case "inputs" has the parameters of every optimizer case and two sets of numbers, a and b; the gradient of step t (from 0) is
a·cos(0.7 t) + b·sin(1.3 t). "weights" are the parameters after steps 1, 5 and 20, "variables" what the optimizer has then, in Keras's order.
"""

import math
import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
import torch
from arrays import Golden, gradients_of, cotangent_of, normals, numbers
from keras import constraints, initializers, ops, optimizers, regularizers
from keras.optimizers import schedules

keras.config.set_floatx("float64")
golden = Golden("optimizers")
PATHS = ["dense/kernel", "dense/bias", "embedding/embeddings", "conv/kernel", "wide/kernel"]
SHAPES = [(3, 4), (4,), (5, 3), (2, 1, 2, 3), (2, 5)]
START = [normals(*shape) for shape in SHAPES]
A = [normals(*shape) for shape in SHAPES]
B = [normals(*shape, scale=0.5) for shape in SHAPES]
STEPS = [1, 5, 20]


class ScheduleFreeAdamW(optimizers.ScheduleFreeAdamW):
    """Keras's, with the momentum before the step kept apart: with torch, assigning in place would change what was read before it."""

    def assign_sub(self, variable, value):
        variable._value = (variable.value - value).detach()


def variables_of(values, kept=None):
    made = []
    for path, value in zip(PATHS, values):
        scope, name = path.split("/")
        with keras.name_scope(scope):
            made.append(keras.Variable(value.astype("float64"), name=name, dtype="float64"))
    for variable, constraint in zip(made, kept or []):
        variable.constraint = constraint
    return made


def gradient(i, t):
    return torch.tensor(A[i].astype("float64") * math.cos(0.7 * t) + B[i].astype("float64") * math.sin(1.3 * t))


def plain(value):
    """A config as JSON: names of modules and registrations left out."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("module", "registered_name", "build_config")}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


golden.add(
    "keras.optimizers.Optimizer", "inputs", paths=PATHS, parameters=START, a=A, b=B,
)


def optimizer(case, made, name=None, exclude=None, kept=None, bad_step=None, variables=True, **extra):
    """20 steps of one optimizer."""
    row = f"keras.optimizers.{name or type(made).__name__}"
    config = plain(made.get_config())
    averaged = getattr(made, "inner_optimizer", made).use_ema
    if exclude:
        made.exclude_from_weight_decay(**exclude)
    parameters = variables_of(START, kept)
    made.build(parameters)
    weights = []
    for t in range(20):
        grads = [gradient(i, t) for i in range(len(parameters))]
        if hasattr(made, "dynamic_scale"):
            grads = [g * made.dynamic_scale.value for g in grads]
        elif made.loss_scale_factor is not None:
            grads = [g * made.loss_scale_factor for g in grads]
        if t == bad_step:
            grads[1][2] = math.inf
        made.apply(grads, parameters)
        if t + 1 in STEPS:
            weights.append([v.numpy().copy() for v in parameters])
    state = [np.asarray(v.numpy()) for v in made.variables]
    made.finalize_variable_values(parameters)
    golden.add(
        row, case, className=type(made).__name__, config=config, weights=weights,
        final=[v.numpy() for v in parameters] if averaged else None,
        variables=[s.astype("float64") for s in state] if variables else None,
        badStep=bad_step, **extra,
    )


ALL = [
    "SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta",
    "Adafactor", "Lion", "Lamb", "Ftrl", "Muon", "ScheduleFreeAdamW",
]
for class_name in ALL:
    cls = ScheduleFreeAdamW if class_name == "ScheduleFreeAdamW" else getattr(optimizers, class_name)
    kept = class_name != "Adafactor"
    optimizer("defaults", cls(), variables=kept)
    optimizer("a high rate", cls(learning_rate=0.1), variables=False)
    decay = {} if class_name in ("AdamW", "Muon") else {"weight_decay": 0.05}
    optimizer("decay and clipping", cls(learning_rate=0.02, global_clipnorm=1.5, **decay), variables=kept)

Schedule = schedules.CosineDecay
optimizer("momentum", optimizers.SGD(0.1, momentum=0.9))
optimizer("nesterov", optimizers.SGD(0.1, momentum=0.9, nesterov=True))
optimizer("clipnorm", optimizers.SGD(0.1, clipnorm=0.7))
optimizer("clipvalue", optimizers.SGD(0.1, clipvalue=0.3))
optimizer("averages", optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8))
optimizer("averages that overwrite", optimizers.Adam(0.05, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=3))
optimizer("accumulation", optimizers.Adam(0.05, gradient_accumulation_steps=3))
optimizer(
    "accumulation, averages, a schedule, clipping",
    optimizers.SGD(Schedule(0.1, 15), momentum=0.5, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.7, clipnorm=1.0),
)
optimizer("a fixed loss scale", optimizers.Adam(0.05, loss_scale_factor=128.0))
optimizer("amsgrad", optimizers.Adam(0.05, amsgrad=True, beta_2=0.9))
optimizer("amsgrad, betas, decay", optimizers.AdamW(0.05, amsgrad=True, beta_1=0.7, beta_2=0.8, epsilon=1e-3, weight_decay=0.1))
optimizer("no decay of biases", optimizers.AdamW(0.05, weight_decay=0.3), exclude={"var_names": ["bias", "embeddings"]})
optimizer("a schedule", optimizers.AdamW(schedules.ExponentialDecay(0.1, 4, 0.5)))
optimizer("momentum and centred", optimizers.RMSprop(0.02, momentum=0.8, centered=True, rho=0.8))
optimizer("centred", optimizers.RMSprop(0.02, centered=True))
optimizer("another start", optimizers.Adagrad(0.2, initial_accumulator_value=0.0, epsilon=1e-5))
optimizer("rate 1", optimizers.Adadelta(1.0, rho=0.9, epsilon=1e-4))
optimizer("other constants", optimizers.Adafactor(0.5, beta_2_decay=-0.5, epsilon_2=0.1, clip_threshold=0.5, relative_step=False), variables=False)
optimizer("a schedule", optimizers.Adafactor(schedules.InverseTimeDecay(0.3, 5, 1.0)), variables=False)
optimizer("betas", optimizers.Lion(0.01, beta_1=0.5, beta_2=0.6))
optimizer("betas", optimizers.Nadam(0.05, beta_1=0.5, beta_2=0.6))
optimizer("betas", optimizers.Adamax(0.05, beta_1=0.5, beta_2=0.6))
optimizer("penalties", optimizers.Ftrl(0.1, l1_regularization_strength=0.2, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05, beta=0.3))
optimizer("another power", optimizers.Ftrl(0.1, learning_rate_power=-0.8, initial_accumulator_value=0.5))
optimizer("no nesterov, no scaling, excluded", optimizers.Muon(0.05, nesterov=False, rms_rate=None, exclude_layers=["wide"], adam_lr_ratio=0.5, adam_weight_decay=0.1))
optimizer("embeddings, other polynomial", optimizers.Muon(0.02, exclude_embeddings=False, muon_a=3.0, muon_b=-3.2, muon_c=1.2, ns_steps=3, momentum=0.8, weight_decay=None))
optimizer("warm-up", ScheduleFreeAdamW(0.05, warmup_steps=7, beta_1=0.8, weight_decay=0.01))
optimizer("constraints", optimizers.SGD(0.3), kept=[constraints.MaxNorm(1.0), constraints.NonNeg(), constraints.UnitNorm(1), constraints.MinMaxNorm(0.5, 1.0, 0.5, [0, 1, 2]), None], constrained=True)
optimizer("grows, and skips a step", optimizers.LossScaleOptimizer(optimizers.Adam(0.05), initial_scale=1024.0, dynamic_growth_steps=4), bad_step=6)
optimizer("of averages", optimizers.LossScaleOptimizer(optimizers.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.5), dynamic_growth_steps=5))
optimizer(
    "two and a default",
    optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(0.1), {"dense/bias": optimizers.Adam(0.05), ".*/embeddings": optimizers.Lion(0.01)})),
)
multi = golden.cases[-1]
golden.cases.append({**multi, "row": "keras.optimizers.OptimizerMap"})


# PyTorch with the options that make it equal: no dampening, Keras's epsilon.
def torch_case(case, class_name, config, make, schedule=None):
    parameters = [torch.tensor(v.astype("float64"), requires_grad=True) for v in START]
    made = make(parameters)
    scheduler = schedule(made) if schedule else None
    weights = []
    for t in range(20):
        for i, p in enumerate(parameters):
            p.grad = gradient(i, t)
        made.step()
        if scheduler:
            scheduler.step()
        if t + 1 in STEPS:
            weights.append([p.detach().numpy().copy() for p in parameters])
    golden.add(f"keras.optimizers.{class_name}", f"PyTorch's {case}", className=class_name, config=config, weights=weights)


torch_case("SGD", "SGD", {"learning_rate": 0.1}, lambda p: torch.optim.SGD(p, lr=0.1))
torch_case("SGD with momentum", "SGD", {"learning_rate": 0.1, "momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))
torch_case(
    "SGD with Nesterov momentum", "SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
)
torch_case("Adam (epsilon 0)", "Adam", {"learning_rate": 0.05, "epsilon": 0.0}, lambda p: torch.optim.Adam(p, lr=0.05, eps=0.0))
torch_case(
    "AdamW (epsilon 0)", "AdamW", {"learning_rate": 0.05, "epsilon": 0.0, "weight_decay": 0.1, "beta_2": 0.9},
    lambda p: torch.optim.AdamW(p, lr=0.05, eps=0.0, weight_decay=0.1, betas=(0.9, 0.9)),
)
torch_case(
    "SGD with OneCycleLR", "SGD",
    {"learning_rate": {"class_name": "OneCycle", "config": {"max_learning_rate": 0.2, "total_steps": 24}}},
    lambda p: torch.optim.SGD(p, lr=0.1),
    lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=24, cycle_momentum=False),
)


# Schedules
def schedule(case, made, steps=range(0, 26), why=None):
    row = f"keras.optimizers.schedules.{type(made).__name__}"
    values = [float(made(torch.tensor(float(t), dtype=torch.float64))) for t in steps]
    golden.add(
        row, case, kind="schedule", className=type(made).__name__, config=plain(made.get_config()),
        steps=np.array(list(steps), "float32"), results=[np.array(values)],
    )


schedule("once", schedules.CosineDecay(0.5, 20))
schedule("alpha", schedules.CosineDecay(0.5, 20, alpha=0.1))
schedule("warm-up", schedules.CosineDecay(0.1, 15, alpha=0.05, warmup_target=1.0, warmup_steps=6))
schedule("doubling", schedules.CosineDecayRestarts(0.5, 4, alpha=0.1), steps=[*range(0, 4), *range(5, 12), *range(13, 28)])
schedule("equal periods that shrink", schedules.CosineDecayRestarts(0.5, 8, t_mul=1.0, m_mul=0.7))
schedule("growing and shrinking", schedules.CosineDecayRestarts(0.5, 5, t_mul=1.5, m_mul=0.8), steps=[*range(0, 5), *range(6, 26)])
schedule("smooth", schedules.ExponentialDecay(0.5, 7, 0.6))
schedule("staircase", schedules.ExponentialDecay(0.5, 7, 0.6, staircase=True))
schedule("smooth", schedules.InverseTimeDecay(0.5, 7, 0.6))
schedule("staircase", schedules.InverseTimeDecay(0.5, 7, 0.6, staircase=True))
schedule("straight", schedules.PolynomialDecay(0.5, 20))
schedule("power", schedules.PolynomialDecay(0.5, 20, end_learning_rate=0.05, power=2.5))
schedule("cycle", schedules.PolynomialDecay(0.5, 7, end_learning_rate=0.05, power=0.5, cycle=True))
schedule("three values", schedules.PiecewiseConstantDecay([5, 12], [1.0, 0.5, 0.1]))
schedule("one boundary", schedules.PiecewiseConstantDecay([9.0], [0.2, 0.4]))


def one_cycle(case, config, **options):
    p = torch.nn.Parameter(torch.zeros(1))
    made = torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD([p], lr=1.0), total_steps=26, **options)
    values = []
    for _ in range(26):
        values.append(made.get_last_lr()[0])
        if len(values) < 26:
            made.optimizer.step()
            made.step()
    golden.add(
        "keras.optimizers.schedules.LearningRateSchedule", case, kind="schedule", className="OneCycle", config=config,
        steps=np.arange(26, dtype="float32"), results=[np.array(values)],
    )


one_cycle("PyTorch's OneCycleLR", {"max_learning_rate": 0.4, "total_steps": 26}, max_lr=0.4)
one_cycle(
    "PyTorch's OneCycleLR, linear, three phases",
    {"max_learning_rate": 0.4, "total_steps": 26, "pct_start": 0.4, "anneal_strategy": "linear", "div_factor": 10, "final_div_factor": 100, "three_phase": True},
    max_lr=0.4, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100, three_phase=True,
)


# Initializers: what is certain exactly, what is drawn by its mean, deviation and limits.
def initializer(case, made, *shape, exact=True):
    row = f"keras.initializers.{type(made).__name__}"
    value = np.asarray(made(shape, dtype="float64").detach().cpu().numpy())
    config = {"gain": made.gain} if row.endswith("Identity") else plain(made.get_config())  # Keras's config of Identity lacks its gain.
    fields = {"results": [value]} if exact else {}
    golden.add(row, case, kind="initializer", className=type(made).__name__, config=config, shape=list(shape), **fields)


def drawn(case, made, shape, mean, deviation, limit):
    """`limit`: the largest |x − mean| that can be; null for none."""
    row = f"keras.initializers.{type(made).__name__}"
    sample = np.concatenate([np.asarray(made((200, 50), dtype="float64").detach().cpu().numpy()).ravel() for _ in range(1)]) if shape == (200, 50) else None
    if sample is not None:
        assert abs(sample.std() - deviation) < 0.03 * deviation + 1e-9, (row, sample.std(), deviation)
    golden.add(
        row, case, kind="drawn", className=type(made).__name__, config=plain(made.get_config()), shape=list(shape),
        mean=mean, deviation=deviation, limit=limit,
    )


initializer("zeros", initializers.Zeros(), 2, 3)
initializer("ones", initializers.Ones(), 2, 3)
initializer("a number", initializers.Constant(0.3), 2, 3)
initializer("wide", initializers.Identity(0.5), 2, 3)
initializer("square", initializers.Identity(), 3, 3)
for case, options in [
    ("defaults", {}),
    ("imaginary, periodic hamming, spectrum", {"side": "imag", "window": "hamming", "periodic": True, "scaling": "spectrum"}),
    ("no window", {"window": None, "scaling": None}),
    *[(f"{w}", {"window": w, "scaling": None}) for w in (
        "boxcar", "bartlett", "barthann", "blackman", "blackmanharris", "bohman", "cosine", "flattop", "lanczos", "nuttall", "parzen", "triang", "tukey")],
]:
    initializer(case, initializers.STFT(**options), 9, 1, 5)
initializer("parzen, even", initializers.STFT(window="parzen", scaling=None), 8, 1, 3)
initializer("triang, even", initializers.STFT(window="triang", scaling=None), 8, 1, 3)
initializer("cosine, even", initializers.STFT(window="cosine", scaling=None), 8, 1, 3)

CUT = 0.87962566103423978
drawn("defaults", initializers.RandomNormal(seed=1), (200, 50), 0.0, 0.05, None)
drawn("mean and deviation", initializers.RandomNormal(1.0, 0.2, seed=1), (200, 50), 1.0, 0.2, None)
drawn("defaults", initializers.RandomUniform(seed=1), (200, 50), 0.0, 0.05 / math.sqrt(3), 0.05)
drawn("limits", initializers.RandomUniform(0.5, 1.5, seed=1), (200, 50), 1.0, 0.5 / math.sqrt(3), 0.5)
drawn("defaults", initializers.TruncatedNormal(seed=1), (200, 50), 0.0, 0.05 * CUT, 0.1)
drawn("mean and deviation", initializers.TruncatedNormal(1.0, 0.2, seed=1), (200, 50), 1.0, 0.2 * CUT, 0.4)


def scaled(case, made, shape, variance, distribution):
    std = math.sqrt(variance)
    limit = {"uniform": math.sqrt(3) * std, "truncated": 2 * std / CUT, "normal": None}[distribution]
    drawn(case, made, shape, 0.0, std, limit)


scaled("defaults", initializers.GlorotUniform(seed=1), (200, 50), 2 / 250, "uniform")
scaled("a convolution", initializers.GlorotUniform(seed=1), (3, 3, 40, 20), 2 / (9 * 60), "uniform")
scaled("axes", initializers.GlorotUniform(seed=1, input_axes=[0, 1], output_axes=[2]), (20, 30, 10), 2 / 610, "uniform")
scaled("a vector", initializers.GlorotUniform(seed=1), (10000,), 1 / 10000, "uniform")
scaled("defaults", initializers.GlorotNormal(seed=1), (200, 50), 2 / 250, "truncated")
scaled("defaults", initializers.HeNormal(seed=1), (200, 50), 2 / 200, "truncated")
scaled("defaults", initializers.HeUniform(seed=1), (200, 50), 2 / 200, "uniform")
scaled("defaults", initializers.LecunNormal(seed=1), (200, 50), 1 / 200, "truncated")
scaled("defaults", initializers.LecunUniform(seed=1), (200, 50), 1 / 200, "uniform")
V = initializers.VarianceScaling
scaled("defaults", V(seed=1), (200, 50), 1 / 200, "truncated")
scaled("fan_out, normal", V(3.0, "fan_out", "untruncated_normal", seed=1), (200, 50), 3 / 50, "normal")
scaled("fan_avg, uniform", V(0.5, "fan_avg", "uniform", seed=1), (200, 50), 0.5 / 125, "uniform")
initializer("tall", initializers.Orthogonal(gain=1.5, seed=1), 3, 4, 5, exact=False)
initializer("wide", initializers.Orthogonal(seed=1), 6, 20, exact=False)


# Regularizers and constraints: values and gradients
X = numbers(3, 4)


def function(row, case, made, x, kind):
    leaf = torch.tensor(x.astype("float64"), requires_grad=True)
    result = made(leaf)
    result = result if isinstance(result, torch.Tensor) else torch.tensor(result)
    cotangent = cotangent_of(result)
    golden.add(
        row, case, kind=kind, className=type(made).__name__, config=plain(made.get_config()), inputs=[x], results=[result],
        cotangents=[cotangent], gradients=gradients_of([result], [cotangent], [leaf]),
    )


for case, made in [
    ("defaults", regularizers.L1()), ("a factor", regularizers.L1(0.3)), ("defaults", regularizers.L2()), ("a factor", regularizers.L2(0.3)),
    ("defaults", regularizers.L1L2()), ("both", regularizers.L1L2(0.2, 0.3)), ("one", regularizers.L1L2(l2=0.3)),
    ("rows", regularizers.OrthogonalRegularizer()), ("columns", regularizers.OrthogonalRegularizer(0.5, "columns")),
]:
    function(f"keras.regularizers.{type(made).__name__}", case, made, X, "regularizer")
for case, made, x in [
    ("defaults", constraints.MaxNorm(), X), ("another axis", constraints.MaxNorm(1.0, 1), X), ("defaults", constraints.UnitNorm(), X),
    ("axes of a convolution", constraints.UnitNorm([0, 1, 2]), numbers(2, 2, 3, 2)), ("defaults", constraints.NonNeg(), X),
    ("defaults", constraints.MinMaxNorm(), X), ("a rate", constraints.MinMaxNorm(1.0, 1.5, 0.4, 1), X),
]:
    function(f"keras.constraints.{type(made).__name__}", case, made, x, "constraint")

golden.write()
