import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';

const ONE_ARGUMENT = 'Pull requires the application ID or the build ID as the only argument';

const GONE =
  'pull: the wercker service, which kept the containers of builds, is gone; `slipway build --commit NAME` makes an image of a box, and `docker push` and `docker pull` move it through a registry of your own';

/** `slipway pull`: there is nobody left to ask. */
export function pull({ positionals, stderr }: CommandContext): Promise<number> {
  stderr.write(`${positionals.length === 1 ? GONE : ONE_ARGUMENT}\n`);
  return Promise.resolve(EXIT.failed);
}
