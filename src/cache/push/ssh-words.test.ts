import { describe, expect, it } from 'vitest';
import { createSaid } from './said.ts';
import { type SshTarget, sshCommand, sshWords } from './ssh-words.ts';

const SSH = { program: 'ssh', options: [] };
const target = (more: Partial<SshTarget> = {}): SshTarget => ({
  type: 'ssh',
  host: 'host',
  path: 'artifacts',
  ...more,
});

/** What ssh is told from the end of its options on. */
const command = (words: readonly string[]): readonly string[] => words.slice(words.indexOf('--'));

describe('the words of ssh', () => {
  it('say how long a hello may take to connect, and start the receiver that BuildStream starts', () => {
    const words = sshWords(SSH, target(), 'hello');
    expect(words).toContain('-oConnectTimeout=3');
    expect(command(words)).toEqual(['--', 'host', 'bst-artifact-receive', 'artifacts']);
    expect(command(sshWords(SSH, target(), 'push'))).toEqual([
      '--',
      'host',
      'bst-artifact-receive',
      '--verbose',
      'artifacts',
    ]);
  });

  it('name user and port only where the address does', () => {
    expect(sshWords(SSH, target(), 'push').filter((word) => /^-[lp]/.test(word))).toEqual([]);
    const words = sshWords(SSH, target({ user: 'me', port: 2222 }), 'push');
    expect(words.join(' ')).toMatch(/ -l me -p 2222 -- host /);
  });

  it.each([
    ['/srv/artifacts', '/srv/artifacts'],
    ['~/artifacts', '~/artifacts'],
    ['a b', "'a b'"],
    ["it's; id", "'it'\\''s; id'"],
    ['$(id)', "'$(id)'"],
    ['~me/$(id)', "~me/'$(id)'"],
    ['a\nb', "'a\nb'"],
  ])('give the shell on the other side %j as one word', (path, word) => {
    expect(sshWords(SSH, target({ path }), 'push').at(-1)).toBe(word);
  });

  it('begin with the options that were asked for, which count before ours', () => {
    const ssh = sshCommand({ SLIPWAY_SSH: '  /opt/ssh  -i /keys/ci -oConnectTimeout=60 ' });
    expect(ssh).toEqual({ program: '/opt/ssh', options: ['-i', '/keys/ci', '-oConnectTimeout=60'] });
    expect(sshWords(ssh, target(), 'push').slice(0, 4)).toEqual([
      '-i',
      '/keys/ci',
      '-oConnectTimeout=60',
      '-oConnectTimeout=10',
    ]);
    expect([sshCommand({}), sshCommand({ SLIPWAY_SSH: ' ' })]).toEqual([SSH, SSH]);
  });
});

describe('what a program said', () => {
  it('is its last lines, without what a terminal would act on', () => {
    const said = createSaid();
    said.add(Buffer.from('first\n'.repeat(10_000)));
    said.add(Buffer.from('progress 1%\rprogress 2%\r\n\u001b[31mred'));
    expect(said.lines().slice(-4)).toEqual(['first', 'progress 1%', 'progress 2%', '␛[31mred']);
    expect(said.lines()).toHaveLength(12);
  });

  it('is bounded, in one line as well', () => {
    const said = createSaid();
    for (let i = 0; i < 100; i += 1) said.add(Buffer.alloc(100_000, 'x'));
    expect(said.lines().join('').length).toBeLessThanOrEqual(300);
    expect(createSaid().lines()).toEqual([]);
  });
});
