"""Writes layers-recurrent.json: cells, recurrent layers and what wraps them. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

import numpy as np

from arrays import Golden, booleans, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-recurrent")

MASK = np.array([[True, True, False, True], [False, True, True, False]])


def case(row, name, make, *shape, **more):
    layer_case(golden, f"keras.layers.{row}", name, make, [numbers(*shape)], **more)


def states(count, *shape):
    return {"initial_state": [numbers(*shape) for _ in range(count)]}


rules = dict(
    kernel_initializer=keras.initializers.HeNormal(seed=1),
    recurrent_initializer=keras.initializers.Orthogonal(gain=0.5, seed=2),
    bias_initializer="ones",
    kernel_regularizer="l2",
    recurrent_regularizer=keras.regularizers.L1(0.02),
    bias_regularizer="l1",
    kernel_constraint="max_norm",
    recurrent_constraint="unit_norm",
    bias_constraint="non_neg",
    dropout=0.1,
    recurrent_dropout=0.2,
    seed=3,
)

for row, make, gated, count in [
    ("SimpleRNN", L.SimpleRNN, {}, 1),
    ("LSTM", L.LSTM, {"recurrent_activation": "hard_sigmoid"}, 2),
    ("GRU", L.GRU, {"recurrent_activation": "hard_sigmoid"}, 1),
]:
    case(row, "last output", lambda: make(3), 2, 4, 2)
    case(row, "sequences, states", lambda: make(3, return_sequences=True, return_state=True), 2, 4, 2)
    case(row, "backwards", lambda: make(3, return_sequences=True, go_backwards=True), 2, 4, 2)
    case(row, "backwards, last output and states", lambda: make(3, return_state=True, go_backwards=True), 2, 4, 2)
    case(row, "written out", lambda: make(3, return_sequences=True, unroll=True), 2, 4, 2)
    case(row, "written out backwards", lambda: make(3, unroll=True, go_backwards=True), 2, 4, 2)
    case(row, "initial state", lambda: make(3, return_state=True), 2, 4, 2, options=states(count, 2, 3))
    case(row, "mask, last output", lambda: make(3, return_state=True), 2, 4, 2, options={"mask": MASK})
    case(row, "mask, sequences", lambda: make(3, return_sequences=True), 2, 4, 2, options={"mask": MASK})
    case(row, "mask, initial state", lambda: make(3, return_sequences=True), 2, 4, 2, options={"mask": MASK, **states(count, 2, 3)})
    case(row, "mask, backwards", lambda: make(3, return_sequences=True, go_backwards=True), 2, 4, 2, options={"mask": MASK})
    case(row, "mask, zeros", lambda: make(3, return_sequences=True, return_state=True, zero_output_for_mask=True), 2, 4, 2, options={"mask": MASK})
    case(row, "mask, last of zeros", lambda: make(3, zero_output_for_mask=True), 2, 4, 2, options={"mask": MASK})
    case(row, "mask, written out", lambda: make(3, return_sequences=True, unroll=True), 2, 4, 2, options={"mask": MASK})
    case(row, "no bias, own activations", lambda: make(3, activation="relu", use_bias=False, **gated), 2, 4, 2)
    case(row, "rules, dropout at rest", lambda: make(3, **rules), 2, 4, 2)

case("LSTM", "no unit forget bias", lambda: L.LSTM(3, unit_forget_bias=False, activity_regularizer="l2"), 2, 4, 2)
case("GRU", "reset before", lambda: L.GRU(3, reset_after=False), 2, 4, 2)
case("GRU", "reset before, sequences, mask", lambda: L.GRU(3, reset_after=False, return_sequences=True), 2, 4, 2, options={"mask": MASK})
case("GRU", "reset before, no bias", lambda: L.GRU(3, reset_after=False, use_bias=False), 2, 4, 2)
case("LSTM", "relu gates, long", lambda: L.LSTM(3, recurrent_activation="relu", activation="softsign"), 2, 9, 2)

case("SimpleRNNCell", "one step", lambda: L.SimpleRNNCell(3), 2, 3, options={"states": [numbers(2, 3)]})
case("LSTMCell", "one step", lambda: L.LSTMCell(3), 2, 3, options={"states": [numbers(2, 3), numbers(2, 3)]})
case("GRUCell", "one step", lambda: L.GRUCell(3), 2, 3, options={"states": [numbers(2, 3)]})
case("GRUCell", "one step, reset before", lambda: L.GRUCell(3, reset_after=False), 2, 3, options={"states": [numbers(2, 3)]})
case(
    "StackedRNNCells",
    "one step",
    lambda: L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)]),
    2,
    3,
    options={"states": [[numbers(2, 2), numbers(2, 2)], numbers(2, 3)]},
)

stacked = lambda **more: L.RNN([L.LSTMCell(2), L.GRUCell(3), L.SimpleRNNCell(2)], **more)
case("RNN", "a cell", lambda: L.RNN(L.GRUCell(3)), 2, 4, 2)
case("RNN", "stacked cells", lambda: stacked(), 2, 4, 2)
case("RNN", "stacked cells, sequences, states", lambda: stacked(return_sequences=True, return_state=True), 2, 4, 2)
case("RNN", "stacked cells, backwards", lambda: stacked(return_sequences=True, go_backwards=True), 2, 4, 2)
case("RNN", "stacked LSTM cells, mask", lambda: L.RNN([L.GRUCell(2), L.GRUCell(3)], return_sequences=True), 2, 4, 2, options={"mask": MASK})
case("RNN", "stacked cells, written out", lambda: stacked(unroll=True), 2, 4, 2)

for mode in ["concat", "sum", "mul", "ave", None]:
    case("Bidirectional", f"LSTM, {mode}", lambda: L.Bidirectional(L.LSTM(2), merge_mode=mode), 2, 4, 2)
case("Bidirectional", "GRU, sequences", lambda: L.Bidirectional(L.GRU(2, return_sequences=True)), 2, 4, 2)
case("Bidirectional", "states", lambda: L.Bidirectional(L.LSTM(2, return_sequences=True, return_state=True)), 2, 4, 2)
case("Bidirectional", "states apart", lambda: L.Bidirectional(L.GRU(2, return_state=True), merge_mode=None), 2, 4, 2)
case("Bidirectional", "initial states", lambda: L.Bidirectional(L.LSTM(2)), 2, 4, 2, options=states(4, 2, 2))
case("Bidirectional", "mask, sequences", lambda: L.Bidirectional(L.LSTM(2, return_sequences=True)), 2, 4, 2, options={"mask": MASK})
case("Bidirectional", "mask, last", lambda: L.Bidirectional(L.GRU(2)), 2, 4, 2, options={"mask": MASK})
case(
    "Bidirectional",
    "another layer backwards",
    lambda: L.Bidirectional(L.LSTM(2, return_sequences=True), backward_layer=L.GRU(3, return_sequences=True, go_backwards=True)),
    2,
    4,
    3,
)
case("Bidirectional", "a cell", lambda: L.Bidirectional(L.RNN([L.GRUCell(3), L.GRUCell(2)], return_sequences=True), merge_mode="sum"), 2, 4, 2)

case("TimeDistributed", "dense", lambda: L.TimeDistributed(L.Dense(3, activation="tanh")), 2, 4, 2)
case("TimeDistributed", "mask", lambda: L.TimeDistributed(L.Dense(3)), 2, 4, 2, options={"mask": MASK})
case("TimeDistributed", "convolution", lambda: L.TimeDistributed(L.Conv2D(2, 3)), 2, 3, 4, 5, 1)
case("TimeDistributed", "nested", lambda: L.TimeDistributed(L.TimeDistributed(L.Dense(2))), 2, 3, 2, 3)
case("TimeDistributed", "LSTM", lambda: L.TimeDistributed(L.LSTM(3)), 2, 3, 4, 2)
case("TimeDistributed", "LSTM, mask", lambda: L.TimeDistributed(L.LSTM(3)), 2, 3, 4, 2, options={"mask": booleans(2, 3, 4)})
case("TimeDistributed", "moving averages", lambda: L.TimeDistributed(L.BatchNormalization()), 4, 3, 2, training=True, states=True)

case("ConvLSTM1D", "last output", lambda: L.ConvLSTM1D(2, 3), 2, 3, 6, 2)
case("ConvLSTM1D", "sequences, states, same, strides", lambda: L.ConvLSTM1D(2, 3, strides=2, padding="same", return_sequences=True, return_state=True), 2, 3, 6, 2)
case("ConvLSTM1D", "dilation, no bias", lambda: L.ConvLSTM1D(2, 2, dilation_rate=2, use_bias=False), 2, 3, 6, 2)
case("ConvLSTM2D", "last output", lambda: L.ConvLSTM2D(2, 3), 1, 3, 5, 6, 2)
case("ConvLSTM2D", "sequences, same", lambda: L.ConvLSTM2D(2, (3, 2), padding="same", return_sequences=True), 1, 3, 4, 5, 1)
case("ConvLSTM2D", "channels first", lambda: L.ConvLSTM2D(2, 2, data_format="channels_first", return_sequences=True), 1, 2, 3, 4, 5)
case("ConvLSTM2D", "mask, backwards", lambda: L.ConvLSTM2D(2, 2, go_backwards=True, return_sequences=True), 2, 4, 3, 4, 1, options={"mask": MASK})
case("ConvLSTM2D", "rules, own activations", lambda: L.ConvLSTM2D(2, 2, activation="relu", recurrent_activation="hard_sigmoid", unit_forget_bias=False, **rules), 1, 2, 3, 4, 1)
case("ConvLSTM3D", "last output", lambda: L.ConvLSTM3D(2, 2), 1, 2, 3, 4, 3, 1)
case("ConvLSTM3D", "sequences, states", lambda: L.ConvLSTM3D(1, 2, padding="same", return_sequences=True, return_state=True), 1, 2, 3, 2, 3, 2)
golden.write()
