import type { RuntimeKind } from '../../build.ts';
import type { Installer } from '../installer.ts';
import { dotnetInstaller } from './dotnet.ts';
import { goInstaller } from './go.ts';
import { javaInstaller } from './java.ts';
import { nodejsInstaller } from './nodejs.ts';
import { phpInstaller } from './php.ts';
import { pythonInstaller } from './python.ts';
import { rubyInstaller } from './ruby.ts';

/** By kind, what is done to images that bring no extension command. */
export const INSTALLERS: Readonly<Record<RuntimeKind, Installer>> = {
  go: goInstaller,
  java: javaInstaller,
  nodejs: nodejsInstaller,
  php: phpInstaller,
  python: pythonInstaller,
  ruby: rubyInstaller,
  dotnet: dotnetInstaller,
};
