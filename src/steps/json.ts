/** The object in a JSON text; `undefined` when it is none. */
export function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // What JSON has that is not null and of this type is an object or a list, and a list has no such names.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A text that says something; `undefined` for anything else. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
