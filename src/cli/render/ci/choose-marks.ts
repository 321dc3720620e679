import type { CommandContext } from '../../command.ts';
import { githubMarks } from './github.ts';
import { gitlabMarks } from './gitlab.ts';
import { type CiMarks, NO_MARKS } from './marks.ts';
import { teamcityMarks } from './teamcity.ts';

type CiSystem = 'github' | 'teamcity' | 'gitlab' | 'none';

function detect(environment: NodeJS.ProcessEnv): CiSystem {
  if (environment['GITHUB_ACTIONS'] === 'true') return 'github';
  if (environment['TEAMCITY_VERSION']) return 'teamcity';
  if (environment['GITLAB_CI'] === 'true') return 'gitlab';
  return 'none';
}

export interface ChosenMarks {
  readonly marks: CiMarks;
  /** Whether a CI system reads the log: all of it goes to one stream then, since two would lose their order. */
  readonly isCi: boolean;
}

/** The marks for the CI system that `--ci` names, or that this process runs in. */
export function chooseMarks({ flags, environment, currentFolder }: CommandContext): ChosenMarks {
  const wanted = flags.required('ci');
  const system = wanted === 'auto' ? detect(environment) : wanted;
  switch (system) {
    case 'github':
      return {
        marks: githubMarks({ currentFolder, workspace: environment['GITHUB_WORKSPACE'] || undefined }),
        isCi: true,
      };
    case 'teamcity':
      return { marks: teamcityMarks(), isCi: true };
    case 'gitlab':
      return { marks: gitlabMarks(), isCi: true };
    default:
      return { marks: NO_MARKS, isCi: false };
  }
}
