import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { createRedactor, type Redactor } from './redact.ts';

const SHELLS = [['bash'], ['dash'], ['busybox', 'ash']];

const secretText = fc.oneof(
  fc.string({ minLength: 4, maxLength: 40 }),
  fc.string({ unit: anyCharacter, minLength: 4, maxLength: 20 }),
  fc.stringMatching(/^[a-z'"\\%+/ $]{4,12}$/),
);
// Values that the redactor takes and whose ends are no white space, so that the whole value must vanish.
const secret = secretText.filter((text) => text.trim() === text && text.replace(/[\r\n]/g, '').length >= 4);

const ENCODERS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  base64Inside: (text) => Buffer.from(`user:${text}@`).toString('base64'),
  base64Inside2: (text) => Buffer.from(`me:${text}`).toString('base64'),
  uri: (text) => encodeURIComponent(text),
  form: (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  percentLower: (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  percentUpper: (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  json: (text) => JSON.stringify(text).slice(1, -1),
  jsonSlash: (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  jsonAscii: (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(/[<>&\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
};
const encoder = fc.constantFrom(...Object.keys(ENCODERS));

function redactInPieces(redactor: Redactor, bytes: Buffer, cuts: readonly number[]): Buffer {
  const stream = redactor.stream();
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  const shown = places.slice(1).map((end, index) => stream.write(bytes.subarray(places[index], end)));
  return Buffer.concat([...shown, stream.flush()]);
}

function fold(text: Buffer, width: number, lineBreak: string): Buffer {
  const lines: Buffer[] = [];
  for (let at = 0; at < text.length; at += width) {
    lines.push(text.subarray(at, at + width), Buffer.from(lineBreak));
  }
  return Buffer.concat(lines);
}

const redact = (secrets: string[], text: string): string => createRedactor({ secrets }).text(text);

describe('add', () => {
  it('refuses values that would mask half of the output', () => {
    const redactor = createRedactor();
    expect(['abc', '', '    ', '\n\n\n\n', 'a\nb\nc'].map((value) => redactor.add(value))).toEqual(
      Array(5).fill(false),
    );
    expect(redactor.add('abcd')).toBe(true);
    expect(redactor.add('abcd')).toBe(true);
    expect(redactor.add('äö')).toBe(true);
  });

  it('counts for streams that are open already', () => {
    const redactor = createRedactor();
    const stream = redactor.stream();
    expect(stream.write(Buffer.from('hunter2 ')).toString()).toBe('hunter2 ');
    redactor.add('hunter2');
    expect(stream.write(Buffer.from('hunter2 ')).toString()).toBe('*** ');
  });
});

describe('text', () => {
  it('masks every occurrence', () => {
    expect(redact(['hunter2'], 'hunter2 and hunter2hunter2.')).toBe('*** and ******.');
  });

  it('masks overlapping secrets whole', () => {
    expect(redact(['abcdef', 'defghi'], '-abcdefghi-')).toBe('-***-');
    expect(redact(['aaaa'], 'aaaaaaa b')).toBe('*** b');
    expect(redact(['pass', 'password'], 'password passion')).toBe('*** ***ion');
  });

  it('masks the lines of a secret with other things around them', () => {
    const key = '-----BEGIN KEY-----\nMIIEabcd\n  efgh1234\r\n}\n-----END KEY-----\n';
    expect(redact([key], '1: MIIEabcd\n2: efgh1234!\n3: }\n')).toBe('1: ***\n2: ***!\n3: }\n');
    expect(redact([key], key)).not.toMatch(/[A-Za-z0-9]/);
    expect(redact([key], key.replaceAll(/\r?\n/g, ' ').trim())).toBe('***');
  });

  it('keeps white space around the value out of the pattern', () => {
    expect(redact([' hunter2\n'], 'it is hunter2.')).toBe('it is ***.');
  });

  it('masks the characters that carry parts of a base64 neighbour', () => {
    expect(redact(['password'], 'Basic dXNlcjpwYXNzd29yZA==')).toBe('Basic dXNlcj***==');
  });

  it('gives back a text without secrets as it is', () => {
    const text = 'lone \ud800 surrogate';
    expect(redact(['hunter2'], text)).toBe(text);
  });

  it('masks any encoding of any secret', () => {
    fc.assert(
      fc.property(secret, encoder, (value, name) => {
        const encoded = ENCODERS[name]?.(value) ?? '';
        fc.pre(value.isWellFormed());
        expect(redact([value], `<< ${encoded} >>`)).toMatch(
          /^<< (?:[\w+/-]{0,8}\*\*\*[\w+/=-]{0,4}\s*)+ >>$/,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('stream', () => {
  it('shows a prompt without a newline at once', () => {
    const stream = createRedactor({ secrets: ['hunter2'] }).stream();
    expect(stream.write(Buffer.from('Password: ')).toString()).toBe('Password: ');
    expect(stream.write(Buffer.from('say hunt')).toString()).toBe('say ');
    expect(stream.write(Buffer.from('ing')).toString()).toBe('hunting');
  });

  it('gives back the chunk itself when there are no secrets', () => {
    const chunk = Buffer.from('anything');
    expect(createRedactor().stream().write(chunk)).toBe(chunk);
  });

  it('gives back at the end what was only the beginning of a secret', () => {
    const stream = createRedactor({ secrets: ['hunter2'] }).stream();
    expect(stream.write(Buffer.from('x hunter')).toString()).toBe('x ');
    expect(stream.flush().toString()).toBe('hunter');
    expect(stream.flush().length).toBe(0);
  });

  it('keeps line breaks inside an occurrence', () => {
    const stream = createRedactor({ secrets: ['hunter2secret'] }).stream();
    expect(stream.write(Buffer.from('a hunter2\r\nsec\nret b')).toString()).toBe('a ***\r\n***\n*** b');
  });

  it('shows a masked line before the longer secret it belongs to is complete', () => {
    const stream = createRedactor({ secrets: ['line one\nline two'] }).stream();
    expect(stream.write(Buffer.from('> line one')).toString()).toBe('> ***');
    expect(stream.write(Buffer.from('\nother')).toString()).toBe('\nother');
  });

  it('lets nothing of a secret through, whatever the encoding, the cuts and the line breaks', () => {
    const width = fc.integer({ min: 1, max: 80 });
    const lineBreak = fc.constantFrom('\n', '\r\n');
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(secret, encoder, width, lineBreak, cuts, (value, name, columns, eol, places) => {
        fc.pre(value.isWellFormed());
        const encoded = Buffer.from(ENCODERS[name]?.(value) ?? '');
        const output = Buffer.concat([Buffer.from('<< '), fold(encoded, columns, eol), Buffer.from(' >>')]);
        const shown = redactInPieces(createRedactor({ secrets: [value] }), output, places).toString();
        const rest = shown.replaceAll(/\r?\n/g, '').replaceAll('***', '');
        expect(rest).toMatch(name.startsWith('base64') ? /^<< [\w+/-]{0,8}[\w+/=-]{0,4} >>$/ : /^<<\s+>>$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('passes everything else through byte by byte', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(bytes, cuts, (content, places) => {
        const secrets = ['hunter22', 'line 1 of\nline 2 of it'];
        const shown = redactInPieces(createRedactor({ secrets }), Buffer.from(content), places);
        expect(shown.equals(content)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('decides the same however the output is cut', () => {
    const word = fc.constantFrom('abab', 'ababab', 'a', 'b', '\n', '\\', '%61', ' ', 'YWJhYg==', "'");
    const cuts = fc.array(fc.nat(), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), cuts, (words, places) => {
        const bytes = Buffer.from(words.join(''));
        const secrets = ['abab', 'bababa', "ab'\nab"];
        const whole = redactInPieces(createRedactor({ secrets }), bytes, []);
        expect(redactInPieces(createRedactor({ secrets }), bytes, places).toString()).toBe(whole.toString());
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(SHELLS)('what %s prints of a secret', (...shell) => {
  const run = (value: string, script: string): string => {
    const [command = 'sh', ...rest] = shell;
    const result = spawnSync(command, [...rest, '-c', script], {
      env: { PATH: process.env['PATH'], SECRET: value },
    });
    return Buffer.concat([result.stderr, result.stdout]).toString();
  };
  const values = [
    "it's a secret",
    'tab\there\x01',
    `a'b''c"d`,
    "'quoted'",
    'päß\x1bwörd',
    '$HOME/x\\y',
    'a\nb\ncdef',
  ];

  it.each(values)('is masked with set -x: %j', (value) => {
    const traced = run(
      value,
      'set -x; : "<$SECRET>"; [ "$SECRET" = "x" ] || export COPY="$SECRET"; set +x; export -p',
    );
    const shown = createRedactor({ secrets: [value] }).text(traced);
    for (const line of shown.split('\n').filter((text) => /[<]|^export COPY|= x/.test(text))) {
      expect(line).toMatch(/\*\*\*/);
    }
    expect(shown).not.toMatch(/secret|here|b''c|b'|quot|rd|HOME\/|cdef/);
  });
});

it('bash prints of a secret in patterns and with printf %q is masked', () => {
  const script = 'set -x; [[ abc == "$SECRET" ]]; printf "%q\\n" "$SECRET"; declare -p SECRET';
  const result = spawnSync('bash', ['-c', script], {
    env: { PATH: process.env['PATH'], SECRET: 'my $ecr"t' },
  });
  const shown = redact(['my $ecr"t'], Buffer.concat([result.stderr, result.stdout]).toString());
  expect(shown).not.toContain('ecr');
});
