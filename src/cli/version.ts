import manifest from '../../package.json' with { type: 'json' };

/** The package's version, as in package.json. */
export const versionText = (): string => manifest.version;
