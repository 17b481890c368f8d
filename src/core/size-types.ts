// Arithmetic on sizes in the type system. A natural number is the string of its decimal digits, lowest first, so that 50257 × 768 takes twenty
// steps and not a tuple of forty million elements. Numbers that are not literal naturals (`number`, unions, fractions) have the digits `never`,
// and the result is `number`.

interface Units {
  '0': []
  '1': [0]
  '2': [0, 0]
  '3': [0, 0, 0]
  '4': [0, 0, 0, 0]
  '5': [0, 0, 0, 0, 0]
  '6': [0, 0, 0, 0, 0, 0]
  '7': [0, 0, 0, 0, 0, 0, 0]
  '8': [0, 0, 0, 0, 0, 0, 0, 0]
  '9': [0, 0, 0, 0, 0, 0, 0, 0, 0]
}
type Digit = keyof Units
type Ten = [0, ...Units['9']]

/** Whether a type is one of several. */
export type IsUnion<N, Whole = N> = N extends unknown ? ([Whole] extends [N] ? false : true) : never
type Reverse<Text extends string, Out extends string = ''> = Text extends `${infer Head}${infer Tail}`
  ? Head extends Digit
    ? Reverse<Tail, `${Head}${Out}`>
    : never
  : Out
type Digits<N extends number> = number extends N ? never : IsUnion<N> extends true ? never : Reverse<`${N}`>

type TrimZeros<Text extends string> = Text extends `0${infer Tail}` ? (Tail extends '' ? '0' : TrimZeros<Tail>) : Text
type ParseNumber<Text extends string> = Text extends `${infer N extends number}` ? N : number
type FromDigits<Low extends string> = [Low] extends [never] ? number : ParseNumber<TrimZeros<Reverse<Low>>>

type Length<T extends readonly unknown[]> = `${T['length'] & number}`

/** Digits of a + b + carry. */
type AddDigits<A extends string, B extends string, Carry extends Digit = '0'> = A extends `${infer a extends Digit}${infer A1}`
  ? B extends `${infer b extends Digit}${infer B1}`
    ? AddColumn<Length<[...Units[a], ...Units[b], ...Units[Carry]]>, A1, B1>
    : AddColumn<Length<[...Units[a], ...Units[Carry]]>, A1, ''>
  : B extends `${infer b extends Digit}${infer B1}`
    ? AddColumn<Length<[...Units[b], ...Units[Carry]]>, '', B1>
    : Carry extends '0'
      ? ''
      : Carry
type AddColumn<Sum extends string, A extends string, B extends string> = Sum extends `1${infer Low extends Digit}`
  ? `${Low}${AddDigits<A, B, '1'>}`
  : `${Sum}${AddDigits<A, B>}`

/** Digits of a − b (as many as a has, high ones perhaps zero), `never` where b is larger. */
type SubtractDigits<
  A extends string,
  B extends string,
  Borrow extends Digit = '0',
  Out extends string = '',
> = A extends `${infer a extends Digit}${infer A1}`
  ? B extends `${infer b extends Digit}${infer B1}`
    ? SubtractColumn<Units[a], [...Units[b], ...Units[Borrow]], A1, B1, Out>
    : SubtractColumn<Units[a], Units[Borrow], A1, '', Out>
  : B extends '' | '0'
    ? Borrow extends '0'
      ? Out
      : never
    : never
type SubtractColumn<From extends 0[], Taken extends 0[], A extends string, B extends string, Out extends string> = From extends [
  ...Taken,
  ...infer Left,
]
  ? SubtractDigits<A, B, '0', `${Out}${Length<Left>}`>
  : [...Ten, ...From] extends [...Taken, ...infer Left]
    ? SubtractDigits<A, B, '1', `${Out}${Length<Left>}`>
    : never

