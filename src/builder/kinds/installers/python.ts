import type { Installer } from '../installer.ts';

/** Into the interpreter that `python3` (or `python`) is, wherever its packages are; uv where the image has it, as it is quicker. */
export const pythonInstaller: Installer = {
  // A layer and the cache are two file systems: uv's links cannot go across.
  caches: `
export PIP_CACHE_DIR="$cache/pip" UV_CACHE_DIR="$cache/uv" UV_LINK_MODE=copy
`,
  trust: `
export PIP_CERT="$trusted" REQUESTS_CA_BUNDLE="$trusted"
`,
  // Distributions mark their interpreter as managed by their own packages; in an image nobody else manages it.
  install: `
if has python3; then python=python3; else python=python; fi
need "$python" 'which the packages are for'
export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_PROGRESS_BAR=off UV_NO_PROGRESS=1 TMPDIR="$work"
if has uv; then
  uv pip install --python "$(command -v "$python")" --break-system-packages --compile-bytecode -r "$file"
elif "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m pip install -r "$file"
else
  need pip 'nor uv, which install requirements.txt'
fi
`,
};
