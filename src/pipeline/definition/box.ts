import type { BoxSpec } from '../definition.ts';
import type { Report } from '../report.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';
import { rangeOf } from '../yaml/source.ts';
import { type BoxRole, readBoxFields } from './box-fields.ts';
import { expectList, textOf } from './expect.ts';
import { type ImageName, isTag, parseImageName } from './image-name.ts';

/** A box or a service in its short or long form; undefined, with an error reported, when there is no image in it. */
export function readBox(node: YamlNode, report: Report, role: BoxRole = 'box'): BoxSpec | undefined {
  if (node.kind === 'map') return readLongForm(node, report, role);
  const id = textOf(node);
  if (id === undefined) {
    report.error({
      code: 'wrong-type',
      message: `a box must be an image name or a map with "id", found ${describeNode(node)}`,
      at: node,
    });
    return undefined;
  }
  const image = readImage(id, node, report);
  if (image === undefined) return undefined;
  return {
    id,
    ...image,
    env: new Map(),
    ports: [],
    volumes: [],
    credentials: {},
    range: rangeOf(report.source, node),
  };
}

/** A `services` list; `null` means that nothing was said. Services that are wrong are left out, with an error reported. */
export function readServices(
  entry: YamlEntry,
  report: Report,
  severity: 'error' | 'warn',
): BoxSpec[] | undefined {
  if (isNull(entry.value)) {
    report.warn({
      code: 'empty-value',
      message: '"services" has no value and is ignored',
      at: entry.key,
      hint: 'write "services: []" for no services',
    });
    return undefined;
  }
  const hint = 'put "- " before each service';
  const list = expectList(entry, report, { wanted: 'a list of services', severity, hint });
  return list?.items.flatMap((item) => readBox(item, report, 'service') ?? []);
}

function readLongForm(map: YamlMap, report: Report, role: BoxRole): BoxSpec | undefined {
  const { tag, url, id, ...fields } = readBoxFields(map, report, role);
  const range = rangeOf(report.source, map);
  if (id === undefined || id.text === '') {
    if (url !== undefined)
      return { ...fields, url, id: url, repository: fields.name ?? nameFromUrl(url), range };
    report.error({
      code: 'missing-image',
      message: 'the box has no image: "id" is missing',
      at: map,
      hint: 'add "id: IMAGE"',
    });
    return undefined;
  }
  const image = readImage(id.text, id.at, report);
  if (image === undefined || (tag !== undefined && !isValidTag(tag, report))) return undefined;
  const wantedTag = tag?.text ? { tag: tag.text } : {};
  return { ...fields, ...(url !== undefined && { url }), id: id.text, ...image, ...wantedTag, range };
}

function readImage(id: string, at: YamlNode, report: Report): ImageName | undefined {
  const image = parseImageName(id);
  if (image.ok) {
    const { ignored } = image.value;
    const message = `${quoteShort(`:${ignored}`)} after the tag is ignored`;
    if (ignored !== undefined) report.warn({ code: 'bad-image', message, at });
    return image.value.image;
  }
  report.error({ code: 'bad-image', message: `${quoteShort(id)} is not an image name: ${image.error}`, at });
  return undefined;
}

function isValidTag(tag: { text: string; at: YamlNode }, report: Report): boolean {
  if (tag.text === '' || isTag(tag.text)) return true;
  const message = `${quoteShort(tag.text)} is not a tag: only letters, digits, "_", "." and "-" can stand in it`;
  report.error({ code: 'bad-image', message, at: tag.at });
  return false;
}

function nameFromUrl(url: string): string {
  const path = url.replace(/#.*$/s, '').replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1) || 'service';
}
