/** One variable of the pipeline's environment, in the order in which the box sees them. */
export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
  /** `$NAME` and `${NAME}` in the value expand in the box, with what was exported before. */
  readonly expand: boolean;
  /** Never printed; masked wherever it shows up. */
  readonly secret: boolean;
}
