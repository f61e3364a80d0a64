type Fields = Readonly<Record<string, string | readonly string[] | null>>;

/** Names and values in turn; an array repeats the name, null leaves it out. */
export function rawHeaders(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().flatMap((one) => [name, one]),
  );
}
