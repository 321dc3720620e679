// Prunes a repository until nothing is left, or until it kills itself: prune-until-killed.ts FOLDER refs|OBJECTS
// refs: when they are removed; OBJECTS: when so many objects are.
import { openRepository } from '../../../repository/open-repository.ts';
import type { Repository } from '../../../repository/repository.ts';
import { prune } from '../../index.ts';

const [, , folder = '', stage = ''] = process.argv;
const die = () => process.kill(process.pid, 'SIGKILL');
await using repository = await openRepository(folder);
let removed = 0;
const dying: Repository = {
  ...repository,
  async removeRefs(refs) {
    const gone = await repository.removeRefs(refs);
    if (stage === 'refs') die();
    return gone;
  },
  async removeObjects(names) {
    for (const name of names) {
      removed += await repository.removeObjects([name]);
      if (removed === Number(stage)) die();
    }
    return names.length;
  },
};
await prune(dying, { quotaBytes: 0, graceMs: 0 });
