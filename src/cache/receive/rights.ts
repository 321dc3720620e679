/** What one key may do; flags of its forced command, which its owner cannot change. */
export interface PushRights {
  /** Nothing at all is written. */
  readonly readOnly: boolean;
  /** Whole components, as in `Repository.listRefs`; none: everywhere. */
  readonly writePrefixes: readonly string[];
  /** A ref that names a complete commit is not moved. Absent: as the repository is kept. */
  readonly writeOnce?: boolean;
}

/** Whether a ref is a prefix, or below it. */
const isBelow = (ref: string, prefix: string): boolean => ref === prefix || ref.startsWith(`${prefix}/`);

export function mayWrite({ readOnly, writePrefixes }: PushRights, ref: string): boolean {
  if (readOnly) return false;
  return writePrefixes.length === 0 || writePrefixes.some((prefix) => isBelow(ref, prefix));
}
