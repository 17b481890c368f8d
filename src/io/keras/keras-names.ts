// What Keras calls things where that cannot be derived from Tenon's names: modules, options, the attributes that hold the parts of a layer (which
// are the folders of its weights), the arguments of calls. Data only.

/** Where Keras's classes live, for options that hold an object: by the end of the option's name. */
export const moduleByOption: Readonly<Record<string, string>> = {
  Initializer: 'keras.initializers',
  Regularizer: 'keras.regularizers',
  Constraint: 'keras.constraints',
  learningRate: 'keras.optimizers.schedules',
  optimizer: 'keras.optimizers',
}

/** Options that hold layers. */
export const layerOptions: ReadonlySet<string> = new Set(['layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells', 'layers'])

/** Options whose Keras name is not the words of Tenon's, set apart by `_`. */
export const optionNames: Readonly<Record<string, string>> = {
  beta1: 'beta_1',
  beta2: 'beta_2',
  adamBeta1: 'adam_beta_1',
  adamBeta2: 'adam_beta_2',
  beta2Decay: 'beta_2_decay',
  epsilon1: 'epsilon_1',
  epsilon2: 'epsilon_2',
  clipNorm: 'clipnorm',
  clipValue: 'clipvalue',
  globalClipNorm: 'global_clipnorm',
}

/** Options whose text is a word that Keras spells with `_`. */
export const wordOptions: ReadonlySet<string> = new Set([
  'activation',
  'recurrentActivation',
  'dataFormat',
  'distribution',
  'fillMode',
  'interpolation',
  'kernelInitializer',
  'mergeMode',
  'mode',
  'outputMode',
  'padToAspectRatio',
  'reduction',
  'standardize',
  'split',
])

/** What layers are told by Tenon's base that Keras says otherwise, or not at all. */
export const ownOptions: ReadonlySet<string> = new Set(['name', 'trainable', 'dtype', 'inputShape'])

/** Options that say nothing unless another one is true. */
export const idleWithout: Readonly<Record<string, string>> = { renormMomentum: 'renorm', renormClipping: 'renorm' }

/** Options that another one has replaced: bins that were found in data have boundaries. */
export const idleWith: Readonly<Record<string, string>> = { numBins: 'binBoundaries' }

/** Options that layers take and check, and do not repeat because there is one choice only, or because it changes nothing. */
export const silentOptions: Readonly<Record<string, readonly string[]>> = {
  StringLookup: ['encoding', 'oovMethod'],
  TextVectorization: ['encoding'],
  IntegerLookup: ['vocabularyDtype'],
}

/** Options that Keras looks for even where they are not set. */
export const neededOptions: Readonly<Record<string, readonly string[]>> = { TextVectorization: ['ngrams'] }

/** Options that Keras's class does not take. */
export const untakenOptions: Readonly<Record<string, readonly string[]>> = {
  Cropping1D: ['data_format'],
  Discretization: ['trainable'],
  Pipeline: ['trainable', 'dtype'],
  SpatialDropout1D: ['trainable'],
  SpatialDropout2D: ['trainable'],
  SpatialDropout3D: ['trainable'],
}

/** Public names of classes that are called otherwise. */
export const publicNames: Readonly<Record<string, string>> = { GroupedQueryAttention: 'GroupQueryAttention' }

/** Options for which null is a choice of its own (no window, nothing merged) and not the default. */
export const nullMeans: ReadonlySet<string> = new Set(['mergeMode', 'window', 'scaling', 'split', 'standardize'])

/** Options that say how Keras works, not what a layer computes. */
export const foreignOptions: ReadonlySet<string> = new Set([
  'quantizationConfig',
  'loraRank',
  'loraAlpha',
  'useCudnn',
  'flashAttention',
  'sparse',
  'ragged',
  'synchronized',
  'implementation',
  'timeMajor',
  'jitCompile',
  'isLegacyOptimizer',
  'hasInputVocabulary',
  'inputLength',
])

/** The attribute that holds a part of a layer, by Keras's class and Tenon's name of the part; a part not named here has its own name in snake_case. */
export const partAttributes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MultiHeadAttention: { query: 'query_dense', key: 'key_dense', value: 'value_dense', gate: 'gate_dense', attention_output: 'output_dense' },
  GroupedQueryAttention: { query: '_query_dense', key: '_key_dense', value: '_value_dense', gate: '_gate_dense', attention_output: '_output_dense' },
  TextVectorization: { lookup: '_lookup_layer' },
}

/** Where the parameters of a layer lie that Keras keeps in a part of it. */
export const ownAttribute: Readonly<Record<string, string>> = {
  SimpleRNN: 'cell',
  GRU: 'cell',
  LSTM: 'cell',
  ConvLSTM1D: 'cell',
  ConvLSTM2D: 'cell',
  ConvLSTM3D: 'cell',
}

/** Arguments of a call by position: what Tenon takes as its inputs (a list where there are several), and what as options. */
export interface CallArguments {
  readonly inputs: readonly string[]
  readonly others: readonly string[]
}

/** Of layers that take inputs and nothing else by position. */
export const plainArguments: CallArguments = { inputs: ['inputs'], others: [] }

/** {@link CallArguments} of classes that take more. */
export const callArguments: Readonly<Record<string, CallArguments>> = {
  MultiHeadAttention: { inputs: ['query', 'value', 'key'], others: ['query_mask', 'value_mask', 'key_mask', 'attention_mask'] },
  GroupedQueryAttention: { inputs: ['query', 'value', 'key'], others: ['query_mask', 'value_mask', 'key_mask', 'attention_mask'] },
  RNN: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  SimpleRNN: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  GRU: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  LSTM: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  Bidirectional: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  ConvLSTM1D: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  ConvLSTM2D: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  ConvLSTM3D: { inputs: ['sequences'], others: ['initial_state', 'mask', 'training'] },
  Attention: { inputs: ['inputs'], others: ['mask', 'training', 'return_attention_scores', 'use_causal_mask'] },
  AdditiveAttention: { inputs: ['inputs'], others: ['mask', 'training', 'return_attention_scores', 'use_causal_mask'] },
  CategoryEncoding: { inputs: ['inputs'], others: ['count_weights'] },
  ReversibleEmbedding: { inputs: ['inputs'], others: ['reverse'] },
}

/** Keras's names of dtypes. */
export const dtypeNames = {
  f64: 'float64',
  f32: 'float32',
  f16: 'float16',
  bf16: 'bfloat16',
  i64: 'int64',
  i32: 'int32',
  u32: 'uint32',
  i8: 'int8',
  u8: 'uint8',
  bool: 'bool',
} as const

/** `kernelSize` as `kernel_size`. */
export function kerasOption(name: string): string {
  return optionNames[name] ?? snakeWord(name)
}

/** `channelsLast` as `channels_last`. */
export const snakeWord = (word: string): string => word.replaceAll(/([A-Z])/g, '_$1').toLowerCase()

/** `kernel_size` as `kernelSize`, `beta_1` as `beta1`. */
export const tenonOption = (name: string): string => name.replaceAll(/(?<=.)_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** The words of options that Tenon writes in camelCase only. */
export const camelWords: ReadonlySet<string> = new Set([
  'fan_avg',
  'fan_in',
  'fan_out',
  'truncated_normal',
  'untruncated_normal',
  'sum_over_batch_size',
  'mean_with_sample_weight',
])
