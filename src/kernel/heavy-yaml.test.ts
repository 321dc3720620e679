import { describe, expect, it } from 'vitest';
import { isHeavyYaml } from './heavy-yaml.ts';

describe('a text that is YAML', () => {
  it.each(['? ', '&a ', '!a ', '%a\n', '[&a,', '- ? ', '{? a: '])(
    'is heavy where %j is in it some thousand times',
    (part) => {
      expect(isHeavyYaml(part.repeat(5000))).toBe(true);
    },
  );

  it('is not heavy for what people write', () => {
    const text = 'name: a&b!\naliases:\n- &one x\n- *one\nwhy?: 100%\n';
    expect(isHeavyYaml(text)).toBe(false);
    expect(isHeavyYaml('dependency: 0123\n'.repeat(10_000))).toBe(false);
  });
});
