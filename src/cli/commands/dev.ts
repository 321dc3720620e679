import type { CommandContext } from '../command.ts';
import { runOne } from './build.ts';

/** `slipway dev`: a build, of the pipeline `dev` and with the project itself in the box unless told otherwise. */
export const dev = (context: CommandContext): Promise<number> => runOne(context, 'build', 'dev');
