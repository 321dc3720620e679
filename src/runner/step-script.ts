import { exportStatement, type PlannedStep, quoteWithVariables, shellQuote } from '../pipeline/index.ts';
import { sourceText } from './session/index.ts';

export interface StepScriptOptions {
  readonly step: PlannedStep;
  /** Absolute path in the box. */
  readonly sourceDir: string;
  readonly hasInit: boolean;
  readonly hasRun: boolean;
  /** Variables that an earlier step of the same name exported, and that must not leak into this one. */
  readonly unset: readonly string[];
  /** Look whether the step left artifacts. */
  readonly artifacts: boolean;
}

/** Letters by which a step's script says what came of it, beside the exit code. */
export const STEP_FLAG = {
  sourceDirMissing: 's',
  cwdMissing: 'c',
  initFailed: 'i',
  filesMissing: 'f',
  message: 'm',
  artifacts: 'a',
} as const;

export const reportFolder = (safeId: string): string => `/report/${safeId}`;
export const stepFolder = (safeId: string): string => `/pipeline/${safeId}`;

function contractVariables(step: PlannedStep): { name: string; value: string }[] {
  const report = reportFolder(step.safeId);
  return [
    { name: 'WERCKER_STEP_ROOT', value: stepFolder(step.safeId) },
    { name: 'WERCKER_STEP_ID', value: step.safeId },
    { name: 'WERCKER_STEP_OWNER', value: step.owner },
    { name: 'WERCKER_STEP_NAME', value: step.name },
    { name: 'WERCKER_REPORT_NUMBERS_FILE', value: `${report}/numbers.ini` },
    { name: 'WERCKER_REPORT_MESSAGE_FILE', value: `${report}/message.txt` },
    { name: 'WERCKER_REPORT_ARTIFACTS_DIR', value: `${report}/artifacts` },
  ];
}

function environmentText(step: PlannedStep): string[] {
  const own = contractVariables(step).map((entry) => exportStatement({ ...entry, expand: false }));
  return [...own, ...exportsOf(step, false)];
}

const exportsOf = (step: PlannedStep, secret: boolean): string[] =>
  step.environment
    .filter((entry) => entry.secret === secret)
    .map((entry) => exportStatement({ ...entry, expand: true }));

function sourcesText({ step, hasInit, hasRun }: StepScriptOptions): string {
  const root = stepFolder(step.safeId);
  const run = hasRun ? sourceText(shellQuote(`${root}/run.sh`)) : ':';
  if (!hasInit) return run;
  const init = sourceText(shellQuote(`${root}/init.sh`));
  return `${init}\nif [ "$__slipway_status" = 0 ]; then\n${run}\nelse __slipway_flags=${STEP_FLAG.initFailed}; fi`;
}

function collectText({ step, artifacts }: StepScriptOptions): string[] {
  const report = reportFolder(step.safeId);
  const message = `[ ! -e ${report}/message.txt ] || __slipway_flags=\${__slipway_flags}${STEP_FLAG.message}`;
  if (!artifacts) return [message];
  // In a subshell, because the step may have changed how patterns expand.
  const any = `( set +f; for f in ${report}/artifacts/* ${report}/artifacts/.[!.]*; do if [ -e "$f" ] || [ -L "$f" ]; then exit 0; fi; done; exit 1 )`;
  return [message, `${any} && __slipway_flags=\${__slipway_flags}${STEP_FLAG.artifacts}`];
}

/** Short: it is typed. The last part of the id is enough to tell a plan's steps apart. */
const scriptPath = (step: PlannedStep): string => `/pipeline/.slipway/${step.safeId.slice(-12)}`;

/** The session command that runs one step: short, since its file is in the box; secrets are in no file. */
export const stepCommand = (step: PlannedStep): string =>
  [
    ...exportsOf(step, true),
    // What the file says first takes this back. It is looked for, since most shells end where there is nothing to source.
    `__slipway_status=1 __slipway_flags=${STEP_FLAG.filesMissing}`,
    `\\[ ! -e ${scriptPath(step)} ] || . ${scriptPath(step)}`,
  ].join('\n');

/** The file in the box that runs one step: environment, folder, the step's own files, and what it left. */
export function stepScript(options: StepScriptOptions): { readonly path: string; readonly text: string } {
  const { step, sourceDir, unset } = options;
  const lines = [
    '__slipway_status=0 __slipway_flags=',
    ...unset.map((name) => `unset ${name}`),
    ...environmentText(step),
    `__slipway_cwd=${quoteWithVariables(step.cwd ?? '.')}`,
    `if ! \\cd ${shellQuote(sourceDir)}; then __slipway_status=1 __slipway_flags=${STEP_FLAG.sourceDirMissing}`,
    `elif ! \\cd -- "$__slipway_cwd"; then __slipway_status=1 __slipway_flags=${STEP_FLAG.cwdMissing}`,
    `else`,
    sourcesText(options),
    ...collectText(options),
    `fi`,
    '',
  ];
  return { path: scriptPath(step), text: lines.join('\n') };
}
