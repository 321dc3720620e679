/** The ConfigMap with the configuration of BuildKit, as the original calls it. */
export const BUILDKITD_CONF = 'nuvolaris-buildkitd-conf';
export const BUILDKITD_KEY = 'buildkitd.toml';

/** A configuration for a rootless BuildKit without privileges; registries that are asked over plain HTTP have to be named. */
export const buildkitdToml = (plainHttpHosts: readonly string[]): string =>
  `# Written by Slipway; it is yours to change, and stays as it is until \`slipway image update-buildkitd\`.
debug = false

[worker.oci]
  enabled = true
  rootless = true
  # A pod may not mount a /proc of its own, so instructions see the processes of their own build, which are of their user.
  noProcessSandbox = true

[worker.containerd]
  enabled = false
${plainHttpHosts.map((host) => `\n[registry.${JSON.stringify(host)}]\n  http = true\n`).join('')}`;

export const buildkitdOf = (
  namespace: string,
  toml: string,
  labels: Readonly<Record<string, string>>,
): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: BUILDKITD_CONF, namespace, labels },
  data: { [BUILDKITD_KEY]: toml },
});
