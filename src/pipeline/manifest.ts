/** What a step says of itself in `step.yml` or `wercker-step.yml`. */
export interface StepManifest {
  readonly name?: string;
  readonly version?: string;
  readonly summary?: string;
  /** `tags` or `keywords`. */
  readonly tags?: readonly string[];
  readonly properties: readonly StepProperty[];
}

/** One thing that a step can be given. */
export interface StepProperty {
  readonly name: string;
  /** `string` (also `password`, whose values are secret), `int`, `boolean`; anything else counts as `string`. */
  readonly type: 'string' | 'password' | 'int' | 'boolean';
  readonly required: boolean;
  /** Absent: exported as the empty string when it is not given. */
  readonly default?: string;
  /** Its values never appear in logs. `type: password` or `secret: true`. */
  readonly secret: boolean;
}
