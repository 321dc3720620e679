import { cached } from './cached.ts';
import { commitTrees } from './commit-tree.ts';
import { copyIn } from './copy-in.ts';
import { devReload } from './dev.ts';
import { download } from './download.ts';
import { imageBuild, imageRequests } from './image-build.ts';
import { liveLog } from './live-log.ts';
import { manyRefs } from './many-refs.ts';
import type { Row } from './measure.ts';
import { memory } from './memory.ts';
import { oneStep } from './one-step.ts';
import { output } from './output.ts';
import { page } from './page.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { queueClaims } from './queue-claims.ts';
import { queueHttp } from './queue-http.ts';
import { readiness } from './readiness.ts';
import { secondService } from './second-service.ts';
import { serverStart } from './server-start.ts';
import { signatures } from './signatures.ts';
import { slowReaders } from './slow-readers.ts';
import { smallObjects } from './small-objects.ts';
import { startUp } from './start-up.ts';
import { states } from './states.ts';
import { stepOverhead } from './step-overhead.ts';
import { storing } from './storing.ts';
import { task, tasks } from './tasks.ts';
import { watchers } from './watchers.ts';
import { workflow } from './workflow.ts';
import { zipRange } from './zip-range.ts';

const FIGURES: Readonly<Record<string, () => Promise<Row | Row[]>>> = {
  'start-up': startUp,
  'server-start': serverStart,
  'step-overhead': stepOverhead,
  'one-step': oneStep,
  'second-service': secondService,
  readiness,
  'copy-2000': () => copyIn(2000),
  'copy-10000': () => copyIn(10_000),
  dev: devReload,
  memory,
  output,
  states,
  storing,
  'commit-tree': commitTrees,
  signatures,
  workflow,
  'cached-200': () => cached(200),
  'cached-5000': () => cached(5000),
  download,
  'slow-readers': slowReaders,
  'small-objects': smallObjects,
  'zip-range': zipRange,
  push,
  pull,
  'many-refs': manyRefs,
  'queue-claims': queueClaims,
  'live-log': liveLog,
  watchers,
  page,
  task,
  tasks,
  'queue-http': queueHttp,
  'image-build': imageBuild,
  'image-requests': imageRequests,
};

const wanted = process.argv.slice(2);
console.log('| figure | Slipway | beside it | target |\n|---|---|---|---|');
for (const [name, measure] of Object.entries(FIGURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const row of [await measure()].flat()) {
    console.log(`| ${row.figure} | ${row.slipway} | ${row.peer} | ${row.target} |`);
  }
}
