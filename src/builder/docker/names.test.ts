import { expect, it } from 'vitest';
import { builtName, ownedName, withoutOwnNames } from './names.ts';

it('the log of a build has no names that only the engine knows, and all that instructions print', () => {
  const printed = '#6 0.100 naming to slipway.invalid/build:x\n#6 DONE 0.1s\n#7 exporting to image\n';
  const own = [builtName('x'), ownedName('x')].map((name) => `#7 naming to ${name} 0.0s done\n`).join('');
  expect(withoutOwnNames(`${printed}${own}#7 naming to r.example/a:b\n`)).toBe(
    `${printed}#7 naming to r.example/a:b\n`,
  );
});
