import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../kernel/index.ts';
import { openJournal, type Recorded } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Kept extends Recorded {
  readonly log: string;
  readonly seen: readonly RunEvent[];
}

async function journalOf(events: readonly RunEventBody[], maxBytes?: number): Promise<Kept> {
  const file = join(folder, 'build.log');
  const seen: RunEvent[] = [];
  await using journal = openJournal({
    file,
    events: (event) => void seen.push(event),
    safeIds: ['first', 'second'],
    lines: (event) => (event.type === 'step-output' ? [] : [`line of ${event.type}`]),
    ...(maxBytes !== undefined && { maxBytes }),
  });
  for (const event of events) await journal.events({ ...event, runId: 'run' });
  const recorded = await journal.close();
  return { ...recorded, log: readFileSync(file, 'utf8'), seen };
}

const output = (text: string, safeId = 'second'): RunEventBody => ({
  type: 'step-output',
  at: 1,
  safeId,
  bytes: Buffer.from(text),
});

const notice: RunEventBody = { type: 'notice', at: 2, level: 'info', text: 'said' };

describe('a journal', () => {
  it('passes every event on, and writes down output as it comes', async () => {
    const { log, seen, timeline } = await journalOf([output('one '), output('line\n'), notice]);
    expect(seen).toHaveLength(3);
    expect(log).toBe('one line\nline of notice\n');
    expect(timeline).toEqual([
      { type: 'output', at: 1, step: 1, from: 0, bytes: 9 },
      { type: 'notice', at: 2, level: 'info', text: 'said' },
    ]);
  });

  it('begins a line of its own after output without an end', async () => {
    const { log, timeline } = await journalOf([output('open'), notice, output('more', 'first')]);
    expect(log).toBe('open\nline of notice\nmore');
    expect(timeline.filter(({ type }) => type === 'output')).toEqual([
      { type: 'output', at: 1, step: 1, from: 0, bytes: 4 },
      { type: 'output', at: 1, step: 0, from: 20, bytes: 4 },
    ]);
  });

  it('knows steps by their places, and no id of the run', async () => {
    const started = {
      type: 'step-started',
      at: 1,
      displayName: 'x',
      phase: 'main',
      index: 1,
      count: 2,
    } as const;
    const { timeline } = await journalOf([{ ...started, safeId: 'second' }]);
    expect(timeline).toEqual([{ ...started, step: 1 }]);
  });

  it('is cut where it gets too long, says so once, and still has how each step ended', async () => {
    const ended = {
      type: 'step-finished',
      at: 3,
      safeId: 'first',
      displayName: 'x',
      phase: 'main',
      result: 'passed',
      durationMs: 1,
    } as const;
    const long = 'x'.repeat(100);
    const { log, timeline } = await journalOf([output(long), output(long), output(long), notice, ended], 50);
    expect(log.match(/x/g)).toHaveLength(100);
    expect(log.match(/is left out/g)).toHaveLength(1);
    expect(timeline.map(({ type }) => type)).toEqual(['output', 'notice', 'step-finished']);
  });

  it('says where a person had a part in the run, or a container was stored', async () => {
    const held: RunEventBody = {
      type: 'held',
      at: 1,
      safeId: 'first',
      displayName: 'x',
      choices: [],
      expiresAt: 2,
    };
    expect((await journalOf([held])).unfit).toContain('a person decided');
    const stored: RunEventBody = {
      type: 'artifact-stored',
      at: 1,
      name: 'container',
      fileName: 'x',
      sizeBytes: 1,
    };
    expect((await journalOf([stored])).unfit).toContain('stored a container');
    expect((await journalOf([notice])).unfit).toBeUndefined();
  });

  it('fails no run where its file cannot be written', async () => {
    await using journal = openJournal({
      file: join(folder, 'absent', 'build.log'),
      events: () => undefined,
      safeIds: [],
      lines: () => ['x'],
    });
    await journal.events({ ...notice, runId: 'run' });
    expect((await journal.close()).unfit).toContain('its log could not be written: ENOENT');
  });
});
