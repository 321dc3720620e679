import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../kernel/index.ts';
import { blocksPipeline, parseDefinition } from './parse-definition.ts';

const FIXTURES = new URL('../../../test/fixtures/pipelines/', import.meta.url);

/** What a person sees: every mistake, which pipeline it stops, and which pipelines can still run. */
function explain(source: string): string {
  const { definition, diagnostics } = parseDefinition(source, { file: 'wercker.yml' });
  const mistakes = diagnostics.map((diagnostic) => {
    const scope = diagnostic.pipeline === undefined ? '' : `  (in ${diagnostic.pipeline})\n`;
    return `${formatDiagnostic(diagnostic, source, { colour: false })}\n${scope}`;
  });
  const names = [...(definition?.pipelines.keys() ?? [])].filter(
    (name) => !diagnostics.some((diagnostic) => blocksPipeline(diagnostic, name)),
  );
  return [...mistakes, `can run: ${names.join(', ') || 'nothing'}\n`].join('\n');
}

/** `npx vitest run src/pipeline -u` writes the expectations anew; read the difference before committing it. */
describe('mistakes in a wercker.yml are explained', () => {
  const cases = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  test.each(cases.map(({ name }) => name))('%s', async (name) => {
    const source = readFileSync(new URL(`${name}/wercker.yml`, FIXTURES), 'utf8');
    await expect(explain(source)).toMatchFileSnapshot(new URL(`${name}/expect.txt`, FIXTURES).pathname);
  });
});
