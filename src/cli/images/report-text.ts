import type { RemotePackage, RemoteReport } from '../../builder-client/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { counted } from '../cached-artifacts/tree-lines.ts';
import { type Cell, shownText, tableLines } from '../render/columns.ts';

const NAME_LENGTH = 80;

const LAYER_COLUMNS = [{ title: 'LAYER' }, { title: 'SIZE', align: 'right' }, { title: '' }] as const;
const PACKAGE_COLUMNS = [
  { title: 'PACKAGE' },
  { title: 'VERSION' },
  { title: 'SIZE', align: 'right' },
  { title: 'LICENSE' },
  { title: '' },
] as const;

/** What is in an image and what takes its space, for a person: what the build added comes first, the largest first. */
export function reportText(report: RemoteReport): string {
  const { digest, sizeBytes, addedBytes, layers, packages, attached } = report;
  const added = packages.filter(({ isAdded }) => isAdded).length;
  const lines = [
    digest,
    `  size       ${formatBytes(sizeBytes)} in ${counted(layers.length, 'layer')}, ${formatBytes(addedBytes)} of it added`,
    `  packages   ${packages.length}, ${added} of them added`,
    ...(attached.sbom === undefined ? [] : [`  SBOM       ${attached.sbom}`]),
    ...(attached.provenance === undefined ? [] : [`  provenance ${attached.provenance}`]),
    '',
    ...tableLines(
      LAYER_COLUMNS,
      layers.map((layer) => [
        { text: layer.digest.slice(0, 'sha256:'.length + 12) },
        { text: formatBytes(layer.sizeBytes) },
        addedCell(layer.isAdded),
      ]),
    ),
    ...(packages.length === 0 ? [] : ['', ...tableLines(PACKAGE_COLUMNS, bySize(packages).map(packageRow))]),
  ];
  return `${lines.join('\n')}\n`;
}

const addedCell = (isAdded: boolean): Cell => ({ text: isAdded ? 'added' : '' });

const packageRow = ({ name, version, sizeBytes, license, isAdded }: RemotePackage): Cell[] => [
  { text: shownText(name, NAME_LENGTH) },
  { text: shownText(version) },
  { text: sizeBytes === undefined ? '' : formatBytes(sizeBytes) },
  { text: shownText(license ?? '') },
  addedCell(isAdded),
];

const bySize = (packages: readonly RemotePackage[]): RemotePackage[] =>
  packages.toSorted(
    (one, other) =>
      Number(other.isAdded) - Number(one.isAdded) ||
      (other.sizeBytes ?? 0) - (one.sizeBytes ?? 0) ||
      (one.name < other.name ? -1 : 1),
  );
