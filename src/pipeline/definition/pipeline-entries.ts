import type { YamlEntry, YamlMap } from '../yaml/node.ts';
import { PIPELINE_KEYS, TOP_LEVEL_KEYS } from './keys.ts';

/** Everything at the top of the file that is a pipeline or was meant to be one. */
export const pipelineEntries = (map: YamlMap): YamlEntry[] =>
  [...map.entries.values()].filter((entry) => !isSetting(entry) && !isShelf(entry));

const isSetting = ({ name }: YamlEntry): boolean => TOP_LEVEL_KEYS.some((key) => key === name);

/** What only holds anchors for others to refer to, by the name that other tools have for it: `x-…`. */
const isShelf = ({ name, value }: YamlEntry): boolean =>
  name.startsWith('x-') && !(value.kind === 'map' && hasPipelineKey(value));

export const hasPipelineKey = (map: YamlMap): boolean => PIPELINE_KEYS.some((key) => map.entries.has(key));
