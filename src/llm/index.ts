// The public face of llm: language models and generation.

export { generate, type GenerateOptions, type TokenModel } from './generate.ts'
export {
  GPT,
  type GPTConfiguration,
  type GPTParameters,
  type GPTTree,
  gpt,
  gptHead,
  gptHidden,
  gptParameters,
  gptTree,
  presets,
} from './models/gpt.ts'
