import { describe, expect, it } from 'vitest';
import { createLastWords } from './last-words.ts';

/** What is said of these lines of an instruction. */
function lastWordsOf(...lines: string[]): string | undefined {
  const words = createLastWords();
  words.add(Buffer.from(lines.map((line, index) => `#7 ${index}.250 ${line}\n`).join('')));
  return words.take();
}

describe('the last words of a build', () => {
  it.each<[tool: string, lines: string[], said: string]>([
    [
      'npm',
      [
        'added nothing',
        'npm error code E404',
        'npm error 404 Not Found - GET https://registry.example.com/nope',
        'npm error 404',
        'npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log',
      ],
      'npm error 404 Not Found - GET https://registry.example.com/nope',
    ],
    [
      'pip',
      [
        'Looking in indexes: https://index.example.com/simple',
        'ERROR: Could not find a version that satisfies the requirement nope (from versions: none)',
        'ERROR: No matching distribution found for nope',
      ],
      'ERROR: Could not find a version that satisfies the requirement nope (from versions: none)',
    ],
    [
      'Maven',
      [
        '[WARNING] Failed to retrieve plugin descriptor for org.apache.maven.plugins:maven-site-plugin:3.3',
        '[ERROR] Failed to execute goal on project b: Could not find artifact junit:junit:jar:4.13',
        '[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.',
      ],
      '[ERROR] Failed to execute goal on project b: Could not find artifact junit:junit:jar:4.13',
    ],
    ['ours', ['slipway: this image has no npm'], 'this image has no npm'],
    ['others', ['first', '', '  the last one  ', ''], 'the last one'],
  ])('are what %s says', (_tool, lines, said) => {
    expect(lastWordsOf(...lines)).toBe(said);
  });

  it('are none where no instruction printed anything', () => {
    const words = createLastWords();
    words.add(Buffer.from('#6 [2/3] COPY a b\n#6 DONE 0.1s\n#7 ERROR process did not complete\n------\n'));
    expect(words.take()).toBeUndefined();
  });

  it('are one line that no terminal acts on', () => {
    expect(lastWordsOf('10 %\r\u001b[31mall\u001b[0m \u001b]0;title\u0007went\b\u202e wrong\r')).toBe(
      'all went␈\ufffd wrong',
    );
  });

  it('are at most 200 characters, however long the line is and in whatever pieces it comes', () => {
    const words = createLastWords();
    words.add(Buffer.from('#7 0.1 '));
    for (let i = 0; i < 10_000; i += 1) words.add(Buffer.from('☃☃☃'));
    const said = words.take() ?? '';
    expect([...said].length).toBe(200);
    expect(said).toMatch(/^☃+…$/);
  });

  it('are understood where characters are cut in two', () => {
    const words = createLastWords();
    for (const byte of Buffer.from('#7 0.1 ☃ melts\n')) words.add(Uint8Array.of(byte));
    expect(words.take()).toBe('☃ melts');
  });

  it('are those since they were last asked for', () => {
    const words = createLastWords();
    words.add(Buffer.from('#7 0.1 before\n'));
    expect(words.take()).toBe('before');
    expect(words.take()).toBeUndefined();
  });
});
