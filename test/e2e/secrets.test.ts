import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const SECRET = 'Tr0ub4dor&3 "x"/y';
const LINES = 'first-line-of-key\nsecond-line-of-key';
const FORMS = [
  SECRET,
  Buffer.from(SECRET).toString('base64').replace(/=+$/, '').slice(0, -1),
  encodeURIComponent(SECRET),
  JSON.stringify(SECRET).slice(1, -1),
  'first-line-of-key',
  'second-line-of-key',
];

/** All that a run left in its working folder, files and names. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(
      (name) =>
        `${name}\n${statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() ? readFileSync(join(folder, name), 'latin1') : ''}`,
    )
    .join('\n');
}

const STEPS = [
  'echo "plain: $TOKEN"; printf "%s" "$TOKEN" | base64',
  `printf 'split: Tr0ub4'; sleep 0.3; printf 'dor&3 "x"/y\\n'`,
  'echo "$KEY"; echo "short: $PIN"; export MADE="Bearer $TOKEN"; echo "$MADE" >&2',
  script({
    name: 'tell $TOKEN',
    code: `echo '${encodeURIComponent(SECRET)}' '${JSON.stringify(SECRET).slice(1, -1)}'`,
  }),
  'setMessage "it is $TOKEN"; set -x; : "$TOKEN"; set +x; cat "/nowhere/$TOKEN"',
];

describe.concurrent('secret values', () => {
  it.each([[[]], [['--debug', '--verbose']], [['--output', 'json']]])(
    'are masked everywhere with %j',
    async (flags) => {
      await using rig = createRig(
        pipelineFile({ steps: STEPS, afterSteps: ['echo "$WERCKER_FAILED_STEP_MESSAGE"'] }),
      );
      const { exitCode, stdout, stderr } = await rig.run(['build', '--artifacts', ...flags], {
        environment: { XXX_TOKEN: SECRET, XXX_KEY: LINES, XXX_PIN: '123' },
      });
      const output = flags.includes('json')
        ? stdout
            .trimEnd()
            .split('\n')
            .map((line) =>
              Buffer.from((JSON.parse(line) as { output?: string }).output ?? '', 'base64').toString(),
            )
            .join('')
        : stdout;
      for (const form of FORMS) expect(stdout + stderr + output).not.toContain(form);
      expect(output).toContain('plain: ***\n');
      expect(output).toContain('split: ***\n');
      expect(output).toContain('short: 123\n');
      expect(everythingIn(join(rig.folder, '.wercker'))).not.toContain(SECRET);
      expect(exitCode).toBe(1);
    },
  );

  it('of properties that their step declares secret are masked', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          { 'login "file://steps/login"': { password: 'open-sesame', user: 'me' } },
          'echo "$WERCKER_LOGIN_PASSWORD"',
        ],
      }),
    );
    rig.write(
      'steps/login/step.yml',
      'name: login\nversion: 1.0.0\nproperties:\n  - name: password\n    type: password\n  - name: user\n    type: string\n',
    );
    rig.write('steps/login/run.sh', 'echo "$WERCKER_LOGIN_USER:$WERCKER_LOGIN_PASSWORD"');
    const { stdout, stderr } = await rig.run(['build', '--debug']);
    expect(stdout, stderr).toContain('me:***\n');
    expect(stdout + stderr).not.toContain('open-sesame');
  });
});
