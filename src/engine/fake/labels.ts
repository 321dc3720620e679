/** A test for a filter as Docker has it: `name`, or `name=value`. Absent: everything. */
export function labelFilter(
  filter: string | undefined,
): (labels: Readonly<Record<string, string>>) => boolean {
  if (filter === undefined) return () => true;
  const equals = filter.indexOf('=');
  if (equals < 0) return (labels) => Object.hasOwn(labels, filter);
  const name = filter.slice(0, equals);
  return (labels) => Object.hasOwn(labels, name) && labels[name] === filter.slice(equals + 1);
}
