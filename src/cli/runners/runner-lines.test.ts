import { describe, expect, it } from 'vitest';
import { runnerLine } from './runner-lines.ts';

describe('a line of a runner', () => {
  it('is shown as the original showed its records', () => {
    const line =
      '{"type":"claimed task","timestamp":"2026-01-02T03:04:05.678Z","taskId":"a b","runId":0,"x":{}}';
    expect(runnerLine(line, 'ci_0')).toBe(
      'time=2026-01-02T03:04:05.678Z level=info msg="claimed task" AgentID=ci_0 taskId="a b" runId=0',
    );
  });

  it('is shown as it is where it is no record', () => {
    for (const line of ['warning: x', '{', '', '[1]']) expect(runnerLine(line, 'x')).toBe(line);
  });
});
