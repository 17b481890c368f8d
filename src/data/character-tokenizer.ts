// Text as numbers, one for each character that occurs.

import { ConfigError } from '../core/index.ts'

/** A vocabulary of characters in the order of their code points. */
export class CharacterTokenizer {
  readonly characters: readonly string[]
  private readonly ids: ReadonlyMap<string, number>

  constructor(characters: readonly string[]) {
    if (characters.length === 0) throw new ConfigError('tokenizer: expected at least one character, got none. Pass the characters of a text.')
    this.characters = characters
    this.ids = new Map(characters.map((character, id) => [character, id]))
    if (this.ids.size !== characters.length) throw new ConfigError('tokenizer: expected each character once, got one twice. Remove the repetition.')
  }

  /** The vocabulary of a text. */
  static of(text: string): CharacterTokenizer {
    return new CharacterTokenizer([...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)))
  }

  get vocabularySize(): number {
    return this.characters.length
  }

  /** Numbers of the characters; a ConfigError names one that is not in the vocabulary. */
  encode(text: string): Int32Array<ArrayBuffer> {
    return Int32Array.from(
      Array.from(text, (character, i) => {
        const id = this.ids.get(character)
        if (id === undefined) {
          throw new ConfigError(
            `tokenizer: expected characters of the vocabulary, got ${JSON.stringify(character)} at ${i}. Replace it, or make the vocabulary of a text that has it.`,
          )
        }
        return id
      }),
    )
  }

  /** The text of numbers. */
  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => {
      const character = this.characters[id]
      if (character === undefined)
        throw new ConfigError(`tokenizer: expected numbers from 0 to ${this.characters.length - 1}, got ${id}. Check the model's vocabulary.`)
      return character
    }).join('')
  }
}
