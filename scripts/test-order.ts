// In which order test files run.
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Vitest begins with the largest files. These are small and take long: they wait, or their tests are in other files.
const LONG = [
  'test/e2e/built-in-docker.test.ts',
  'src/engine/docker/docker-images.test.ts',
  'src/engine/docker/docker.test.ts',
  'test/integration/chaos.test.ts',
  'test/packaging/examples.test.ts',
  'src/engine/fake/fake.test.ts',
  'src/builder/docker/docker-backend.test.ts',
  'src/builder/kubernetes/stand-in.test.ts',
  'src/builder/service/builder.postgres.test.ts',
  'src/queue/queue.postgres.test.ts',
  'src/store/oci/oci.test.ts',
];

/** The slowest first, so that no worker is left with one of them when the others have nothing more to do. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification): boolean => LONG.includes(pathOf(moduleId));
    const first = sorted.filter(isFirst).sort((a, b) => placeOf(a) - placeOf(b));
    return [...first, ...sorted.filter((file) => !isFirst(file))];
  }
}

const pathOf = (file: string): string => relative('.', file);
const placeOf = ({ moduleId }: TestSpecification): number => LONG.indexOf(pathOf(moduleId));
