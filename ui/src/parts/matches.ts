/** Whether each word of what somebody typed is in one of the texts, in whatever case. */
export function matches(typed: string, texts: readonly (string | undefined)[]): boolean {
  const whole = texts.join('\n').toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