interface Multiples<T extends 0[]> {
  '0': []
  '1': T
  '2': [...T, ...T]
  '3': [...T, ...T, ...T]
  '4': [...T, ...T, ...T, ...T]
  '5': [...T, ...T, ...T, ...T, ...T]
  '6': [...T, ...T, ...T, ...T, ...T, ...T]
  '7': [...T, ...T, ...T, ...T, ...T, ...T, ...T]
  '8': [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T]
  '9': [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T]
}

/** Digits of a × one digit + carry. */
type Scale<A extends string, By extends Digit, Carry extends Digit = '0'> = A extends `${infer a extends Digit}${infer A1}`
  ? Length<[...Multiples<Units[a]>[By], ...Units[Carry]]> extends infer Column
    ? Column extends `${infer High extends Digit}${infer Low extends Digit}`
      ? `${Low}${Scale<A1, By, High>}`
      : Column extends Digit
        ? `${Column}${Scale<A1, By>}`
        : never
    : never
  : Carry extends '0'
    ? ''
    : Carry
/** Digits of a × b. */
type MultiplyDigits<A extends string, B extends string> = B extends `${infer b extends Digit}${infer B1}`
  ? B1 extends ''
    ? Scale<A, b>
    : AddDigits<Scale<A, b>, `0${MultiplyDigits<A, B1>}`>
  : ''

/** How often b goes into a, as units, and what is left. */
type Count<A extends string, B extends string, Times extends 0[] = []> = [SubtractDigits<A, B>] extends [never]
  ? { times: Length<Times>; left: A }
  : Count<SubtractDigits<A, B>, B, [...Times, 0]>
/** Long division: quotient digits, highest first, and the remainder's digits, lowest first. */
type LongDivision<
  High extends string,
  B extends string,
  Left extends string = '',
  Quotient extends string = '',
> = High extends `${infer Head}${infer Tail}`
  ? Count<`${Head}${Left}`, B> extends { times: infer Times extends string; left: infer Rest extends string }
    ? LongDivision<Tail, B, Rest, `${Quotient}${Times}`>
    : never
  : { quotient: Quotient; remainder: TrimZeros<Left> }
type Division<A extends number, B extends number> = [Digits<A>] extends [never]
  ? unknown
  : [Digits<B>] extends [never]
    ? unknown
    : B extends 0
      ? never
      : LongDivision<`${A}`, Digits<B>>

/** a + b; `number` where one is not known. */
export type Add<A extends number, B extends number> = [Digits<A>] extends [never]
  ? number
  : [Digits<B>] extends [never]
    ? number
    : FromDigits<AddDigits<Digits<A>, Digits<B>>>
/** a − b; `number` where one is not known, `never` where b is larger. */
export type Subtract<A extends number, B extends number> = [Digits<A>] extends [never]
  ? number
  : [Digits<B>] extends [never]
    ? number
    : [SubtractDigits<Digits<A>, Digits<B>>] extends [never]
      ? never
      : FromDigits<SubtractDigits<Digits<A>, Digits<B>>>
/** a × b; `number` where one is not known. */
export type Multiply<A extends number, B extends number> = B extends 1
  ? A
  : A extends 1
    ? B
    : [Digits<A>] extends [never]
      ? number
      : [Digits<B>] extends [never]
        ? number
        : FromDigits<MultiplyDigits<Digits<A>, Digits<B>>>
/** ⌊a / b⌋; `number` where one is not known, `never` where b is 0. */
export type FloorDivide<A extends number, B extends number> = B extends 1
  ? A
  : [Division<A, B>] extends [never]
    ? never
    : Division<A, B> extends { quotient: infer Quotient extends string }
      ? ParseNumber<TrimZeros<Quotient>>
      : number
/** a / b; `number` where one is not known, `never` where it is not whole. */
export type Divide<A extends number, B extends number> = B extends 1
  ? A
  : [Division<A, B>] extends [never]
    ? never
    : Division<A, B> extends { quotient: infer Quotient extends string; remainder: infer Remainder }
      ? Remainder extends '0'
        ? ParseNumber<TrimZeros<Quotient>>
        : never
      : number
