// Names of layers: what a class is called where it was not given one, and numbers where two would be called the same.

/** `Conv2DTranspose` as `conv2d_transpose`, as Keras names layers. */
export function snakeCase(className: string): string {
  return className
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** `kind`, or where that is taken `kind_1`, `kind_2`, … */
export function freeName(kind: string, taken: ReadonlySet<string>): string {
  if (!taken.has(kind)) return kind
  let number = 1
  while (taken.has(`${kind}_${number}`)) number++
  return `${kind}_${number}`
}
