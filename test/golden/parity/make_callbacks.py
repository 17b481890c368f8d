"""Writes callbacks.json: what Keras's callbacks decide on given series of figures, and what SwapEMAWeights does to a model's weights.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_callbacks.py

A case with "series" gives one figure of each epoch under "monitor" to a callback of "options" (Keras's names); the model's only weight is the epoch's
number plus 1. "stopped" is the epoch after which training was stopped (null: never), "rates" the learning rate after each epoch, "weight" the weight
at the end. The case of SwapEMAWeights trains one weight, with gradient 1 in every step; "seen" is the weight in every evaluation, "left" the weight
between epochs (when callbacks after it see the end of the epoch), "weight" that after fit.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from arrays import Golden

golden = Golden("callbacks")


class Run:
    """As much of a model as the callbacks look at."""

    def __init__(self):
        self.weight = 0.0
        self.stop_training = False
        self.metrics = []
        self.optimizer = keras.optimizers.SGD(learning_rate=0.5)

    def get_weights(self):
        return [np.array(self.weight)]

    def set_weights(self, weights):
        self.weight = float(weights[0])


def decide(name, case, series, monitor="loss", make=None, **options):
    cls = getattr(keras.callbacks, name)
    monitored = {} if make else {"monitor": monitor, **options}
    callback = make() if make else cls(**monitored)
    model = Run()
    callback.set_model(model)
    callback.on_train_begin()
    stopped, rates = None, []
    for epoch, figure in enumerate(series):
        callback.on_epoch_begin(epoch)
        model.weight = float(epoch + 1)
        callback.on_epoch_end(epoch, {monitor: figure})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            stopped = epoch
            break
    callback.on_train_end()
    golden.add(
        f"keras.callbacks.{name}", case, monitor=monitor, options=options, series=series, stopped=stopped, rates=rates, weight=model.weight
    )


LOSS = [4.0, 3.0, 3.5, 2.875, 2.9375, 3.0, 2.75, 2.8125, 2.78125, 2.5, 2.625, 2.75, 3.0, 3.25]
HIGH = [0.125, 0.25, 0.5, 0.375, 0.4375, 0.5625, 0.5, 0.53125, 0.5, 0.25]
decide("EarlyStopping", "defaults", LOSS)
decide("EarlyStopping", "patience", LOSS, patience=3)
decide("EarlyStopping", "patience and restored weights", LOSS, patience=2, restore_best_weights=True)
decide("EarlyStopping", "minDelta", LOSS, patience=2, min_delta=0.25)
decide("EarlyStopping", "negative minDelta", LOSS, patience=2, min_delta=-0.25)
decide("EarlyStopping", "high is good", HIGH, monitor="val_score", mode="max", patience=2, restore_best_weights=True)
decide("EarlyStopping", "baseline", LOSS, patience=3, baseline=2.8, restore_best_weights=True)
decide("EarlyStopping", "baseline out of reach", LOSS, patience=4, baseline=1.0, restore_best_weights=True)
decide("EarlyStopping", "start from an epoch", LOSS, start_from_epoch=4, patience=1, restore_best_weights=True)
decide("EarlyStopping", "ends by itself, weights restored", LOSS[:5], patience=9, restore_best_weights=True)
decide("ReduceLROnPlateau", "patience", LOSS, patience=2)
decide("ReduceLROnPlateau", "factor, cooldown", LOSS, patience=1, factor=0.5, cooldown=2)
decide("ReduceLROnPlateau", "minLr", LOSS, patience=1, factor=0.3, min_lr=0.1)
decide("ReduceLROnPlateau", "minDelta", LOSS, patience=2, factor=0.5, min_delta=0.5)
decide("ReduceLROnPlateau", "high is good", HIGH, monitor="val_score", mode="max", patience=1, factor=0.7)
decide("ReduceLROnPlateau", "patience 0", LOSS, patience=0, factor=0.9)


def schedule(epoch, rate):
    return rate if epoch < 3 else rate * 0.75


decide("LearningRateScheduler", "rate · 0.75 from epoch 3 on", LOSS[:8], make=lambda: keras.callbacks.LearningRateScheduler(schedule))


def swap(case, swap_on_epoch):
    x = np.ones((4, 1), "float32")
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    optimizer = keras.optimizers.SGD(learning_rate=0.125, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer=optimizer, loss=lambda y, p: keras.ops.mean(p, axis=-1))
    seen, left = [], []
    weight = lambda: float(model.get_weights()[0][0, 0])
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: left.append(weight()))
    look.on_test_batch_end = lambda batch, logs=None: seen.append(weight())
    callbacks = [keras.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch), look]
    model.fit(x, x, batch_size=2, epochs=3, shuffle=False, validation_data=(x, x), validation_batch_size=4, verbose=0, callbacks=callbacks)
    golden.add("keras.callbacks.SwapEMAWeights", case, swapOnEpoch=swap_on_epoch, seen=seen, left=left, weight=weight())


swap("validation only", False)
swap("between epochs, too", True)
golden.write()
