/** Whether a version names one release, so that what was fetched for it stays right. */
export function isExactVersion(version: string): boolean {
  return /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(version);
}

/**
 * The newest of some versions that fits what was asked for; `undefined` when none does. For `*` a pre-release counts
 * when there is nothing else.
 */
export async function newestMatch(versions: readonly string[], wanted: string): Promise<string | undefined> {
  if (versions.length === 0) return undefined;
  // Loaded here because most runs never come here.
  const { default: semver } = await import('semver');
  const known = versions.filter((version) => semver.valid(version) !== null);
  const found = semver.maxSatisfying(known, wanted);
  if (found !== null) return found;
  return wanted === '*'
    ? (semver.maxSatisfying(known, '*', { includePrerelease: true }) ?? undefined)
    : undefined;
}
