/** What the program is called where it was started: `slipway`, or `wercker`. */
export const programName = (environment: NodeJS.ProcessEnv): string =>
  environment['SLIPWAY_PROGRAM'] ?? 'slipway';
