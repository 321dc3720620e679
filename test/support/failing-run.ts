import { pipelineFile, script } from './pipeline.ts';

/** A run that says everything a run can: output, a secret in a message, a step that fails, one that never runs. */
export const FAILING = pipelineFile({
  steps: [
    'echo out; echo "$TOKEN" >"$WERCKER_OUTPUT_DIR/x"',
    script({ name: 'bad', code: 'printf "no newline"; fail "no $TOKEN"' }),
    'echo never',
  ],
  afterSteps: ['echo "$WERCKER_RESULT"'],
});

export const SECRET = { XXX_TOKEN: 'correct-horse' };
