const STEPS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
  { unit: 's', ms: 1000 },
] as const;

/** How long ago a moment was, in its largest unit: `3d ago`; `in 2h` for one that is to come. */
export function formatAge(at: number, now: number): string {
  const ms = Math.abs(now - at);
  const step = STEPS.find((each) => ms >= each.ms);
  if (step === undefined) return 'now';
  const amount = `${Math.floor(ms / step.ms)}${step.unit}`;
  return at <= now ? `${amount} ago` : `in ${amount}`;
}
