import { describe, expect, it } from 'vitest';
import { runRecord } from '../../artifacts/testing/run-record.ts';
import { createStyle } from '../render/style.ts';
import { artifactTable } from './artifact-lines.ts';
import { runPage, runTable } from './run-lines.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const coloured = createStyle(true);

describe('runTable', () => {
  it('colours results, and keeps the columns where they were', () => {
    const runs = (['passed', 'failed', 'interrupted', 'lost', 'running'] as const).map((result) =>
      runRecord({ runId: `run-${result}`, result, startedAt: NOW - 90_000, finishedAt: NOW }),
    );
    const plain = runTable(runs, createStyle(false), NOW);
    const lines = runTable(runs, coloured, NOW);
    expect(lines[1]).toContain('\u001b[32mpassed\u001b[0m');
    expect(lines[2]).toContain('\u001b[31mfailed\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
    expect(lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(plain);
  });

  it('shows a run that goes on without a duration', () => {
    const run = runRecord({ runId: 'r', result: 'running', startedAt: NOW - 3_600_000 });
    expect(runTable([run], createStyle(false), NOW)[1]).toMatch(/running {3}1h ago$/);
  });
});

describe('runPage', () => {
  const page = (fields: Parameters<typeof runRecord>[0]): string =>
    runPage(runRecord(fields), {
      style: createStyle(false),
      now: NOW,
      columns: 80,
      placeOf: () => undefined,
    }).join('\n');

  it.each([9e15, Number.MAX_SAFE_INTEGER])('shows a time that is none: %d', (startedAt) => {
    expect(page({ runId: 'r', startedAt })).toContain(`started      ${startedAt} (in `);
  });

  const artifact = {
    name: 'output',
    fileName: 'output.tar',
    store: 's3://bucket',
    key: 'k/output.tar',
    sizeBytes: 1,
    sha256: '',
    mediaType: '',
    storedAt: 0,
    expiresAt: NOW + 7_200_000,
  };

  it.each([
    [0, '0 files'],
    [1, '1 file'],
    [2, '2 files'],
  ])('counts %d as %s', (files, words) => {
    const shown = page({ runId: 'r', artifacts: [{ ...artifact, files }] });
    expect(shown).toContain(`output.tar  1 B, ${words}, expires`);
  });

  it("shows the whole name of a step's artifact, since that is what gets it", () => {
    const name = 'internal-store-container-5b2af083-dac9-4338-b095-44840ef62523';
    expect(page({ runId: 'r', artifacts: [{ ...artifact, name }] })).toContain(name);
    const [, row] = artifactTable([{ ...artifact, runId: 'r', name, present: true }], {
      now: NOW,
      long: false,
    });
    expect(row).toMatch(name);
  });

  it('names the store of an artifact that is in none of those that are open', () => {
    expect(page({ runId: 'r', artifacts: [artifact] })).toContain(
      '  output  output.tar  1 B, expires in 2h\n    k/output.tar in s3://bucket',
    );
  });
});
